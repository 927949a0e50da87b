/**
 * What can go wrong on the way to a tenant and back, as a table. `fault-proxy.ts` says when each begins.
 */
import type { Duplex } from "node:stream";
import { gzipSync } from "node:zlib";
import type { Fault, Wire } from "./fault-proxy.ts";

const atConnection = (act: (wire: Wire) => void): Fault => ({ at: "connection", act });
const atRequest = (act: (wire: Wire) => void): Fault => ({ at: "request", act });
const atAnswer = (act: (wire: Wire, answer: Buffer) => void): Fault => ({ at: "answer", act });

/** A reset throws away what has not left yet: it waits until the bytes have. */
const thenReset = ({ tcp, stream }: Wire, bytes: Buffer | string): void => {
  stream.write(bytes, () => setImmediate(() => tcp.resetAndDestroy()));
};
const reset = ({ tcp }: Wire): void => {
  tcp.resetAndDestroy();
};
const close = ({ stream }: Wire): void => {
  stream.end();
};
const hang = (): void => {};

const headOf = (answer: Buffer): Buffer => answer.subarray(0, answer.indexOf("\r\n\r\n") + 4);
const halfOf = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length / 2));
const headAndHalf = (answer: Buffer): Buffer => {
  const head = headOf(answer);
  return Buffer.concat([head, halfOf(answer.subarray(head.length))]);
};

/** The head of the answer, its framing replaced by these lines. */
const framed = (answer: Buffer, lines: string): string =>
  `${headOf(answer)
    .toString("latin1")
    .replace(/\r\n(content-length|transfer-encoding|connection|keep-alive):[^\r]*/gi, "")
    .slice(0, -2)}${lines}\r\n`;
const withFields = (answer: Buffer, lines: string): Buffer => {
  const head = headOf(answer);
  return Buffer.concat([head.subarray(0, -2), Buffer.from(`${lines}\r\n`), answer.subarray(head.length)]);
};

/** Less than is looked at before an answer is begun, and more. */
const SMALL_BYTES = 30_000;
const LARGE_BYTES = 300_000;
const PART = "x".repeat(100_000);
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** One byte after the other, until the other side has gone. */
function drip({ stream, clock }: Wire, bytes: Buffer): void {
  let at = 0;
  const next = (): void => {
    stream.write(bytes.subarray(at, ++at));
    if (at < bytes.length) cancel = clock.after(DRIP_MS, next);
  };
  let cancel = clock.after(DRIP_MS, next);
  stream.on("close", () => cancel());
}

/** As fast as the other side takes it, until it has gone. */
function pour(stream: Duplex, piece: string): void {
  const more = (): void => {
    while (!stream.destroyed && stream.write(piece));
  };
  stream.on("drain", more);
  more();
}

const whole = (spoilt: (answer: Buffer) => Buffer): Fault => ({
  at: "answer",
  act: ({ stream }, answer) => stream.write(spoilt(answer)),
  whole: true,
});

/** Compressed, as the tenant's own answer. */
const packed = (bytes: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      "HTTP/1.1 503 X\r\nvia: 1.1 google\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n" +
        `content-length: ${bytes.length}\r\n\r\n`,
    ),
    bytes,
  ]);
const BOMB_BYTES = 64 * 1024 * 1024;
let bomb: Buffer | undefined;

const OF_SOMEBODY_ELSE = 'HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\n{"_id":"somebody else\'s"}';

const DRIP_MS = 100;

