/**
 * When an exchange ends in a refusal that may be the echo of its own success: puts the question of `settle.ts` together
 * and reads the object back, by the same way as every other attempt.
 */
import { classify } from "../../decide/classify.ts";
import { type Echo, echoOf } from "../../decide/echo.ts";
import { requestFacts } from "../../decide/request.ts";
import { withoutHeaders } from "../../http/headers.ts";
import { ownBodyFields } from "../../http/own-body.ts";
import { parseTarget } from "../../http/target.ts";
import { jsonOf, memberOf } from "../../json.ts";
import { crestError } from "../../problem/write.ts";
import type { RawAnswer } from "../../upstream/attempt.ts";
import { type Course, stamped } from "../course.ts";
import { type Heard, type Outbound, type Tools, tryOnce } from "../try-once.ts";
import { type Settlement, settle } from "./settle.ts";

export type Exchanged = {
  readonly outbound: Outbound;
  readonly last: Heard;
  /** Whether an earlier attempt of the exchange may have been processed. */
  readonly earlierUnknown: boolean;
  /** Whether the caller named the create, so that an earlier exchange may have done it. */
  readonly named: boolean;
};

/** Conditions and framing of the write, which a read must not carry. */
const OF_THE_WRITE = new Set([
  "if-match",
  "if-none-match",
  "content-type",
  "content-encoding",
  "content-language",
  "accept-encoding",
  "idempotency-key",
  "x-http-method-override",
]);

/** Undefined when there is nothing to settle. */
export async function settleLostAnswer(
  exchanged: Exchanged,
  course: Course,
  tools: Tools,
): Promise<Settlement | undefined> {
  const { outbound, last, earlierUnknown, named } = exchanged;
  const { inbound, routed, policy, endsAt, left } = course;
  const { facts, asked, body } = outbound;
  const echo = echoIn(exchanged);
  if (!echo) return undefined;
  const annotateOnly = routed.route.settings.lostAnswers === "annotate";
  const submitted = body.kind === "held" ? body.bytes : undefined;
  const objectPath = pathOfObject(outbound);

  let reads = 0;
  const read = async (query: string): Promise<RawAnswer | undefined> => {
    const parsed = parseTarget("GET", `${objectPath}${query}`);
    if ("problem" in parsed) return undefined;
    const { budget } = routed.family;
    // The first read is made in any case: the retry before it was paid for, and without it the caller hears an echo.
    if (reads === 0) budget.owe();
    else if (!budget.withdraw()) return undefined;
    reads++;
    const headers = stamped(
      course,
      withoutHeaders(outbound.headers, (name) => OF_THE_WRITE.has(name)),
    );
    const question = requestFacts({ method: "GET", target: parsed.target, headers, body: undefined });
    const tables = { dialects: policy.dialects, operations: routed.route.operations };
    const tried = await tryOnce(
      {
        method: "GET",
        pathAndQuery: parsed.target.pathAndQuery,
        headers,
        body: { kind: "none" },
        facts: question,
        asked: classify(question, tables),
      },
      course,
      tools,
    );
    if (tried.kind !== "heard") return undefined;
    tried.letGo();
    return tried.judged.meaning === "ok" ? tried.answer : undefined;
  };

  const found = await settle(
    {
      echo: annotateOnly && echo.kind !== "not-applied" ? { kind: "unverifiable" } : echo,
      facts,
      submitted,
      createdStatus: named && !earlierUnknown ? 200 : 201,
      location: `${inbound.callerOrigin}${objectPath}`,
      hidden: (name) => policy.neverReturned.some((each) => each.matches(name)),
      read,
      endsAt,
      left,
    },
    tools.clock,
  );
  const settlement = named && found.differs ? usedOtherwise(found, earlierUnknown) : found;
  tools.observe({
    kind: "settled",
    id: inbound.id,
    route: routed.label,
    operation: asked.operation,
    result: settlement.result,
    ...(settlement.settled ? { settled: settlement.settled } : {}),
    compared: settlement.compared,
    reads: settlement.reads,
    meaning: last.judged.meaning,
  });
  return settlement;
}

/** The caller's key meets another object than its body says. Unless an attempt was lost, nothing of it was done. */
function usedOtherwise(found: Settlement, earlierUnknown: boolean): Settlement {
  const settlement = { ...found, answer: KEY_USED_OTHERWISE };
  return earlierUnknown ? settlement : { ...settlement, result: "not-applied" };
}

const KEY_USED_OTHERWISE = ownAnswer(
  422,
  "An object made under this Idempotency-Key stands, and it is not what this body says: the key was used with another " +
    "body, or the object has been changed since. Read the object, or use a new key.",
);

function ownAnswer(status: number, message: string): RawAnswer {
  const { contentType, body } = crestError({ status, message });
  const bytes = Buffer.from(body);
  const headers = ownBodyFields(contentType, bytes.length);
  return { status, statusText: "", headers, body: { kind: "whole", bytes, decoded: bytes } };
}

/** A first answer is doubted only when the caller's key says that there may have been one before. */
function echoIn({ outbound, last, earlierUnknown, named }: Exchanged): Echo | undefined {
  const { outcome } = last;
  const status = outcome.kind === "answered" ? outcome.status : undefined;
  // An answer that itself leaves everything open is not an echo; the write's fate is simply not known.
  const open = last.judged.processed === "unknown";
  const echo = open ? undefined : echoOf(outbound.asked, last.judged, status);
  if (earlierUnknown) return open && outbound.asked.replay !== "read" ? { kind: "unverifiable" } : echo;
  if (named && echo?.kind === "read-back") return echo;
  return open && outbound.asked.replay !== "read" ? { kind: "unverifiable" } : undefined;
}

/** A create by POST with an id of its own makes its object below the collection. */
function pathOfObject({ facts, body }: Outbound): string {
  const { path } = facts.target;
  if (facts.effectiveMethod !== "POST" || body.kind !== "held") return path;
  const id = memberOf(jsonOf(body.bytes.toString("utf8")), "_id");
  return typeof id === "string" ? `${path.replace(/\/+$/, "")}/${encodeURIComponent(id)}` : path;
}
