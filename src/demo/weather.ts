/**
 * Bad days of a tenant: how likely which mishap is, as a table.
 *
 * Pure; whoever asks brings the dice.
 */
import { edgeSays, type Step, tenantSays } from "./steps.ts";

/** `chance` is the share of all requests, from 0 to 1; together at most 1, the rest is served. */
export type Weather = readonly { readonly chance: number; readonly step: Step }[];

/** About one request in ten goes wrong. */
export const RAIN: Weather = [
  { chance: 0.03, step: tenantSays(503) },
  { chance: 0.02, step: edgeSays(503) },
  { chance: 0.01, step: tenantSays(429, { "retry-after": "1" }) },
  { chance: 0.02, step: { kind: "drop", applied: false } },
  { chance: 0.02, step: { kind: "drop", applied: true } },
];

/** More than one in three: what a tenant does that is being restarted while too many ask. */
const STORM: Weather = [
  { chance: 0.12, step: tenantSays(503) },
  { chance: 0.08, step: edgeSays(503) },
  { chance: 0.02, step: tenantSays(429, { "retry-after": "1" }) },
  { chance: 0.06, step: { kind: "drop", applied: false } },
  { chance: 0.08, step: { kind: "drop", applied: true } },
];

/** What a day may be called. */
export const WEATHERS: Readonly<Record<"calm" | "rain" | "storm", Weather>> = {
  calm: [],
  rain: RAIN,
  storm: STORM,
};

/** What a throw of the dice (from 0 to just under 1) brings; undefined: nothing goes wrong. */
export function mishap(weather: Weather, dice: number): Step | undefined {
  let below = 0;
  for (const { chance, step } of weather) {
    below += chance;
    if (dice < below) return step;
  }
  return undefined;
}
