import http from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../src/clock.ts";
import { collectBody, NO_TIME_LEFT } from "../../src/upstream/response-body.ts";
import { manualClock } from "../support/manual-clock.ts";
import { startRawUpstream } from "../support/raw-upstream.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function answered(
  bytes: string,
  end: "stay" | "end" | "reset" = "stay",
): Promise<http.IncomingMessage> {
  const raw = await startRawUpstream((socket) => {
    socket.write(bytes, "latin1", () => {
      if (end === "end") socket.end();
      if (end === "reset") setImmediate(() => socket.resetAndDestroy());
    });
  });
  open.push(raw);
  return new Promise((resolve, reject) => {
    http.get(raw.url, { agent: false }, resolve).on("error", reject);
  });
}

const collect = (message: http.IncomingMessage, clock: Clock = systemClock, signal?: AbortSignal) =>
  collectBody(
    message,
    { limitBytes: 8, idleMs: 1000, timeLeftMs: 10_000, ...(signal ? { signal } : {}) },
    clock,
  );

describe("a body", () => {
  it("of known length comes whole", async () => {
    const message = await answered("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n12345678");
    expect(await collect(message)).toEqual({ kind: "whole", bytes: Buffer.from("12345678") });
  });

  it("in chunks comes whole", async () => {
    const message = await answered(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n",
    );
    expect(await collect(message)).toEqual({ kind: "whole", bytes: Buffer.from("abcd") });
  });

  it("that ends with the connection comes whole", async () => {
    expect(await collect(await answered("HTTP/1.1 200 OK\r\n\r\nabc", "end"))).toEqual({
      kind: "whole",
      bytes: Buffer.from("abc"),
    });
  });

  it("over the limit: its beginning, and the rest is still to come", async () => {
    const text = "x".repeat(1_000_000);
    const message = await answered(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
    const body = await collect(message);
    expect(body.kind).toBe("larger");
    const pieces = [body.kind === "larger" ? body.beginning : Buffer.alloc(0)];
    for await (const piece of message) pieces.push(piece);
    expect(Buffer.concat(pieces).length).toBe(text.length);
  });

  it.each([
    ["of known length", "content-length: 12\r\n\r\n123456789012"],
    ["in chunks", "transfer-encoding: chunked\r\n\r\nc\r\n123456789012\r\n0\r\n\r\n"],
  ])("over the limit, %s, whose last piece has already come, is at its end", async (_name, rest) => {
    const message = await answered(`HTTP/1.1 200 OK\r\n${rest}`);
    const body = await collect(message);
    expect(body).toEqual({ kind: "larger", beginning: Buffer.from("123456789012") });
    expect(message.readableEnded).toBe(true);
  });

  it("that drips is cut when its time is over, however steadily it drips", async () => {
    const clock = manualClock();
    const message = await answered("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n");
    const pending = collect(message, clock);
    for (let i = 0; i < 11; i++) {
      message.emit("data", Buffer.alloc(0));
      await clock.advance(900);
    }
    expect(clock.pending()).toBe(2);
    await clock.advance(100);
    expect(await pending).toEqual({ kind: "cut", code: NO_TIME_LEFT });
    expect({ destroyed: message.destroyed, timers: clock.pending() }).toEqual({ destroyed: true, timers: 0 });
  });

  it.each([
    ["an end before the announced length", "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n1234", "end"],
    ["a reset before the announced length", "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n1234", "reset"],
    [
      "an end before the last chunk",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n",
      "end",
    ],
    ["a chunk size that is no number", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "stay"],
  ] as const)("%s is a cut", async (_case, bytes, end) => {
    expect(await collect(await answered(bytes, end))).toMatchObject({ kind: "cut" });
  });

  it("that breaks off says how", async () => {
    const message = await answered("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n");
    expect(await collect(message)).toEqual({ kind: "cut", code: "ECONNRESET" });
  });

  it("that falls silent is cut when the idle time is over, and its connection closed", async () => {
    const clock = manualClock();
    const message = await answered("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n1");
    const body = collect(message, clock);
    await clock.advance(1000);
    expect(await body).toEqual({ kind: "cut", code: "IDLE" });
    expect(message.destroyed).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it("that nobody waits for any more is cut", async () => {
    const left = new AbortController();
    const body = collect(
      await answered("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n1"),
      systemClock,
      left.signal,
    );
    left.abort();
    expect(await body).toEqual({ kind: "cut", code: "ABORTED" });
  });
});
