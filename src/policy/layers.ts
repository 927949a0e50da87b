/**
 * Who says a setting: the layers of a policy, the nearest one first (a route, the operator's file, the profile and
 * what it extends). That two settings fit together is for `lint/settings.ts` to see.
 */
import type { Document } from "./written/document.ts";
import type { Path } from "./written/mistakes.ts";
import type { SettingsWritten } from "./written/schema-settings.ts";

export type Layer = {
  readonly settings: SettingsWritten;
  readonly document: Document;
  /** Where in the document the settings stand. */
  readonly path: Path;
  /** Whether what was written at this place was mistaken, so that nobody knows what was meant there. */
  readonly spoilt: (path: string) => boolean;
};

/** Where each setting stands, and how it is read there. The names are the keys of the file. */
const SETTINGS = {
  deadline: (s: SettingsWritten) => s.deadline,
  "attempt.timeout": (s: SettingsWritten) => s.attempt?.timeout,
  "attempt.connect": (s: SettingsWritten) => s.attempt?.connect,
  "attempt.idle": (s: SettingsWritten) => s.attempt?.idle,
  "retry.attempts": (s: SettingsWritten) => s.retry?.attempts,
  "retry.backoff.base": (s: SettingsWritten) => s.retry?.backoff?.base,
  "retry.backoff.max": (s: SettingsWritten) => s.retry?.backoff?.max,
  "retry.retryAfter.max": (s: SettingsWritten) => s.retry?.retryAfter?.max,
  "retry.budget.percent": (s: SettingsWritten) => s.retry?.budget?.percent,
  "retry.budget.perSecond": (s: SettingsWritten) => s.retry?.budget?.perSecond,
  "replay.maxBody": (s: SettingsWritten) => s.replay?.maxBody,
  "replay.memory": (s: SettingsWritten) => s.replay?.memory,
  "breaker.window": (s: SettingsWritten) => s.breaker?.window,
  "breaker.minimum": (s: SettingsWritten) => s.breaker?.minimum,
  "breaker.failures": (s: SettingsWritten) => s.breaker?.failures,
  "breaker.open": (s: SettingsWritten) => s.breaker?.open,
  "breaker.openMax": (s: SettingsWritten) => s.breaker?.openMax,
  "breaker.probes": (s: SettingsWritten) => s.breaker?.probes,
  "limits.concurrency": (s: SettingsWritten) => s.limits?.concurrency,
  "limits.queue": (s: SettingsWritten) => s.limits?.queue,
  "limits.wait": (s: SettingsWritten) => s.limits?.wait,
  "limits.streams": (s: SettingsWritten) => s.limits?.streams,
  "throttle.hold": (s: SettingsWritten) => s.throttle?.hold,
  "throttle.release": (s: SettingsWritten) => s.throttle?.release,
  errors: (s: SettingsWritten) => s.errors,
  lostAnswers: (s: SettingsWritten) => s.lostAnswers,
  access: (s: SettingsWritten) => s.access,
  maxRequestBody: (s: SettingsWritten) => s.maxRequestBody,
  forwarded: (s: SettingsWritten) => s.forwarded,
  "connection.idle": (s: SettingsWritten) => s.connection?.idle,
  "connection.maxAge": (s: SettingsWritten) => s.connection?.maxAge,
  "connection.head": (s: SettingsWritten) => s.connection?.head,
  "listener.idle": (s: SettingsWritten) => s.listener?.idle,
  "listener.head": (s: SettingsWritten) => s.listener?.head,
  "listener.headers": (s: SettingsWritten) => s.listener?.headers,
  "listener.stall": (s: SettingsWritten) => s.listener?.stall,
  "listener.minRate": (s: SettingsWritten) => s.listener?.minRate,
} as const;

export type SettingName = keyof typeof SETTINGS;
type SettingValue<Name extends SettingName> = NonNullable<ReturnType<(typeof SETTINGS)[Name]>>;
export type NumberName = {
  [Name in SettingName]: SettingValue<Name> extends number ? Name : never;
}[SettingName];

export type Found<T> = {
  readonly value: T;
  readonly layer: Layer;
  readonly depth: number;
  readonly path: Path;
};

/** What one layer itself says. */
export function said<Name extends SettingName>(layer: Layer, name: Name): SettingValue<Name> | undefined {
  return SETTINGS[name](layer.settings) as SettingValue<Name> | undefined;
}

/** The nearest layer's word. The last layer says everything; a profile that does not is a defect of ours. */
export function find<Name extends SettingName>(
  layers: readonly Layer[],
  name: Name,
): Found<SettingValue<Name>> {
  for (const [depth, layer] of layers.entries()) {
    const value = said(layer, name);
    if (value !== undefined) return { value, layer, depth, path: [...layer.path, ...name.split(".")] };
  }
  throw new Error(`no profile says ${name}`);
}

export function inForce<Name extends SettingName>(layers: readonly Layer[], name: Name): SettingValue<Name> {
  return find(layers, name).value;
}

/** Whether all that was written at this place of the layer could be read. */
export function isCertain({ document, path, spoilt }: Layer, below: Path): boolean {
  return !spoilt(document.pathAsWritten([...path, ...below]));
}

/** The lesser setting, lowered to the greater one where it was inherited. */
export function fitted(
  layers: readonly Layer[],
  lesser: NumberName,
  ...greater: readonly NumberName[]
): number {
  return Math.min(inForce(layers, lesser), ...greater.map((name) => inForce(layers, name)));
}
