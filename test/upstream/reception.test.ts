/** The body of an answer: what is collected, what streams, and what counts as cut; by either engine. */
import { describe, expect, it } from "vitest";
import { type Clock, Departure, systemClock } from "../../src/clock.ts";
import type { Attempt } from "../../src/upstream/message.ts";
import { NO_TIME_LEFT } from "../../src/upstream/reception.ts";
import { manualClock, someTurns, turnsUntil } from "../support/manual-clock.ts";
import { attempt, bytesOf, ENGINES, textOf, upstreams } from "./attempts.ts";

const { start } = upstreams();

const LARGE = 1_000_000;
const OVER_THE_LIMIT = "y".repeat(64 * 1024 + 1);

describe.each(ENGINES)("the body of an answer through $engine", ({ through }) => {
  const answered = async (
    bytes: string,
    end: "stay" | "end" | "reset" = "stay",
    parts: Partial<Attempt> = {},
    clock: Clock = systemClock,
  ) => {
    const { raw, tenant } = await start((socket) => {
      socket.write(bytes, "latin1", () => {
        if (end === "end") socket.end();
        if (end === "reset") setImmediate(() => socket.resetAndDestroy());
      });
    });
    return { raw, tenant, received: through(attempt({ bodyMatters: () => true, ...parts }), tenant, clock) };
  };

  it.each([
    ["of known length", "content-length: 4\r\n\r\nabcd", "stay"],
    ["in chunks", "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", "stay"],
    [
      "in chunks, with trailers",
      "transfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\nx-t: 1\r\n\r\n",
      "stay",
    ],
    ["that ends with the connection", "\r\nabcd", "end"],
  ] as const)("%s comes whole", async (_name, rest, end) => {
    const { received } = await answered(`HTTP/1.1 200 OK\r\n${rest}`, end);
    expect(await received).toMatchObject({ body: { kind: "whole", bytes: Buffer.from("abcd") } });
  });

  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("of %s answered with %i is none, whatever the head says", async (method, status) => {
    const { received } = await answered(`HTTP/1.1 ${status} X\r\ncontent-length: 9\r\n\r\n`, "stay", {
      method,
    });
    expect(await received).toMatchObject({ head: { status }, body: { kind: "none" } });
  });

  it.each([
    ["that is large streams, and arrives byte for byte", "x".repeat(LARGE), "stay"],
    ["that is just over the limit streams too", OVER_THE_LIMIT, "stay"],
    ["that streams and ends with the connection arrives whole", "z".repeat(LARGE), "end"],
  ] as const)("%s", async (_name, text, end) => {
    const framing = end === "end" ? "" : `content-length: ${text.length}\r\n`;
    const { received } = await answered(`HTTP/1.1 200 OK\r\n${framing}\r\n${text}`, end);
    const answer = await received;
    expect(answer).toMatchObject({ body: { kind: "stream" } });
    expect((await textOf(answer)) === text).toBe(true);
  });

  it("that streams waits for its taker, in constant memory", async () => {
    const text = "x".repeat(40 * LARGE);
    const { raw, received } = await answered(
      `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    );
    const answer = await received;
    if (answer.kind !== "answer" || answer.body.kind !== "stream") throw new Error("it should stream");
    // Nobody takes it: the tenant is not read any further, and most of it still stands there.
    const [socket] = raw.sockets;
    expect(socket?.writableLength ?? 0).toBeGreaterThan(text.length / 2);
    expect((await bytesOf(answer)).length).toBe(text.length);
  });

  it("that streams and falls silent is cut, but only while somebody waits for it", async () => {
    const clock = manualClock();
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${LARGE}\r\n\r\nbegin`;
    const { raw, received } = await answered(head, "stay", {}, clock);
    const answer = await received;
    if (answer.kind !== "answer" || answer.body.kind !== "stream") throw new Error("it should stream");
    const told: string[] = [];
    await clock.advance(60_000);
    answer.body.rest.flow({
      piece: () => told.push("piece"),
      end: () => told.push("end"),
      cut: () => told.push("cut"),
    });
    await clock.advance(999);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(["cut"]);
    expect(clock.pending()).toBe(0);
    await turnsUntil(() => raw.sockets.size === 0);
  });

  it("that streams is cut when its connection is closed on our side, whoever waits for it", async () => {
    const text = "x".repeat(300_000);
    const { tenant, received } = await answered(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${text}`);
    const answer = await received;
    tenant.close();
    await someTurns();
    await expect(bytesOf(answer)).rejects.toThrow("cut in mid-stream");
  });

  it("that streams and is let go takes its connection with it", async () => {
    const { raw, received } = await answered(`HTTP/1.1 200 OK\r\ncontent-length: ${LARGE}\r\n\r\nbegin`);
    const answer = await received;
    if (answer.kind !== "answer" || answer.body.kind !== "stream") throw new Error("it should stream");
    answer.body.rest.letGo();
    answer.body.rest.letGo();
    await turnsUntil(() => raw.sockets.size === 0);
  });

  it("that drips is cut when its time is over, however steadily it drips", async () => {
    const clock = manualClock();
    const { raw, received } = await answered(
      "HTTP/1.1 200 OK\r\ncontent-length: 80\r\n\r\n",
      "stay",
      { endsAt: 10_000, timeoutMs: 10_000 },
      clock,
    );
    await raw.until("GET");
    const [socket] = raw.sockets;
    let over = false;
    void received.then(() => {
      over = true;
    });
    for (let i = 0; i < 11; i++) {
      await new Promise<void>((resolve) => socket?.write("x", () => resolve()));
      await someTurns();
      await clock.advance(900);
    }
    expect(over).toBe(false);
    await clock.advance(100);
    expect(await received).toMatchObject({ body: { kind: "cut", code: NO_TIME_LEFT } });
    expect(clock.pending()).toBe(0);
    await turnsUntil(() => raw.sockets.size === 0);
  });

  it.each([
    ["an end before the announced length", "content-length: 8\r\n\r\n1234", "end"],
    ["a reset before the announced length", "content-length: 8\r\n\r\n1234", "reset"],
    ["an end before the last chunk", "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n", "end"],
    ["a chunk size that is no number", "transfer-encoding: chunked\r\n\r\nzz\r\n", "stay"],
  ] as const)("%s is a cut", async (_case, rest, end) => {
    const { received } = await answered(`HTTP/1.1 200 OK\r\n${rest}`, end);
    expect(await received).toMatchObject({ head: { status: 200 }, body: { kind: "cut" } });
  });

  it.each([
    ["a reset", "reset"],
    ["our closing the connection", "close"],
  ] as const)("that ends with its connection is cut, and not whole, by %s", async (_how, how) => {
    const { raw, tenant, received } = await answered('HTTP/1.1 200 OK\r\n\r\n{"half":');
    await raw.until("GET");
    await someTurns();
    if (how === "close") tenant.close();
    for (const socket of raw.sockets) socket.resetAndDestroy();
    expect(await received).toMatchObject({ body: { kind: "cut" } });
  });

  it.each(["a silence", "a caller that leaves", "being let go", "a reset"] as const)(
    "that ends with its connection and streams is given up by %s, and nothing else comes of it",
    async (how) => {
      const clock = manualClock();
      const left = new Departure();
      const bytes = `HTTP/1.1 200 OK\r\n\r\n${OVER_THE_LIMIT}`;
      const { raw, received } = await answered(bytes, "stay", { left }, clock);
      const answer = await received;
      if (answer.kind !== "answer" || answer.body.kind !== "stream") throw new Error("it should stream");
      const told: string[] = [];
      const { rest } = answer.body;
      rest.flow({ piece: () => {}, end: () => told.push("end"), cut: () => told.push("cut") });
      if (how === "a silence") await clock.advance(1000);
      if (how === "a caller that leaves") left.go();
      if (how === "a caller that leaves" || how === "being let go") rest.letGo();
      if (how === "a reset") for (const socket of raw.sockets) socket.resetAndDestroy();
      await turnsUntil(() => raw.sockets.size === 0);
      await someTurns();
      expect(told).toEqual(how === "a silence" || how === "a reset" ? ["cut"] : []);
      expect(clock.pending()).toBe(0);
    },
  );

  it("that ends with its connection, and falls silent while it is collected, is cut", async () => {
    const clock = manualClock();
    const { raw, received } = await answered(
      "HTTP/1.1 500 X\r\nconnection: close\r\n\r\nabc",
      "stay",
      {},
      clock,
    );
    await raw.until("GET");
    await someTurns();
    await clock.advance(1000);
    expect(await received).toMatchObject({ body: { kind: "cut", code: "IDLE" } });
    await turnsUntil(() => raw.sockets.size === 0);
  });

  it("that falls silent is cut when the idle time is over, and its connection closed", async () => {
    const clock = manualClock();
    const { raw, received } = await answered(
      "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n1",
      "stay",
      {},
      clock,
    );
    await raw.until("GET");
    await someTurns();
    await clock.advance(1000);
    expect(await received).toMatchObject({ body: { kind: "cut", code: "IDLE" } });
    expect(clock.pending()).toBe(0);
    await turnsUntil(() => raw.sockets.size === 0);
  });

  it("that nobody waits for any more is cut", async () => {
    const left = new Departure();
    const { raw, received } = await answered("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n1", "stay", {
      left,
    });
    await raw.until("GET");
    await someTurns();
    left.go();
    expect(await received).toMatchObject({ body: { kind: "cut", code: "ABORTED" } });
    await turnsUntil(() => raw.sockets.size === 0);
  });
});
