/**
 * Step 8: the answer. Passes on what the tenant said, gives its errors one shape, or says what the gateway has to say
 * itself; and adds the headers by which the gateway speaks. The status of an answer is never changed.
 */
import type { ReplayClass } from "../crest/words.ts";
import type { Judgement } from "../decide/judge.ts";
import type { Failed } from "../decide/outcome.ts";
import type { Dialect, Processed } from "../decide/words.ts";
import { headerValue } from "../http/headers.ts";
import { prefersHtml } from "../http/media-type.ts";
import { ownBodyFields } from "../http/own-body.ts";
import { proxyStatus } from "../http/proxy-status.ts";
import { deltaSeconds } from "../http/retry-after.ts";
import type { RouteSettings } from "../policy/policy.ts";
import { normalise } from "../problem/normalise.ts";
import type { ErrorFormat } from "../problem/read.ts";
import { ownError, type Written } from "../problem/write.ts";
import type { RawAnswer } from "../upstream/attempt.ts";
import type { Refusal } from "./admit.ts";
import { type BodyFate, fieldsForCaller, withRetryAfter } from "./answer-fields.ts";
import type { Inbound, Reply, ReplyBody } from "./caller.ts";
import type { Settlement } from "./lost/settle.ts";
import { FAILURE_SAYINGS, REFUSAL_SAYINGS, whatNow } from "./messages.ts";
import { attemptId } from "./transaction.ts";

export type Conclusion = {
  readonly came:
    | { readonly kind: "answer"; readonly answer: RawAnswer; readonly judged: Judgement }
    | { readonly kind: "failure"; readonly outcome: Failed; readonly judged: Judgement }
    | { readonly kind: "refusal"; readonly refusal: Refusal };
  readonly attempts: number;
  /** Of the whole exchange. */
  readonly processed: Processed;
  /** Why there was no further attempt; undefined when there was nothing to mend. */
  readonly reason: string | undefined;
  /** Whether the caller may send the request again without doing anything twice, and coming back can help. */
  readonly safeToRepeat: boolean;
  readonly replay: ReplayClass;
  /** When coming back can help, as far as the gateway knows. */
  readonly comeBackMs: number;
  /** The transaction id of the whole exchange. */
  readonly transaction: string;
  /** What was found out about an answer that had been lost. */
  readonly settlement: Settlement | undefined;
};

export type Context = {
  readonly inbound: Inbound;
  readonly settings: RouteSettings;
  readonly dialect: Dialect;
  readonly tenantOrigin: string;
  readonly wallMs: number;
};

export type Answer = Omit<Reply, "ended"> & { readonly normalisedFrom: ErrorFormat | undefined };

export function answerWith(conclusion: Conclusion, context: Context): Answer {
  const { came, settlement, attempts, transaction } = conclusion;
  if (settlement?.answer) return passOn(settlement.answer, conclusion, context);
  if (came.kind === "answer") return passOn(came.answer, conclusion, context);
  const saying =
    came.kind === "failure" ? FAILURE_SAYINGS[came.outcome.failure] : REFUSAL_SAYINGS[came.refusal.reason];
  const explanation = came.kind === "failure" ? came.outcome.explanation : undefined;
  const written = ownError({
    status: saying.status,
    message: [
      saying.happened,
      explanation,
      whatNow(conclusion.processed, conclusion.safeToRepeat, conclusion.replay),
    ]
      .filter((sentence) => sentence !== undefined)
      .join(" "),
    detail: {
      attempts,
      processed: conclusion.processed,
      reason: conclusion.reason,
      transactionIds: Array.from({ length: attempts }, (_, index) => attemptId(transaction, index + 1)),
    },
    dialect: context.dialect,
    style: context.settings.errors,
  });
  const headers = fieldsOf(written);
  if (conclusion.safeToRepeat) headers.push("Retry-After", deltaSeconds(conclusion.comeBackMs));
  pushOwnFields(headers, conclusion, saying.status, saying.error);
  return {
    status: saying.status,
    statusText: undefined,
    headers,
    body: bytesOf(written, context),
    normalisedFrom: undefined,
  };
}

