/**
 * The meanings table: what follows from each meaning. Data, not judgement: `judge.ts` looks rows up,
 * `retry.ts` acts on them.
 */
import type { ReplayClass } from "../crest/words.ts";
import type { Health, Meaning, Processed, RetryRule } from "./words.ts";

export type Verdict = {
  readonly processed: Processed;
  readonly retry: RetryRule;
  readonly health: Health;
  /** At most this many attempts when this is the reason to try again, the first one included. */
  readonly attempts?: number;
  /** The next attempt is never earlier than this. */
  readonly minDelayMs?: number;
  /** Counts as `bad` only once per path and breaker window: one bad payload must not open the circuit. */
  readonly oncePerPath?: boolean;
  /** Holds back the whole family until the told time. */
  readonly closesGate?: boolean;
  /** Where the row stands, as `file:line`. */
  readonly at: string;
};

export type MeaningsTable = Readonly<Record<Meaning, Verdict>>;

const HARMLESS: Readonly<Record<RetryRule, readonly ReplayClass[]>> = {
  never: [],
  reads: ["read"],
  guarded: ["read", "guarded"],
  idempotent: ["read", "guarded", "idempotent"],
  any: ["read", "guarded", "idempotent", "unsafe"],
};

/** Whether a request of this class may be sent again under this rule (RFC 9110 section 9.2.2). */
export function mayRepeat(rule: RetryRule, replay: ReplayClass): boolean {
  return HARMLESS[rule].includes(replay);
}
