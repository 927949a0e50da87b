/** Callers that send or take slowly: what they hold of the others', and for how long. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { pair } from "../support/certificates.ts";
import { ask, gateways, type Running } from "../support/gateway.ts";
import { type ManualClock, manualClock, someTurns, turnsUntil } from "../support/manual-clock.ts";
import { plainAnswer, startRawUpstream } from "../support/raw-upstream.ts";
import { type Talk, talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const KIB = 1024;

function speak(g: Running, bytes: string): Talk {
  const talking = talk(g.url, bytes);
  open.push({ close: () => talking.socket.destroy() });
  return talking;
}

const put = (length: number, more = ""): string =>
  `PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${more}`;

/** So many seconds, in each of which `act` is called and slow callers are looked for. */
async function seconds(
  g: Running,
  clock: ManualClock,
  count: number,
  act: () => unknown = () => {},
): Promise<void> {
  for (let second = 0; second < count; second++) {
    await act();
    await someTurns();
    g.server.letGoOfTheSlow();
    await clock.advance(1000);
  }
}

describe("a body that is held", () => {
  it("takes no memory before it has come", async () => {
    const g = await start({ policy: "replay: { maxBody: 1MiB, memory: 1MiB }\n" });
    const slow = Array.from({ length: 64 }, () => speak(g, put(KIB * KIB, "{")));
    await turnsUntil(() => g.gateway.heldMemory.usedBytes === slow.length);
    // Others' writes are held as ever: theirs can be sent again.
    g.tenant.will(503);
    const answer = await ask(g.url, "PUT", "/openidm/managed/alpha_role/r", {
      headers: { "if-none-match": "*" },
      body: '{"name":"r"}',
    });
    expect([answer.status, answer.headers["x-gateway-attempts"]]).toEqual([201, "2"]);
    for (const { socket } of slow) socket.destroy();
    await turnsUntil(() => g.gateway.heldMemory.usedBytes === 0);
  });

  it("takes no more than its own size, even if it comes byte by byte", async () => {
    const bytes = 200_000;
    const g = await start();
    const before = process.memoryUsage().arrayBuffers;
    const head = "PUT /openidm/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const talking = speak(g, head + "1\r\nx\r\n".repeat(bytes));
    await turnsUntil(() => g.gateway.heldMemory.usedBytes === bytes);
    const after = process.memoryUsage().arrayBuffers;
    expect(after - before).toBeLessThan(8 * bytes);
    talking.socket.write("0\r\n\r\n");
    await talking.until(/HTTP\/1\.1 \d/);
    expect(g.tenant.saw[0]?.body).toBe("x".repeat(bytes));
  });

  it("has to be there before the deadline, which begins with its head", async () => {
    const clock = manualClock();
    const g = await start({ clock, policy: "deadline: 10s\nattempt: { timeout: 5s }\n" });
    const talking = speak(g, put(1000));
    await seconds(g, clock, 9, () => talking.socket.write("x".repeat(100)));
    expect(talking.heard()).toBe("");
    await seconds(g, clock, 1);
    await talking.until(/\r\n\r\n\{.*\}$/);
    expect(talking.statuses()).toEqual([408]);
    expect(talking.heard()).toMatch(/connection: close/i);
    expect(talking.heard()).toMatch(/retry-after: 1/i);
    expect(talking.heard()).toMatch(/reason=slow-body; processed=no/i);
    await clock.advance(2_000);
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ status: 408, reason: "slow-body", attempts: 0 }]);
    expect(g.tenant.saw).toHaveLength(0);
    expect(g.gateway.heldMemory.usedBytes).toBe(0);
  });

  it("has to come at its pace", async () => {
    const clock = manualClock();
    const g = await start({ clock, policy: "deadline: 10m\n" });
    const [slow, quick] = [speak(g, put(600 * KIB)), speak(g, put(120 * KIB))];
    const send = (talking: Talk, bytes: number): void => void talking.socket.write("x".repeat(bytes));
    await seconds(g, clock, 59, () => {
      send(slow, KIB / 2);
      send(quick, 2 * KIB);
    });
    send(quick, 2 * KIB);
    await quick.until(/HTTP\/1\.1 /);
    await slow.until(/HTTP\/1\.1 /);
    expect(slow.statuses()).toEqual([408]);
    expect(quick.statuses()).toEqual([404]);
    expect(g.tenant.saw.map(({ body }) => body.length)).toEqual([120 * KIB]);
  });
});