export const FAULTS = {
  // The connection is not made as it should be.
  "accepted, then reset": atConnection(reset),
  "accepted, then closed": atConnection(close),
  "handshake hangs": atConnection(hang),
  "handshake refused": atConnection(({ tcp }) => tcp.end(Buffer.from([21, 3, 1, 0, 2, 2, 40]))),
  "plain HTTP where TLS is spoken": atConnection(({ tcp }) => tcp.end("HTTP/1.1 400 Bad Request\r\n\r\n")),

  // The tenant never sees the request.
  "reset before the tenant saw it": atRequest(reset),
  "closed before the tenant saw it": atRequest(close),
  "swallowed without a word": atRequest(hang),
  "kept connection is reset as we send": { ...atRequest(reset), reusedOnly: true },
  "kept connection is closed as we send": { ...atRequest(close), reusedOnly: true },
  "kept connection has gone silent": { ...atRequest(hang), reusedOnly: true },
  "answers with garbage": atRequest(({ stream }) => stream.end("SSH-2.0-OpenSSH_9.6\r\n")),

  // The tenant has done what it was asked.
  "reset before the head": atAnswer(reset),
  "closed before the head": atAnswer(close),
  "done, then silence": atAnswer(hang),
  "half a head, then reset": atAnswer((wire, answer) => thenReset(wire, halfOf(headOf(answer)))),
  "half a head, then closed": atAnswer(({ stream }, answer) => stream.end(halfOf(headOf(answer)))),
  "reset in mid-body": atAnswer((wire, answer) => thenReset(wire, headAndHalf(answer))),
  "body shorter than its length": atAnswer(({ stream }, answer) => stream.end(headAndHalf(answer))),
  "large body, reset in the middle": atAnswer((wire, answer) =>
    thenReset(wire, `${framed(answer, `content-length: ${LARGE_BYTES}\r\n`)}${PART}`),
  ),
  "large body shorter than its length": atAnswer(({ stream }, answer) =>
    stream.end(`${framed(answer, `content-length: ${LARGE_BYTES}\r\n`)}${PART}`),
  ),
  "last chunk is missing": atAnswer(({ stream }, answer) =>
    stream.end(`${framed(answer, "transfer-encoding: chunked\r\n")}${chunk(PART)}`),
  ),
  "chunks that are none": atAnswer(({ stream }, answer) =>
    stream.end(`${framed(answer, "transfer-encoding: chunked\r\n")}zz\r\n`),
  ),
  "no length, closed in the middle": atAnswer(({ stream }, answer) =>
    stream.end(Buffer.concat([Buffer.from(framed(answer, "")), answer.subarray(headOf(answer).length)])),
  ),
  "no length, reset in the middle": atAnswer((wire, answer) =>
    thenReset(wire, Buffer.concat([Buffer.from(framed(answer, "")), answer.subarray(headOf(answer).length)])),
  ),
  "head comes byte by byte": atAnswer(drip),
  "body comes byte by byte": atAnswer((wire, answer) => {
    wire.stream.write(framed(answer, `content-length: ${SMALL_BYTES}\r\n`));
    drip(wire, Buffer.from(PART));
  }),
  "body stops in the middle": atAnswer(({ stream }, answer) => stream.write(headAndHalf(answer))),
  "large body stops in the middle": atAnswer(({ stream }, answer) =>
    stream.write(`${framed(answer, `content-length: ${LARGE_BYTES}\r\n`)}${PART}`),
  ),
  "bytes behind the answer": whole((answer) => Buffer.concat([answer, Buffer.from(OF_SOMEBODY_ELSE)])),
  "head of 20 KiB": whole((answer) => withFields(answer, `x: ${"y".repeat(20 * 1024)}\r\n`)),
  "head of a megabyte": whole((answer) => withFields(answer, `x: ${"y".repeat(1024 * 1024)}\r\n`)),
  "head of ten thousand lines": whole((answer) => withFields(answer, "x: y\r\n".repeat(10_000))),
  "head without an end": atAnswer(({ stream }, answer) => {
    stream.write(headOf(answer).subarray(0, -2));
    pour(stream, "x: y\r\n".repeat(1000));
  }),
  "error body without an end": atAnswer(({ stream }) => {
    stream.write("HTTP/1.1 503 X\r\nvia: 1.1 google\r\ntransfer-encoding: chunked\r\n\r\n");
    pour(stream, chunk(PART));
  }),
  "error body that unpacks to 64 MiB": whole(() => {
    bomb ??= packed(gzipSync(Buffer.alloc(BOMB_BYTES)));
    return bomb;
  }),
  "error body that is not packed as it says": whole(() => packed(Buffer.from("plain"))),
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
