/**
 * Writes a reply to the caller. Its first byte is the commit point: whatever goes wrong after it can only end the
 * connection, so that nobody takes half an answer for a whole one.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Clock } from "../clock.ts";
import type { Delivery, Reply } from "../gateway/caller.ts";
import { FIELD_VALUE } from "../http/token.ts";
import { dropRest } from "./linger.ts";

/** Above this, copying the body costs more than a second write. */
const ONE_WRITE_BYTES = 16 * 1024;

/** Resolves when the last byte has gone or cannot go any more; tells the reply how it ended. */
export async function writeReply(response: ServerResponse, reply: Reply, clock: Clock): Promise<void> {
  if (response.destroyed) return letGo(reply, "caller-left");
  const early = !response.req.complete;
  const { headers, statusText: reason } = reply;
  try {
    if (reason !== undefined && FIELD_VALUE.test(reason)) response.writeHead(reply.status, reason, headers);
    else response.writeHead(reply.status, headers);
  } catch (error) {
    letGo(reply, "cut");
    throw error;
  }

  const bytes = reply.body.kind === "bytes" ? reply.body.bytes : undefined;
  const delivery =
    reply.body.kind === "stream"
      ? await pump(reply.body, response, clock)
      : await (early ? finishEarly(response, bytes, clock) : finish(response, bytes));
  reply.ended(delivery);
}

/** Nothing of the reply will be written: what it holds of the tenant goes back. */
function letGo(reply: Reply, delivery: Delivery): void {
  if (reply.body.kind === "stream") reply.body.rest.letGo();
  reply.ended(delivery);
}

/** The whole answer goes out at once; the connection ends when its caller has stopped sending. */
async function finishEarly(
  response: ServerResponse,
  bytes: Buffer | undefined,
  clock: Clock,
): Promise<Delivery> {
  let sent = false;
  response.write(bytes ?? "", (error) => {
    sent = !error;
  });
  response.flushHeaders();
  await dropRest(response.req, clock);
  if (response.destroyed) return sent ? "delivered" : "caller-left";
  return finish(response, undefined);
}

function finish(response: ServerResponse, bytes: Buffer | undefined): Promise<Delivery> {
  return new Promise((resolve) => {
    // Also an answer that went out whole is closed, whether its connection goes on or not.
    response.once("close", () => resolve(response.writableFinished ? "delivered" : "caller-left"));
    // As text, head and body leave in one write; Latin-1 keeps every byte as it is.
    if (bytes && bytes.length <= ONE_WRITE_BYTES) response.end(bytes.toString("latin1"), "latin1");
    else response.end(bytes);
  });
}

/** Passes the tenant's body on as fast as the caller takes it; while the caller is slow nobody waits for the tenant. */
function pump(
  { rest, beginning }: Extract<Reply["body"], { kind: "stream" }>,
  response: ServerResponse,
  clock: Clock,
): Promise<Delivery> {
  return new Promise((resolve) => {
    let ended = false;
    const end = (delivery: Delivery): void => {
      if (ended) return;
      ended = true;
      rest.letGo();
      if (delivery === "cut") cut(response);
      resolve(delivery);
    };
    const write = (piece: Buffer): void => {
      if (ended || response.write(piece)) return;
      rest.pause();
      response.once("drain", () => rest.resume());
    };
    response.once("close", () => end(response.writableFinished ? "delivered" : "caller-left"));
    const flow = (): void =>
      rest.flow({
        piece: write,
        end: () => void dropRest(response.req, clock).then(() => response.end()),
        cut: () => end("cut"),
      });
    if (beginning.length === 0 || response.write(beginning)) flow();
    else response.once("drain", flow);
  });
}

/** Half an answer must look like one: no last chunk, and to a caller that takes a mere end for a good one, no end. */
export function cut(response: ServerResponse): void {
  // Under TLS an end that was not announced is none, and a reset is not to be had (RFC 9112 section 9.8).
  if (response.req.httpVersion === "1.0" && !(response.socket instanceof TLSSocket))
    response.socket?.resetAndDestroy();
  // Before its turn it has no connection: Node would give it one all the same, and leave that open behind the half.
  response.once("socket", (socket: Socket) => socket.destroy());
  response.destroy();
}