it("many large bodies at once take no more memory than there is, and all are answered", async () => {
  const memory = 4 * KIB * KIB;
  const g = await start({
    policy: "replay: { maxBody: 1MiB, memory: 4MiB }\nlimits: { concurrency: 200, queue: 200 }\n",
  });
  const { heldMemory } = g.gateway;
  let most = 0;
  const reserve = heldMemory.reserve.bind(heldMemory);
  heldMemory.reserve = (bytes, limit) => {
    const taken = reserve(bytes, limit);
    most = Math.max(most, heldMemory.usedBytes);
    return taken;
  };
  const body = Buffer.alloc(400 * KIB, "x");
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => ask(g.url, "PUT", "/openidm/x", { body })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  expect(most).toBeGreaterThan(memory / 2);
  expect(most).toBeLessThanOrEqual(memory);
  expect(heldMemory.usedBytes).toBe(0);
});

describe("a body that streams", () => {
  const policy = "replay: { maxBody: 1KiB }\ndeadline: 20s\nattempt: { timeout: 5s }\n";

  it("takes as long as it likes at its pace, longer than the deadline", async () => {
    const clock = manualClock();
    const size = 100 * KIB;
    const raw = await startRawUpstream((socket, soFar) => {
      if (soFar.endsWith("x".repeat(size))) socket.write(plainAnswer(200, "{}"));
    });
    open.push(raw);
    const g = await start({ clock, upstream: raw.url, policy });
    const talking = speak(g, put(size));
    await seconds(g, clock, 50, () => talking.socket.write("x".repeat(2 * KIB)));
    await talking.until(/\{\}$/);
    expect(talking.statuses()).toEqual([200]);
  });

  it("and comes too slowly is told so, and that the tenant may have acted", async () => {
    const clock = manualClock();
    const raw = await startRawUpstream(() => {});
    open.push(raw);
    const g = await start({ clock, upstream: raw.url, policy });
    const talking = speak(g, put(100 * KIB));
    await seconds(g, clock, 32, () => talking.socket.write("x"));
    await talking.over;
    expect(talking.statuses()).toEqual([408]);
    expect(talking.heard()).toContain("processed=unknown");
    talking.socket.destroy();
    await g.ended(1);
    await turnsUntil(() => raw.sockets.size === 0);
  });
});

describe("an answer", () => {
  it.each([
    ["", undefined, "connection"],
    [" over TLS", pair("server"), "secureConnection"],
  ])("that its caller takes too slowly%s ends, and gives its stream back", async (_, listenerTls, event) => {
    const clock = manualClock();
    const piece = Buffer.alloc(64 * KIB);
    const raw = await startRawUpstream((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${1024 * piece.length}\r\n\r\n`);
      for (let i = 0; i < 1024; i++) socket.write(piece);
    });
    open.push(raw);
    const g = await start({ clock, upstream: raw.url, ...(listenerTls ? { listenerTls } : {}) });
    const connected = once(g.server.http, event) as Promise<[Socket]>;
    const talking = speak(g, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    talking.socket.pause();
    const [socket] = await connected;
    await turnsUntil(() => socket.writableLength > 0);
    await seconds(g, clock, 31);
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ status: 499, delivery: "caller-left" }]);
    await turnsUntil(() => raw.sockets.size === 0);
  });
});
