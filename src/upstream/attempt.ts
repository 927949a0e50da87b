/**
 * Step 3: one attempt, from the request's first byte to an outcome that can be judged. It reads as much of the answer's
 * body as judging or rewriting may need and leaves the rest to be streamed.
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import type { Answered, Outcome } from "../decide/outcome.ts";
import { type HeaderList, headerValue } from "../http/headers.ts";
import { decodeBody } from "./decode.ts";
import { collectBody, NO_TIME_LEFT } from "./response-body.ts";
import { type Attempt, send } from "./send.ts";
import type { Tenant } from "./tenant.ts";

/** The tenant's answer as it came, to be passed on. */
export type RawAnswer = {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  readonly body:
    | { readonly kind: "none" }
    | { readonly kind: "whole"; readonly bytes: Buffer; readonly decoded: Buffer | undefined }
    | { readonly kind: "stream"; readonly beginning: Buffer; readonly message: IncomingMessage };
};

export type Attempted = {
  readonly outcome: Outcome;
  readonly answer: RawAnswer | undefined;
  /** Until the head or the failure. */
  readonly durationMs: number;
};

/** Bodies up to this size are read before anything is decided: one write is also cheaper than a pipe. */
const COLLECT_LIMIT_BYTES = 64 * 1024;

type Head = Pick<Answered, "status" | "headers">;

const NOTHING = Buffer.alloc(0);

export async function makeAttempt(
  attempt: Attempt & {
    /** Whether the body of a good answer has a say in what it means; that of an error always may. */
    readonly bodyMatters: (head: Head) => boolean;
    readonly idleMs: number;
    /** When the exchange has to begin its answer. */
    readonly endsAt: number;
  },
  tenant: Tenant,
  clock: Clock,
): Promise<Attempted> {
  const startedAt = clock.now();
  const sent = await send(attempt, tenant, clock);
  const durationMs = clock.now() - startedAt;
  if (sent.kind === "failed") return { outcome: sent, answer: undefined, durationMs };

  const { message } = sent;
  const status = message.statusCode ?? 0;
  const head = { status, statusText: message.statusMessage ?? "", headers: message.rawHeaders };
  const answered = (text: string | undefined, body: RawAnswer["body"]): Attempted => ({
    outcome: { kind: "answered", status, headers: head.headers, text },
    answer: { ...head, body },
    durationMs,
  });

  if (hasNoBody(attempt.method, status)) {
    message.resume();
    return answered(undefined, { kind: "none" });
  }
  const matters = status >= 400 || attempt.bodyMatters(head);
  const limits = {
    // Of what streams the first bytes all the same: without them the answer is none yet.
    limitBytes: worthCollecting(head, matters) ? COLLECT_LIMIT_BYTES : 0,
    idleMs: attempt.idleMs,
    // An error's status has said what matters: its body is not worth the time of another attempt.
    timeLeftMs: Math.min(attempt.endsAt - clock.now(), status >= 400 ? attempt.timeoutMs : Infinity),
    ...(attempt.signal === undefined ? {} : { signal: attempt.signal }),
  };
  const body = await collectBody(message, limits, clock);
  if (body.kind === "larger")
    return answered(undefined, { kind: "stream", beginning: body.beginning, message });
  if (body.kind === "whole") {
    const decoded = matters
      ? decodeBody(body.bytes, headerValue(head.headers, "content-encoding"))
      : undefined;
    return answered(decoded?.toString("utf8"), { kind: "whole", bytes: body.bytes, decoded });
  }
  if (attempt.signal?.aborted)
    return { outcome: failed("caller-left", body.code), answer: undefined, durationMs };
  // A success without all of its body is none.
  if (status >= 400) return answered("", { kind: "whole", bytes: NOTHING, decoded: NOTHING });
  const failure = body.code === NO_TIME_LEFT ? "timeout" : "body-cut";
  return { outcome: failed(failure, body.code), answer: undefined, durationMs };
}

/** Lets go of an answer that will not be passed on. */
export function discard({ answer }: Attempted): void {
  if (answer?.body.kind === "stream") answer.body.message.destroy();
}

function failed(failure: "caller-left" | "body-cut" | "timeout", code: string): Outcome {
  return { kind: "failed", failure, code, sent: true };
}

/**
 * The part of an answer's text that judging it gets to see: all or nothing. `text` is the whole of it, decoded. For
 * those who explain an answer that was never sent.
 */
export function textToJudge(
  method: string,
  head: Head,
  text: string,
  bodyMatters: boolean,
): string | undefined {
  if (hasNoBody(method, head.status)) return undefined;
  const matters = head.status >= 400 || bodyMatters;
  const small = Buffer.byteLength(text) <= COLLECT_LIMIT_BYTES;
  return matters && small && worthCollecting(head, matters) ? text : undefined;
}

function hasNoBody(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** Errors always; of the others what is known to be small, and what has a say if it may be small. */
function worthCollecting({ status, headers }: Head, matters: boolean): boolean {
  if (status >= 400) return true;
  const length = headerValue(headers, "content-length");
  return length === undefined ? matters : Number(length) <= COLLECT_LIMIT_BYTES;
}
