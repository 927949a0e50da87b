/**
 * Whether the head of an answer can be passed on. Node's parser refuses most of what is not HTTP; here stands what it
 * lets through although nobody could make a true answer of it.
 */
import type { IncomingMessage } from "node:http";

/** Beyond a thousand lines Node drops the rest without a word. */
const MOST_HEADER_STRINGS = 2000;

/** What is wrong with it, as a word for logs; undefined when nothing is. */
export function headProblem(message: IncomingMessage): string | undefined {
  // RFC 9110 section 15: below 200 only interim answers, which are not handed out, and switches that nobody asked for.
  if ((message.statusCode ?? 0) < 200) return "BAD_STATUS";
  // RFC 9112 section 6.1: codings that were not asked for. Node takes off the chunks and leaves the others in place.
  const coding = message.headers["transfer-encoding"];
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked") return "BAD_TRANSFER_CODING";
  return message.rawHeaders.length >= MOST_HEADER_STRINGS ? "TOO_MANY_FIELDS" : undefined;
}
