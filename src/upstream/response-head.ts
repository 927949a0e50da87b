/**
 * Whether the head of an answer can be passed on. The parsers refuse most of what is not HTTP; here stands what they let
 * through although nobody could make a true answer of it.
 */
import { type HeaderList, headerValue } from "../http/headers.ts";

/** What is wrong with a head that Node's parser has read, as a word for logs; undefined when nothing is. */
export function headProblem(status: number, headers: HeaderList): string | undefined {
  // RFC 9110 section 15: below 200 only interim answers, which are not handed out, and switches that nobody asked for.
  if (status < 200) return "BAD_STATUS";
  return codingProblem(headers);
}

/** RFC 9112 section 6.1: codings that were not asked for. The parsers take off the chunks and leave the others in place. */
export function codingProblem(headers: HeaderList): string | undefined {
  const coding = headerValue(headers, "transfer-encoding");
  return coding === undefined || coding.trim().toLowerCase() === "chunked"
    ? undefined
    : "BAD_TRANSFER_CODING";
}
