/** A few words to tell the story of a circuit in: `bench`, `permit`, `attempts`, `trip`, `ripe`. One probe is enough. */
import type { ReplayClass } from "../../src/crest/words.ts";
import type { Health } from "../../src/decide/words.ts";
import { Circuit, type CircuitAnswer, type CircuitStateName, type Permit } from "../../src/guard/circuit.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";

export const SETTINGS = {
  windowMs: 30_000,
  minimum: 4,
  failureRatio: 0.5,
  openMs: 10_000,
  openMaxMs: 35_000,
  probes: 1,
};

export type Bench = { circuit: Circuit; clock: ManualClock; events: CircuitStateName[] };

export function bench(settings = SETTINGS): Bench {
  const clock = manualClock();
  const events: CircuitStateName[] = [];
  return { circuit: new Circuit(settings, clock, (to) => events.push(to)), clock, events };
}

function granted(answer: CircuitAnswer): Permit {
  if (answer.kind === "refused") throw new Error(`refused for ${answer.retryAfterMs} ms`);
  return answer.permit;
}

export const permit = (circuit: Circuit, replay: ReplayClass = "read"): Permit =>
  granted(circuit.admit(replay));

/** Attempts one after the other, each with what it showed. */
export async function attempts(circuit: Circuit, ...healths: readonly Health[]): Promise<void> {
  for (const health of healths) await permit(circuit, "unsafe").report(health);
}

export const trip = (circuit: Circuit): Promise<void> => attempts(circuit, "bad", "bad", "bad", "bad");

/** Open, and the time of its first wait is over. */
export async function ripe(settings = SETTINGS): Promise<Bench> {
  const parts = bench(settings);
  await trip(parts.circuit);
  await parts.clock.advance(settings.openMs);
  return parts;
}
