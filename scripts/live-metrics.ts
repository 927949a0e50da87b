/**
 * The metrics as a running registry has them, and queries held against them: what documents say of a metric is read
 * from here.
 */
import type { Event, ExchangeRecord } from "../src/observe/events.ts";
import { createMetrics } from "../src/observe/metrics.ts";

export const PREFIX = "crest_gateway_";

type Live = { readonly type: string; readonly help: string; readonly labels: readonly string[] };

/** All of it, in the text format. */
export const EXPOSED = await exposed();
/** Our own metrics by their names without the prefix. */
export const LIVE = liveMetrics(EXPOSED);

/** The query, all of whose own metrics and labels exist. */
export function checkedPromql(promql: string): string {
  for (const [, written = "", braces = ""] of promql.matchAll(/crest_gateway_(\w+)(?:\{([^}]*)\})?/g)) {
    const live = LIVE.get(written) ?? LIVE.get(written.replace(/_(bucket|sum|count)$/, ""));
    const labels = [...braces.matchAll(/(\w+)[=!]/g)].map(([, label = ""]) => label);
    if (!live || labels.some((label) => !live.labels.includes(label)))
      throw new Error(`no such metric or label: ${promql}`);
  }
  return promql;
}

/** Everything once, so that every label is there to be seen. */
async function exposed(): Promise<string> {
  const route = "users";
  const family = "openidm";
  const exchange: ExchangeRecord = {
    id: "1",
    route,
    family,
    method: "GET",
    path: "/",
    operation: "read",
    replay: "read",
    status: 200,
    attempts: 1,
    durationMs: 1,
    origin: "tenant",
    policyHash: "",
  };
  const events: readonly Event[] = [
    { kind: "exchange", ...exchange },
    { kind: "exchange", ...exchange, attempts: 2 },
    { kind: "attempt", route, family, class: "2xx", meaning: "ok", durationMs: 1 },
    { kind: "decision", route, decision: "withheld", reason: "answered" },
    { kind: "normalised", route, from: "html" },
    { kind: "refused", family, reason: "throttled" },
    { kind: "breaker", family, to: "open" },
    { kind: "reload", result: "success", message: "" },
    { kind: "certificate-reload", use: "listener", result: "success", message: "" },
    { kind: "handshake-failed", reason: "left", failure: "ECONNRESET" },
    {
      kind: "settled",
      id: exchange.id,
      route,
      operation: "update",
      result: "applied",
      compared: [],
      reads: 1,
      meaning: "version-mismatch",
    },
  ];
  const metrics = createMetrics({
    families: () => [
      {
        family,
        breaker: "closed",
        opensInMs: 0,
        throttled: false,
        throttledForMs: 0,
        budgetRemaining: 0,
        inFlight: 0,
        queued: 0,
        streams: 0,
      },
    ],
    heldBodyBytes: () => 0,
    policy: () => ({ hash: "0", profile: "aic" }),
    lastReloadSuccessful: () => true,
    certificates: () => [{ use: "listener", endsAtMs: 0, lastReloadSuccessful: true }],
    build: { version: "0", node: "0" },
  });
  events.forEach(metrics.observe);
  return (await metrics.expose(undefined)).body;
}

function liveMetrics(exposition: string): ReadonlyMap<string, Live> {
  const types = exposition.matchAll(/^# HELP crest_gateway_(\w+) (.+)\n# TYPE \S+ (\w+)$/gm);
  return new Map(
    [...types].map(([, name = "", help = "", type = ""]) => {
      const sample =
        new RegExp(`^${PREFIX}${name}(?:_bucket)?\\{(.*)\\} \\S+$`, "m").exec(exposition)?.[1] ?? "";
      const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
      return [name, { type, help, labels: labels.filter((label) => label !== "le") }];
    }),
  );
}
