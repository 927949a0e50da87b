/**
 * Puts an answer on the wire, or as much of it as the step allows.
 *
 * Knows sockets and what a step does to them; knows nothing of what the answer says.
 */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Reply } from "./reply.ts";
import type { Step } from "./steps.ts";

/** `tcp` is the bare connection, also under TLS: only that one can be reset. */
type Wire = { readonly response: ServerResponse; readonly tcp: Socket };

/**
 * Does what the step says. `act` makes the tenant do what it was asked, reading from a replica that is so many changes
 * behind; `sign` makes an answer the tenant's own.
 */
export function deliver(
  step: Step,
  wire: Wire,
  act: (behind?: number) => Reply,
  sign: (reply: Reply) => Reply,
): void {
  if ("applied" in step && step.applied) act();
  switch (step.kind) {
    case "serve":
      send(wire, sign(act()));
      break;
    case "stale":
      send(wire, sign(act(step.changes)));
      break;
    case "say":
      send(wire, sign(step.reply));
      break;
    case "cut":
      cut(wire, sign(act()), step.half);
      break;
    case "drop":
      wire.tcp.resetAndDestroy();
      break;
    case "raw":
      wire.response.socket?.end(step.bytes, "latin1");
      break;
    case "hang":
      break;
  }
}

function send({ response }: Wire, reply: Reply): void {
  response.writeHead(reply.status, wholeHead(reply));
  response.end(reply.body);
}

/** An answer without a body is cut after its head. */
function cut({ response, tcp }: Wire, reply: Reply, half: "head" | "body"): void {
  const fields = Object.entries(wholeHead(reply)).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ""}`;
  const head = Buffer.from(`${status}\r\n${fields.join("")}\r\n`);
  const kept = half === "head" ? [firstHalf(head)] : [head, firstHalf(Buffer.from(reply.body))];
  // A reset throws away what has not left yet: wait until the bytes have.
  response.socket?.write(Buffer.concat(kept), () => tcp.resetAndDestroy());
}

/** The headers that go out: the length added where it belongs, those given as "" left out. */
function wholeHead({ status, headers, body }: Reply): Readonly<Record<string, string>> {
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""));
  const framed = "content-length" in headers || "transfer-encoding" in headers;
  if (framed || status === 204 || status === 304) return given;
  return { ...given, "content-length": String(Buffer.byteLength(body)) };
}

function firstHalf(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}
