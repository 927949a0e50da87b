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
import { callerScheme, hostProblem, type Scheme } from "../http/host.ts";
import { requestFields } from "../http/request-fields.ts";
import { parseTarget } from "../http/target.ts";
import { writeInterim } from "./interim.ts";

export type FormProblem = {
  readonly status: number;
  readonly message: string;
  readonly headers: readonly string[];
  /** A word of RFC 9209 section 2.3, where `http_request_error` is not the right one. */
  readonly error?: string;
  /** Whether the tenant acted on the request: `no` unless an exchange had begun. */
  readonly processed?: Processed;
};

const FORWARDED_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** TRACE would show a caller's secrets to whoever asked for it; CONNECT would make a tunnel. */
export const REFUSED_METHODS: ReadonlySet<string> = new Set(["TRACE", "CONNECT"]);

export const METHOD_REFUSED: FormProblem = {
  status: 405,
  message: "This gateway makes no tunnels and echoes no requests.",
  headers: ["Allow", FORWARDED_METHODS.join(", ")],
};

/** A sidecar before a shared gateway before another is as long as a way gets; beyond that a request runs in a circle. */
const MOST_GATEWAYS = 3;

const LOOP: FormProblem = {
  status: 508,
  message:
    `This request has come through ${MOST_GATEWAYS} gateways of this kind already and would go on in a circle. ` +
    "Give the gateway the tenant's own address as its upstream, not one that leads back to a gateway.",
  headers: [],
  error: "proxy_loop_detected",
};

/** The request as an exchange takes it, or why it is refused. */
export function readRequest(
  request: IncomingMessage,
  response: ServerResponse,
  streams: () => void,
): { readonly inbound: Inbound } | { readonly problem: FormProblem } {
  const method = request.method ?? "GET";
  const headers = request.rawHeaders;
  const fields = requestFields(headers);
  const hostTrouble = hostProblem(fields, request.httpVersion);
  if (hostTrouble !== undefined) return refuse(400, hostTrouble);
  if (fields.gatewaysPassed >= MOST_GATEWAYS) return { problem: LOOP };
  if (REFUSED_METHODS.has(method)) return { problem: METHOD_REFUSED };
  const parsed = parseTarget(method, request.url ?? "");
  if ("problem" in parsed) return refuse(400, parsed.problem);
  if (fields.asksForWebSocket)
    return refuse(501, "This gateway carries requests and answers; it does not carry WebSocket connections.");

  const length = fields.contentLength;
  const hasBody = fields.hasTransferEncoding || Number(length ?? 0) > 0;
  return {
    inbound: {
      id: randomUUID(),
      method,
      target: parsed.target,
      httpVersion: request.httpVersion,
      headers,
      body: hasBody ? request : undefined,
      streams,
      contentLength: hasBody && length !== undefined ? Number(length) : undefined,
      callerOrigin: `${callerScheme(fields, schemeOf(request.socket))}://${fields.host ?? ownAuthority(request.socket)}`,
      callerAddress: request.socket.remoteAddress,
      // A caller of HTTP/1.0 knows no interim answers (RFC 9110 section 15.2).
      interim:
        request.httpVersion === "1.0"
          ? undefined
          : (status, headers) => writeInterim(response, status, headers),
      left: whenCallerLeaves(response),
    },
  };
}

function refuse(status: number, message: string): { readonly problem: FormProblem } {
  return { problem: { status, message, headers: [] } };
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
