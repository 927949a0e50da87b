/** What the server says before there is an exchange, or when one breaks: an error in the shape that the operator chose. */
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { Reply } from "../gateway/caller.ts";
import { ownBodyFields } from "../http/own-body.ts";
import { proxyStatus } from "../http/proxy-status.ts";
import { statusPhrase } from "../http/reason.ts";
import { type ErrorStyle, styled } from "../problem/write.ts";
import { endWith } from "./linger.ts";
import type { OwnAnswer } from "./request.ts";

const NO_BODY = Buffer.alloc(0);

/** The headers and body of an answer that does not come out of an exchange. */
function headAndBody(answer: OwnAnswer, style: ErrorStyle): { headers: string[]; body: Buffer } {
  const { status, message, headers, processed = "no" } = answer;
  if (message === undefined) return { headers: [...headers, "X-Gateway-Attempts", "0"], body: NO_BODY };
  const written = styled(style, { status, message });
  const body = Buffer.from(written.body);
  const { error = status === 500 ? "proxy_internal_error" : "http_request_error" } = answer;
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

export function ownReply(
  answer: OwnAnswer,
  style: ErrorStyle,
  isHead: boolean,
  ended: Reply["ended"],
): Reply {
  const { headers, body } = headAndBody(answer, style);
  return {
    status: answer.status,
    statusText: undefined,
    headers,
    body: isHead || body.length === 0 ? { kind: "none" } : { kind: "bytes", bytes: body },
    ended,
  };
}

/** Answers on a bare socket, where the parser gave up and there is no response object; then ends the connection. */
export function answerOnSocket(socket: Socket, answer: OwnAnswer, style: ErrorStyle, clock: Clock): void {
  const { headers, body } = headAndBody(answer, style);
  const lines = [
    `HTTP/1.1 ${answer.status} ${statusPhrase(answer.status)}`,
    `Date: ${new Date(clock.wall()).toUTCString()}`,
  ];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  const head = Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`, "latin1");
  endWith(socket, Buffer.concat([head, body]), clock);
}
