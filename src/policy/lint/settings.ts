/**
 * Settings that cannot be true together. Only what is said nearer than its bound is wrong: what was inherited gives way
 * to it when the settings are compiled (see `fitted`).
 */
import { routeLayers, type Source } from "../compile-routes.ts";
import { find, isCertain, type Layer, type NumberName, type SettingName } from "../layers.ts";
import type { Mistake } from "../written/mistakes.ts";
import { formatDuration, formatSize } from "../written/units.ts";

/** Two settings of which the first may not exceed the second, and the sentence for when it does. */
type Fit = {
  readonly lesser: NumberName;
  readonly greater: NumberName;
  /** Whether the first may not even equal the second. */
  readonly strict?: boolean;
  readonly format: (value: number) => string;
  readonly because: string;
};

const time = { format: formatDuration };

/** What has to fit into what. */
const FITS: readonly Fit[] = [
  { ...time, lesser: "attempt.timeout", greater: "deadline", because: "no attempt outlives its exchange" },
  {
    ...time,
    lesser: "attempt.connect",
    greater: "attempt.timeout",
    because: "connecting is a part of the attempt",
  },
  {
    ...time,
    lesser: "retry.backoff.base",
    greater: "retry.backoff.max",
    because: "no backoff is longer than its maximum",
  },
  {
    ...time,
    lesser: "retry.backoff.base",
    greater: "deadline",
    strict: true,
    because: "such a wait never fits the exchange",
  },
  {
    ...time,
    lesser: "retry.backoff.max",
    greater: "deadline",
    because: "such a wait never fits the exchange",
  },
  {
    ...time,
    lesser: "retry.retryAfter.max",
    greater: "deadline",
    strict: true,
    because: "such a wait never fits the exchange",
  },
  {
    ...time,
    lesser: "limits.wait",
    greater: "deadline",
    because: "nobody waits longer than the exchange lasts",
  },
  {
    format: formatSize,
    lesser: "replay.maxBody",
    greater: "replay.memory",
    because: "all held bodies together have to hold one",
  },
  {
    ...time,
    lesser: "breaker.open",
    greater: "breaker.openMax",
    because: "a circuit's first wait is its shortest",
  },
];

/** Of the file itself and of each route, every pair of settings in force that cannot be true together. */
export function settingMistakes(source: Source): Mistake[] {
  const below = [source.operator, ...source.profile.layers];
  const stacks = [below, ...routeLayers(source).map(({ layer }) => [layer, ...below])];
  return stacks.flatMap((layers) => FITS.flatMap((fit) => misfit(layers, fit) ?? []));
}

/**
 * The mistake when the lesser of two settings exceeds the greater, unless the greater was lowered by a nearer layer
 * alone: what was inherited from further away then gives way.
 */
function misfit(layers: readonly Layer[], fit: Fit): Mistake | undefined {
  const lesser = find(layers, fit.lesser);
  const greater = find(layers, fit.greater);
  const fits = lesser.value < greater.value || (lesser.value === greater.value && !fit.strict);
  if (fits || lesser.depth > greater.depth) return undefined;
  const doubtful = (name: SettingName, depth: number) =>
    !layers.slice(0, depth + 1).every((layer) => isCertain(layer, name.split(".")));
  if (doubtful(fit.lesser, lesser.depth) || doubtful(fit.greater, greater.depth)) return undefined;
  const bound = `the ${fit.format(greater.value)} of ${fit.greater} (${greater.layer.document.at(greater.path)})`;
  const relation = lesser.value === greater.value ? "is not less than" : "is more than";
  const message = `${fit.format(lesser.value)} ${relation} ${bound}: ${fit.because}`;
  return lesser.layer.document.mistake(lesser.path, message);
}
