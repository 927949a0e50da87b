/** What the server says before there is an exchange, or when one breaks: always a CREST body. */
import type { Socket } from "node:net";
import type { Reply } from "../gateway/inbound.ts";
import { proxyStatus } from "../http/proxy-status.ts";
import { reasonPhrase } from "../http/reason.ts";
import { crestError } from "../problem/write.ts";
import type { FormProblem } from "./request.ts";

/** The headers and body of an answer that no tenant was asked for. */
function ownError({ status, message, headers }: FormProblem): { headers: string[]; body: Buffer } {
  const written = crestError({ status, message });
  const body = Buffer.from(written.body);
  const error = status === 500 ? "proxy_internal_error" : "http_request_error";
  return {
    body,
    headers: [
      "Content-Type",
      written.contentType,
      "Content-Length",
      String(body.length),
      "Cache-Control",
      "no-store",
      ...headers,
      "X-Gateway-Attempts",
      "0",
      "Proxy-Status",
      proxyStatus({ error, attempts: 0, processed: "no", origin: "gateway" }),
    ],
  };
}

export function ownReply(problem: FormProblem, isHead: boolean, ended: Reply["ended"]): Reply {
  const { headers, body } = ownError(problem);
  return {
    status: problem.status,
    statusText: undefined,
    headers,
    body: isHead ? { kind: "none" } : { kind: "bytes", bytes: body },
    ended,
  };
}

/** Answers on a bare socket, where the parser gave up and there is no response object; then ends the connection. */
export function answerOnSocket(socket: Socket, problem: FormProblem): void {
  const { headers, body } = ownError(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${reasonPhrase(problem.status)}`,
    `Date: ${new Date().toUTCString()}`,
  ];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  socket.end(
    Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`, "latin1"), body]),
  );
}
