/** What the server says before there is an exchange, or when one breaks: always a CREST body. */
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { Reply } from "../gateway/caller.ts";
import { ownBodyFields } from "../http/own-body.ts";
import { proxyStatus } from "../http/proxy-status.ts";
import { reasonPhrase } from "../http/reason.ts";
import { crestError } from "../problem/write.ts";
import { endWith } from "./linger.ts";
import type { FormProblem } from "./request.ts";

/** The headers and body of an answer that does not come out of an exchange. */
function headAndBody(problem: FormProblem): { headers: string[]; body: Buffer } {
  const { status, message, headers, processed = "no" } = problem;
  const written = crestError({ status, message });
  const body = Buffer.from(written.body);
  const { error = status === 500 ? "proxy_internal_error" : "http_request_error" } = problem;
  return {
    body,
    headers: [
      ...ownBodyFields(written.contentType, body.length),
      ...headers,
      // An exchange that broke has not told how far it came.
      ...(processed === "no" ? ["X-Gateway-Attempts", "0"] : []),
      "Proxy-Status",
      proxyStatus({ error, attempts: processed === "no" ? 0 : undefined, processed, origin: "gateway" }),
    ],
  };
}

export function ownReply(problem: FormProblem, isHead: boolean, ended: Reply["ended"]): Reply {
  const { headers, body } = headAndBody(problem);
  return {
    status: problem.status,
    statusText: undefined,
    headers,
    body: isHead ? { kind: "none" } : { kind: "bytes", bytes: body },
    ended,
  };
}

/** Answers on a bare socket, where the parser gave up and there is no response object; then ends the connection. */
export function answerOnSocket(socket: Socket, problem: FormProblem, clock: Clock): void {
  const { headers, body } = headAndBody(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${reasonPhrase(problem.status)}`,
    `Date: ${new Date(clock.wall()).toUTCString()}`,
  ];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  const head = Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`, "latin1");
  endWith(socket, Buffer.concat([head, body]), clock);
}
