/**
 * How much of an answer's body is read before anything is decided about it. What the body says is not known here.
 */
import { headerValue } from "../http/headers.ts";
import type { Head } from "./message.ts";

/** Bodies up to this size are read before anything is decided: one write is also cheaper than a pipe. */
const COLLECT_LIMIT_BYTES = 64 * 1024;

type Judged = Pick<Head, "status" | "headers">;

/** RFC 9110 sections 6.4.1 and 9.3.2. */
export function hasNoBody(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/**
 * So many bytes: errors always, of the others what is known to be small, and what has a say if it may be small. Of what
 * streams the first bytes all the same: without them the answer is none yet.
 */
export function bytesToCollect({ status, headers }: Judged, matters: boolean): number {
  if (status >= 400) return COLLECT_LIMIT_BYTES;
  const length = headerValue(headers, "content-length");
  const small = length === undefined ? matters : Number(length) <= COLLECT_LIMIT_BYTES;
  return small ? COLLECT_LIMIT_BYTES : 0;
}

/**
 * The part of an answer's text that judging it gets to see: all or nothing. `text` is the whole of it, decoded. For
 * those who explain an answer that was never sent.
 */
export function textToJudge(
  method: string,
  head: Judged,
  text: string,
  bodyMatters: boolean,
): string | undefined {
  if (hasNoBody(method, head.status)) return undefined;
  const matters = head.status >= 400 || bodyMatters;
  return matters && Buffer.byteLength(text) <= bytesToCollect(head, matters) ? text : undefined;
}
