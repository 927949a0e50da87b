/**
 * Whether a request is well formed, and if so, what an exchange needs of it. It knows RFC 9112 and nothing of CREST:
 * what a request asks for is not its business.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isIPv6, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { Departure } from "../clock.ts";
import type { Processed } from "../decide/words.ts";
import type { Inbound } from "../gateway/caller.ts";
import { withHeader } from "../http/headers.ts";
import { callerScheme, hostProblem, type Scheme } from "../http/host.ts";
import { requestFields } from "../http/request-fields.ts";
import { parseTarget } from "../http/target.ts";
import type { Work } from "./connection.ts";
import { writeInterim } from "./interim.ts";

/** What the server answers by itself: nearly always why a request is refused. */
export type OwnAnswer = {
  readonly status: number;
  /** What is wrong, as a sentence; undefined when nothing is, and there is no body. */
  readonly message: string | undefined;
  readonly headers: readonly string[];
  /** A word of RFC 9209 section 2.3, where `http_request_error` is not the right one. */
  readonly error?: string;
  /** Whether the tenant acted on the request: `no` unless an exchange had begun. */
  readonly processed?: Processed;
};

const FORWARDED_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const ALLOW = ["Allow", FORWARDED_METHODS.join(", ")];

/** TRACE would show a caller's secrets to whoever asked for it; CONNECT would make a tunnel. */
export const REFUSED_METHODS: ReadonlySet<string> = new Set(["TRACE", "CONNECT"]);

export const METHOD_REFUSED: OwnAnswer = {
  status: 405,
  message: "This gateway makes no tunnels and echoes no requests.",
  headers: ALLOW,
};

/** RFC 9110 section 7.6.2: an OPTIONS that may go no further is answered by whom it has come to. */
const OPTIONS_HERE: OwnAnswer = { status: 204, message: undefined, headers: ALLOW };

/** RFC 9110 section 15.6.6. */
export const UNKNOWN_VERSION: OwnAnswer = {
  status: 505,
  message: "This gateway speaks HTTP/1.1 and HTTP/1.0; send the request as one of those.",
  headers: [],
};

/** Of a head as long as a head may be, with lines of the usual length, this would be several times too many. */
export const MOST_HEADER_LINES = 1000;

/** A sidecar before a shared gateway before another is as long as a way gets; beyond that a request runs in a circle. */
const MOST_GATEWAYS = 3;

const LOOP: OwnAnswer = {
  status: 508,
  message:
    `This request has come through ${MOST_GATEWAYS} gateways of this kind already and would go on in a circle. ` +
    "Give the gateway the tenant's own address as its upstream, not one that leads back to a gateway.",
  headers: [],
  error: "proxy_loop_detected",
};

/**
 * Why a request is refused that does not say soundly where it ends, or may say it in a line that was not kept. What comes
 * behind it is not looked at, since nobody knows where that begins.
 */
export function framingProblem({ httpVersion, headers, rawHeaders }: IncomingMessage): OwnAnswer | undefined {
  if (rawHeaders.length > 2 * MOST_HEADER_LINES) return TOO_MANY_LINES;
  const coding = headers["transfer-encoding"]?.toLowerCase();
  if (coding === undefined) return undefined;
  // RFC 9112 section 6.1: HTTP/1.0 knows no transfer codings, so whoever wrote the field was not the one who framed it.
  if (httpVersion === "1.0")
    return { status: 400, message: "HTTP/1.0 has no Transfer-Encoding; send HTTP/1.1.", headers: [] };
  if (coding === "chunked") return undefined;
  return {
    status: 501,
    message: "The only transfer coding that this gateway knows is chunked.",
    headers: [],
  };
}

const TOO_MANY_LINES: OwnAnswer = {
  status: 431,
  message: `The request has more than ${MOST_HEADER_LINES} header lines.`,
  headers: [],
};

/** Why an expectation is refused (RFC 9110 section 10.1.1); undefined when it is the one that is known. */
export function expectationProblem({ headers }: IncomingMessage): OwnAnswer | undefined {
  return headers.expect?.toLowerCase() === "100-continue" ? undefined : UNKNOWN_EXPECTATION;
}

const UNKNOWN_EXPECTATION: OwnAnswer = {
  status: 417,
  message: "The only expectation this gateway knows is 100-continue.",
  headers: [],
};

/** The request as an exchange takes it, or what it is told at once. */
export function readRequest(
  work: Work,
  accept: Inbound["accept"],
): { readonly inbound: Inbound } | { readonly answer: OwnAnswer } {
  const { request, response } = work;
  const { httpVersion } = request;
  const method = request.method ?? "GET";
  const headers = request.rawHeaders;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return { answer: UNKNOWN_VERSION };
  const fields = requestFields(headers);
  const hostTrouble = hostProblem(fields, httpVersion);
  if (hostTrouble !== undefined) return refuse(400, hostTrouble);
  if (fields.cameTwice !== undefined)
    return refuse(400, `The request has more than one ${fields.cameTwice} header field; one is allowed.`);
  if (fields.gatewaysPassed >= MOST_GATEWAYS) return { answer: LOOP };
  if (REFUSED_METHODS.has(method)) return { answer: METHOD_REFUSED };
  const parsed = parseTarget(method, request.url ?? "");
  if ("problem" in parsed) return refuse(400, parsed.problem);
  if (fields.asksForWebSocket)
    return refuse(501, "This gateway carries requests and answers; it does not carry WebSocket connections.");
  // Of other methods the field is nobody's business.
  const maxForwards = method === "OPTIONS" ? fields.maxForwards : undefined;
  if (maxForwards === 0) return { answer: OPTIONS_HERE };

  const length = fields.contentLength;
  const hasBody = fields.hasTransferEncoding || Number(length ?? 0) > 0;
  if (hasBody) work.slow = new Departure();
  return {
    inbound: {
      id: randomUUID(),
      method,
      target: parsed.target,
      httpVersion,
      headers:
        maxForwards === undefined ? headers : withHeader(headers, "Max-Forwards", String(maxForwards - 1)),
      body: hasBody ? request : undefined,
      accept,
      streams: () => {
        work.streams = true;
      },
      contentLength: hasBody && length !== undefined ? Number(length) : undefined,
      callerOrigin: `${callerScheme(fields, schemeOf(request.socket))}://${fields.host ?? ownAuthority(request.socket)}`,
      callerAddress: request.socket.remoteAddress,
      // A caller of HTTP/1.0 knows no interim answers (RFC 9110 section 15.2).
      interim:
        request.httpVersion === "1.0"
          ? undefined
          : (status, headers) => writeInterim(response, status, headers),
      left: whenCallerLeaves(response),
      slow: work.slow,
      insteadOfAnswer: work,
    },
  };
}

function refuse(status: number, message: string): { readonly answer: OwnAnswer } {
  return { answer: { status, message, headers: [] } };
}

function schemeOf(socket: Socket): Scheme {
  return socket instanceof TLSSocket ? "https" : "http";
}

/** Where we were reached, for HTTP/1.0 callers that do not say. */
function ownAuthority({ localAddress = "localhost", localPort }: Socket): string {
  return `${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** The connection closed before the answer was written. */
function whenCallerLeaves(response: ServerResponse): Departure {
  const left = new Departure();
  response.once("close", () => {
    if (!response.writableFinished) left.go();
  });
  return left;
}
