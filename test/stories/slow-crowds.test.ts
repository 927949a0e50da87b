/** Two hundred slow callers of each kind at once, against the limits of the default policy: nobody else notices. */
import { afterEach, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { manualClock, turnsUntil } from "../support/manual-clock.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { type Talk, talk } from "../support/talk.ts";

const start = gateways();

const CROWD = 200;
const OTHERS = 300;
const LARGE = 2_000_000;

let upstream: RawUpstream | undefined;
const talks: Talk[] = [];
afterEach(async () => {
  for (const { socket } of talks.splice(0)) socket.destroy();
  await upstream?.close();
});

const put = (bytes: number): string =>
  `PUT /slow HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n${"u".repeat(1000)}`;

const KINDS: Readonly<Record<string, string>> = {
  "that do not read a large answer": "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
  "that send a body which is held": put(100_000),
  "that send a body which streams": put(LARGE),
  "that send a head": "GET /slow HTTP/1.1\r\nHost: a\r\nX: ",
};

it("slow readers, writers of either kind and heads, all at once", async () => {
  const answered = new Map<unknown, number>();
  upstream = await startRawUpstream((socket, soFar) => {
    const asked = [...soFar.matchAll(/^(\S+) (\S+) HTTP\/1\.1\r\n/gm)];
    if (!/\r\n\r\n(\{\})?$/.test(soFar) || asked.length === answered.get(socket)) return;
    answered.set(socket, asked.length);
    const path = asked.at(-1)?.[2];
    if (path === "/large")
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${LARGE}\r\n\r\n${"x".repeat(100_000)}`);
    else if (path !== "/slow") socket.write(plainAnswer(200, "small"));
  });
  const clock = manualClock();
  const g = await start({ clock, upstream: upstream.url });
  for (const bytes of Object.values(KINDS)) {
    for (let i = 0; i < CROWD; i++) {
      const slow = talk(g.url, bytes);
      slow.socket.pause();
      talks.push(slow);
    }
  }
  const { families, heldMemory } = g.gateway;
  await turnsUntil(() => heldMemory.usedBytes === CROWD * 1000);
  await turnsUntil(() => families.snapshot()[0]?.streams === 2 * CROWD);

  const others = await Promise.all(
    Array.from({ length: OTHERS }, (_, i) =>
      i % 2 === 0 ? ask(g.url, "GET", `/quick/${i}`) : ask(g.url, "PUT", `/quick/${i}`, { body: "{}" }),
    ),
  );
  expect(new Set(others.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(["200 small"]));

  // Nobody is slow for ever.
  for (let i = 0; i < 4; i++) {
    g.server.letGoOfTheSlow();
    await clock.advance(16_000);
  }
  await g.ended(OTHERS + 3 * CROWD);
  expect(families.snapshot()).toMatchObject([{ inFlight: 0, queued: 0, streams: 0 }]);
  expect(heldMemory.usedBytes).toBe(0);
});