/** The tenant's answer, its body as it came or in the one shape. */
function passOn(answer: RawAnswer, conclusion: Conclusion, context: Context): Answer {
  const { status, statusText } = answer;
  const { inbound, tenantOrigin, wallMs } = context;
  const rewritten = status >= 400 ? oneShape(answer, conclusion, context) : undefined;
  const body = rewritten ? bytesOf(rewritten.written, context) : asItCame(answer.body);
  let headers = fieldsForCaller(answer.headers, rewritten ? "written-anew" : framing(body, status), {
    tenantOrigin,
    callerOrigin: inbound.callerOrigin,
    requestHeaders: inbound.headers,
    transaction: conclusion.transaction,
  });
  const comeBackMs = conclusion.safeToRepeat ? conclusion.comeBackMs : undefined;
  if (status >= 400) headers = withRetryAfter(headers, status, comeBackMs, wallMs);
  if (rewritten) headers.push(...fieldsOf(rewritten.written));
  pushOwnFields(headers, conclusion, status, undefined);
  if (!rewritten && body.kind === "bytes" && status !== 204)
    headers.push("Content-Length", String(body.bytes.length));
  // Without a phrase of its own an answer gets the usual one.
  return { status, statusText: statusText || undefined, headers, body, normalisedFrom: rewritten?.from };
}

/** RFC 9110 section 8.6: no length may stand in a 204, and who believes it waits for a body. */
function framing(body: ReplyBody, status: number): BodyFate {
  return body.kind === "bytes" || status === 204 ? "framed-by-us" : "framed-by-tenant";
}

function oneShape(
  answer: RawAnswer,
  conclusion: Conclusion,
  { inbound, settings, dialect }: Context,
): { readonly from: ErrorFormat; readonly written: Written } | undefined {
  // A body that is too large, or could not be decoded within its limit, passes untouched.
  if (answer.body.kind !== "whole" || answer.body.decoded === undefined) return undefined;
  if (conclusion.came.kind !== "answer") return undefined;
  const result = normalise({
    status: answer.status,
    contentType: headerValue(answer.headers, "content-type"),
    bytes: answer.body.decoded,
    origin: conclusion.came.judged.origin,
    dialect,
    style: settings.errors,
    browser: prefersHtml(headerValue(inbound.headers, "accept")),
  });
  return result.kind === "rewritten" ? result : undefined;
}

function asItCame(body: RawAnswer["body"]): ReplyBody {
  if (body.kind === "none") return { kind: "none" };
  if (body.kind === "whole") return { kind: "bytes", bytes: body.bytes };
  return body;
}

function bytesOf(written: Written, { inbound }: Context): ReplyBody {
  return inbound.method === "HEAD" ? { kind: "none" } : { kind: "bytes", bytes: Buffer.from(written.body) };
}

function fieldsOf({ contentType, body }: Written): string[] {
  return ownBodyFields(contentType, Buffer.byteLength(body));
}

/** What the gateway says in headers: always how many attempts, the rest when not one attempt and its success was all. */
function pushOwnFields(
  headers: string[],
  conclusion: Conclusion,
  status: number,
  error: string | undefined,
): void {
  const { came, attempts, processed, reason, settlement } = conclusion;
  headers.push("X-Gateway-Attempts", String(attempts));
  if (status < 400 && attempts <= 1 && !settlement) return;
  const judged = came.kind === "refusal" ? undefined : came.judged;
  const parameters = {
    ...(error === undefined ? {} : { error }),
    ...(came.kind === "answer" ? { receivedStatus: came.answer.status } : {}),
    attempts,
    ...(judged ? { meaning: judged.meaning } : {}),
    ...(reason === undefined ? {} : { reason }),
    processed,
    origin: judged?.origin ?? "gateway",
    ...(settlement?.settled ? { settled: settlement.settled } : {}),
  };
  headers.push("Proxy-Status", proxyStatus(parameters));
}
