/** What is told of an exchange at its end, to whoever watches: one record, made of what was. */
import type { Processed } from "../decide/words.ts";
import type { ExchangeRecord } from "../observe/events.ts";
import type { Course } from "./course.ts";

export type End = Pick<ExchangeRecord, "status" | "reason" | "delivery">;

export function recordOf(course: Course, processed: Processed, endedAt: number, end: End): ExchangeRecord {
  const { inbound, routed, policy, sentAs, heard } = course;
  const failed = heard?.outcome.kind === "failed" ? heard.outcome : undefined;
  return {
    id: inbound.id,
    route: routed.label,
    family: routed.family.name,
    method: inbound.method,
    path: inbound.target.path,
    operation: sentAs.operation,
    replay: sentAs.replay,
    attempts: course.judged.length,
    durationMs: endedAt - course.startedAt,
    ...(heard ? { meaning: heard.judged.meaning } : {}),
    origin: heard?.judged.origin ?? "gateway",
    processed,
    ...(failed ? { failure: failed.code } : {}),
    transactionId: course.transaction,
    policyHash: policy.hash,
    ...end,
  };
}
