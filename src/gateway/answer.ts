/**
 * Step 8: the answer. Passes on what the tenant said, gives its errors one shape, or says what the gateway has to say
 * itself; and adds the headers by which the gateway speaks. The status of an answer is never changed.
 */
import type { Judgement } from "../decide/judge.ts";
import type { Failed } from "../decide/outcome.ts";
import type { Dialect, Processed } from "../decide/words.ts";
import { responseHeadersToPass } from "../http/forward.ts";
import { type HeaderList, headerPairs, headerValue, withHeader, withoutHeaders } from "../http/headers.ts";
import { locationForCaller } from "../http/location.ts";
import { prefersHtml } from "../http/media-type.ts";
import { ownBodyFields } from "../http/own-body.ts";
import { proxyStatus } from "../http/proxy-status.ts";
import { deltaSeconds, retryAfterMs } from "../http/retry-after.ts";
import type { RouteSettings } from "../policy/policy.ts";
import { normalise } from "../problem/normalise.ts";
import type { ErrorFormat } from "../problem/read.ts";
import { ownError, type Written } from "../problem/write.ts";
import type { RawAnswer } from "../upstream/attempt.ts";
import type { Refusal } from "./admit.ts";
import type { Inbound, Reply, ReplyBody } from "./caller.ts";
import type { Settlement } from "./lost/settle.ts";
import { FAILURE_SAYINGS, REFUSAL_SAYINGS, whatNow } from "./messages.ts";
import { attemptId, withoutAttemptId } from "./transaction.ts";

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

/** Validators and digests of a body that is no longer there, and its framing. */
const OF_THE_OLD_BODY = new Set([
  "etag",
  "last-modified",
  "content-type",
  "content-length",
  "content-encoding",
  "content-md5",
  "content-digest",
  "repr-digest",
  "digest",
  "accept-ranges",
]);

export function answerWith(conclusion: Conclusion, context: Context): Answer {
  const { came, settlement, attempts, transaction } = conclusion;
  if (settlement?.answer) return passOn(settlement.answer, conclusion, context);
  if (came.kind === "answer") return passOn(came.answer, conclusion, context);
  const saying =
    came.kind === "failure" ? FAILURE_SAYINGS[came.outcome.failure] : REFUSAL_SAYINGS[came.refusal.reason];
  const written = ownError({
    status: saying.status,
    message: `${saying.happened} ${whatNow(conclusion.processed, conclusion.safeToRepeat)}`,
    detail: {
      attempts,
      processed: conclusion.processed,
      reason: conclusion.reason,
      transactionIds: Array.from({ length: attempts }, (_, index) => attemptId(transaction, index + 1)),
    },
    dialect: context.dialect,
    style: context.settings.errors,
  });
  const comeBack = conclusion.safeToRepeat ? ["Retry-After", deltaSeconds(conclusion.comeBackMs)] : [];
  return {
    status: saying.status,
    statusText: undefined,
    headers: [...fieldsOf(written), ...comeBack, ...ownHeaders(conclusion, saying.status, saying.error)],
    body: bytesOf(written, context),
    normalisedFrom: undefined,
  };
}

/** The tenant's answer, its body as it came or in the one shape. */
function passOn(answer: RawAnswer, conclusion: Conclusion, context: Context): Answer {
  const { status, statusText } = answer;
  const received = withoutAttemptId(responseHeadersToPass(answer.headers), conclusion.transaction);
  // RFC 9110 section 8.6: none may stand there, and who believes it waits for a body.
  const framed = status === 204 ? withoutHeaders(received, (name) => name === "content-length") : received;
  const passed = facingCaller(framed, context);
  const headers = status >= 400 ? withRetryAfter(passed, status, conclusion, context.wallMs) : passed;
  const own = ownHeaders(conclusion, status, undefined);
  const rewritten = status >= 400 ? oneShape(answer, conclusion, context) : undefined;
  if (!rewritten)
    return {
      status,
      statusText,
      headers: [...headers, ...own],
      body: asItCame(answer.body),
      normalisedFrom: undefined,
    };
  const kept = withoutHeaders(headers, (name) => OF_THE_OLD_BODY.has(name));
  return {
    status,
    statusText,
    headers: [...kept, ...fieldsOf(rewritten.written), ...own],
    body: bytesOf(rewritten.written, context),
    normalisedFrom: rewritten.from,
  };
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

/** Links to the tenant lead back through the gateway; a browser follows its own. */
function facingCaller(headers: string[], { inbound, tenantOrigin }: Context): string[] {
  if (prefersHtml(headerValue(inbound.headers, "accept"))) return headers;
  return [...headerPairs(headers)].flatMap(([name, value]) => {
    const isLink = /^(content-)?location$/i.test(name);
    return [name, isLink ? locationForCaller(value, tenantOrigin, inbound.callerOrigin) : value];
  });
}

/**
 * Always delta-seconds: a date makes clients with another clock come back at once. Added where the tenant gave none
 * and coming back is safe.
 */
function withRetryAfter(
  headers: string[],
  status: number,
  conclusion: Conclusion,
  wallMs: number,
): HeaderList {
  const canPass = status === 429 || (status >= 502 && status <= 504);
  const toldMs =
    headerValue(headers, "retry-after") === undefined ? undefined : retryAfterMs(headers, wallMs);
  if (toldMs !== undefined) return withHeader(headers, "Retry-After", deltaSeconds(toldMs));
  if (!canPass || !conclusion.safeToRepeat) return headers;
  const comeBackMs = retryAfterMs(headers, wallMs) ?? conclusion.comeBackMs;
  return withHeader(headers, "Retry-After", deltaSeconds(comeBackMs));
}

/** What the gateway says in headers: always how many attempts, the rest when not one attempt and its success was all. */
function ownHeaders(conclusion: Conclusion, status: number, error: string | undefined): string[] {
  const { came, attempts, processed, reason, settlement } = conclusion;
  const headers = ["X-Gateway-Attempts", String(attempts)];
  if (status < 400 && attempts <= 1 && !settlement) return headers;
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
  return [...headers, "Proxy-Status", proxyStatus(parameters)];
}
