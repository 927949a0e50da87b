/**
 * What Node's parser complains of, as the answer that its sender gets. Whether anybody is there to be told, and when, is
 * not decided here.
 */
import { codeOf } from "../error-code.ts";
import { formatSize } from "../policy/written/units.ts";
import { type OwnAnswer, UNKNOWN_VERSION } from "./request.ts";

export const SLOW_BODY: OwnAnswer = say(
  408,
  "The request's body did not come fast enough. Send it again when the connection carries it, or in smaller parts.",
);

/** Undefined when it is not the bytes that are wrong but their connection: nobody is there any more. */
export function complaintOf(error: Error, headBytes: number): OwnAnswer | undefined {
  const code = codeOf(error) ?? "UNKNOWN";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return say(408, "The request's head did not arrive in time.");
  if (!code.startsWith("HPE_")) return undefined;
  const line = lineOf(error);
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return tooLong(FIRST_LINE.test(line) ? 414 : 431, headBytes);
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return say(413, "The chunk extensions of the body are too long.");
    case "HPE_INVALID_METHOD":
      if (REQUEST_LINE.test(line)) return say(501, "This gateway does not know the request's method.");
      break;
    case "HPE_INVALID_VERSION":
      if (REQUEST_LINE.test(line)) return UNKNOWN_VERSION;
  }
  return say(400, `The request is not well-formed HTTP/1.1 (${code}).`);
}

/** RFC 9110 section 15.5.15 and RFC 6585 section 5. Where the parser does not show which of the two it is, 431 is true. */
export function tooLong(status: 414 | 431, headBytes: number): OwnAnswer {
  const limit = `this gateway takes ${formatSize(headBytes)} for target and header fields together`;
  return say(status, `The request's ${status === 414 ? "target" : "head"} is too long: ${limit}.`);
}

/** A method and a target: no field line looks like that, since no space may stand in front of its colon. */
const FIRST_LINE = /^[\w!#$%&'*+.^`|~-]+ \S/;
const REQUEST_LINE = /^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/\d\.\d\r?\n/;

/** The line in which the parser gave up, as far as it stands in the piece that it was reading. */
function lineOf(error: Error & { readonly bytesParsed?: unknown; readonly rawPacket?: unknown }): string {
  const { bytesParsed, rawPacket } = error;
  if (typeof bytesParsed !== "number" || !Buffer.isBuffer(rawPacket)) return "";
  const begin = bytesParsed === 0 ? 0 : rawPacket.lastIndexOf("\n", bytesParsed - 1) + 1;
  const end = rawPacket.indexOf("\n", begin);
  return rawPacket.toString("latin1", begin, end < 0 ? rawPacket.length : end + 1);
}

function say(status: number, message: string): OwnAnswer {
  return { status, message, headers: [] };
}
