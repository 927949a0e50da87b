/**
 * An exchange in sentences, the words of log, header and `explain` among them: what each attempt was told, what that
 * means, and why another followed or did not. Pure: it makes texts, never elements.
 */
import { REASON_SENTENCES } from "../../decide/reasons.ts";
import type { Meaning } from "../../decide/words.ts";
import { FAILURE_SAYINGS, REFUSAL_SAYINGS } from "../../gateway/messages.ts";
import type { AttemptRecord } from "../../observe/events.ts";
import type { NotableExchange } from "../recent.ts";
import { inMs } from "../words.ts";
import { MEANING_SENTENCES } from "./meanings.generated.ts";

export type AttemptStory = {
  readonly told: string;
  readonly meaning: string;
  readonly next: string;
};

export function attemptStory(attempt: AttemptRecord): AttemptStory {
  const { status, failure, meaning, atMs, durationMs, toldMs } = attempt;
  const came =
    failure === undefined ? `was told ${status}` : `${failure}: ${FAILURE_SAYINGS[failure].happened}`;
  const asked = toldMs === undefined ? "" : ` It asked to wait ${inMs(toldMs)}.`;
  return {
    told: `Sent at ${inMs(atMs)}; after ${inMs(durationMs)} ${came}${failure === undefined ? "." : ""}${asked}`,
    meaning: meaningStory(meaning),
    next: nextOf(attempt),
  };
}

export function meaningStory(meaning: Meaning): string {
  return `${meaning}: ${MEANING_SENTENCES[meaning]}`;
}

function nextOf({ next, waitMs = 0 }: AttemptRecord): string {
  if (next === "retried")
    return `retried: sending it again is safe; that was done after a wait of ${inMs(waitMs)}.`;
  return `${next}: ${REASON_SENTENCES[next]}`;
}

/** One reason may have come about in two ways. */
const REFUSALS = Map.groupBy(Object.values(REFUSAL_SAYINGS), ({ reason }) => reason);

function refusalStory(reason: string): string | undefined {
  return REFUSALS.get(reason)
    ?.map(({ happened }) => happened)
    .join(" Or: ");
}

const REASONS: ReadonlyMap<string, string> = new Map(Object.entries(REASON_SENTENCES));

/** Why there was no further attempt, or none at all; undefined when nothing more was wanted. */
export function reasonStory({
  reason,
  attempts,
}: Pick<NotableExchange, "reason" | "attempts">): string | undefined {
  if (reason === undefined) return undefined;
  const sentence =
    (attempts === 0 ? refusalStory(reason) : undefined) ?? REASONS.get(reason) ?? refusalStory(reason);
  return sentence === undefined ? reason : `${reason}: ${sentence}`;
}

const PROCESSED: Readonly<Record<string, string>> = {
  no: "no: the tenant did not act on it.",
  yes: "yes: the tenant acted on it.",
  unknown: "unknown: whether the tenant acted on it cannot be told.",
};

export function processedStory({ processed }: NotableExchange): string | undefined {
  return processed === undefined ? undefined : (PROCESSED[processed] ?? processed);
}

const SETTLED: Readonly<Record<string, string>> = {
  applied: "applied: an answer was lost, and the tenant was found to have done it.",
  "not-applied": "not-applied: an answer was lost, and the tenant was found not to have done it.",
  unresolved: "unresolved: an answer was lost, and reading back did not tell what became of it.",
};

export function settledStory({ settled }: NotableExchange): string | undefined {
  return settled === undefined ? undefined : SETTLED[settled];
}
