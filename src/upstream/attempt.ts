/**
 * What one attempt came to: an outcome that can be judged, and the answer that can be passed on. It decodes a body that
 * has a say, and decides what a body that was cut makes of its answer.
 */
import type { Departure } from "../clock.ts";
import type { Outcome } from "../decide/outcome.ts";
import { headerValue } from "../http/headers.ts";
import { decodeBody } from "./decode.ts";
import type { AnswerBody, BodyStream, Head, Received } from "./message.ts";
import { NO_TIME_LEFT } from "./reception.ts";

/** The tenant's answer as it came, to be passed on. */
export type RawAnswer = Head & {
  readonly body:
    | { readonly kind: "none" }
    | { readonly kind: "whole"; readonly bytes: Buffer; readonly decoded: Buffer | undefined }
    | { readonly kind: "stream"; readonly beginning: Buffer; readonly rest: BodyStream };
};

export type Attempted = {
  readonly outcome: Outcome;
  readonly answer: RawAnswer | undefined;
  /** Until the head or the failure. */
  readonly durationMs: number;
};

const NOTHING = Buffer.alloc(0);

/** What an attempt came to; `left` is whose leaving ended it, if it did. */
export function attempted(received: Received, left: Departure | undefined): Attempted {
  const { durationMs } = received;
  if (received.kind === "failed") {
    const { durationMs: _, ...outcome } = received;
    return { outcome, answer: undefined, durationMs };
  }
  const { head, body, matters } = received;
  if (body.kind !== "cut") return answered(head, body, matters, durationMs);
  if (left?.gone) return failed("caller-left", body.code, durationMs);
  // A success without all of its body is none.
  if (head.status >= 400) return answered(head, { kind: "whole", bytes: NOTHING }, true, durationMs);
  return failed(body.code === NO_TIME_LEFT ? "timeout" : "body-cut", body.code, durationMs);
}

function answered(head: Head, body: AnswerBody, matters: boolean, durationMs: number): Attempted {
  const { status, statusText, headers } = head;
  const raw = { status, statusText, headers };
  if (body.kind !== "whole") {
    const outcome = { kind: "answered", status, headers, text: undefined } as const;
    return { outcome, answer: { ...raw, body }, durationMs };
  }
  const { bytes } = body;
  const decoded = matters ? decodeBody(bytes, headerValue(headers, "content-encoding")) : undefined;
  const outcome = { kind: "answered", status, headers, text: decoded?.toString("utf8") } as const;
  return { outcome, answer: { ...raw, body: { kind: "whole", bytes, decoded } }, durationMs };
}

function failed(
  failure: "caller-left" | "body-cut" | "timeout",
  code: string,
  durationMs: Received["durationMs"],
): Attempted {
  return { outcome: { kind: "failed", failure, code, sent: true }, answer: undefined, durationMs };
}
