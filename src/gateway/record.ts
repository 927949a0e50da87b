/** What is told of an exchange at its end, to whoever watches: one record, made of what was. */
import { pathShown } from "../decide/path-shown.ts";
import type { Processed } from "../decide/words.ts";
import type { AttemptRecord, ExchangeRecord } from "../observe/events.ts";
import type { Course } from "./course.ts";

export type End = {
  readonly status: number;
  readonly reason: string | undefined;
  readonly delivery: ExchangeRecord["delivery"];
};

/** Written once, field by field, and read only from then on. */
type Told = { -readonly [Name in keyof ExchangeRecord]: ExchangeRecord[Name] } & {
  readonly kind: "exchange";
};

export function recordOf(course: Course, processed: Processed, endedAt: number, end: End): Told {
  const { inbound, routed, policy, sentAs, heard } = course;
  const failed = heard?.outcome.kind === "failed" ? heard.outcome : undefined;
  const told: Told = {
    kind: "exchange",
    id: inbound.id,
    route: routed.label,
    family: routed.family.name,
    method: inbound.method,
    path: pathShown(inbound.target.path, routed.route.match.paths),
    operation: sentAs.operation,
    replay: sentAs.replay,
    status: end.status,
    attempts: course.judged.length,
    durationMs: endedAt - course.startedAt,
    origin: heard?.judged.origin ?? "gateway",
    processed,
    transactionId: course.transaction,
    policyHash: policy.hash,
  };
  if (heard) told.meaning = heard.judged.meaning;
  if (failed) told.failure = failed.code;
  if (end.reason !== undefined) told.reason = end.reason;
  if (course.story && isStory(course.story)) told.story = course.story;
  if (course.settlement) told.settled = course.settlement.result;
  if (end.delivery !== undefined) told.delivery = end.delivery;
  return told;
}

/** Of one attempt whose answer was final the record says all that there is. */
function isStory([first, ...others]: readonly AttemptRecord[]): boolean {
  return others.length > 0 || first?.failure !== undefined || first?.next !== "answered";
}
