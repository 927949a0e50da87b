/** Interim answers: `100 Continue`, which nobody asked for, is left out wherever it may stand, however it is cut into pieces; others are told. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Head } from "../../src/upstream/message.ts";
import { throughUndici } from "../../src/upstream/through-undici.ts";
import { manualClock, someTurns, turnsUntil } from "../support/manual-clock.ts";
import { plainAnswer } from "../support/raw-upstream.ts";
import { attempt, ENGINES, textOf, upstreams } from "./attempts.ts";

const { start } = upstreams();

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const MADE = plainAnswer(201, "made");

const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";

describe.each(ENGINES)("$engine: an answer behind interim ones", ({ through }) => {
  it.each([
    ["one", [CONTINUE + MADE]],
    ["one, in a piece of its own", [CONTINUE, MADE]],
    ["three", [CONTINUE.repeat(3) + MADE]],
    ["one with fields", [`HTTP/1.1 100 Go on\r\nx: y\r\n\r\n${MADE}`]],
    ["one that is cut into bytes", [...CONTINUE, MADE]],
    ["one, and the answer's first byte with it", [`${CONTINUE}H`, MADE.slice(1)]],
    ["another kind, and then one", [`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${CONTINUE}${MADE}`]],
    [
      "another kind, in a piece of its own, and then one",
      ["HTTP/1.1 103 Early Hints\r\n\r\n", CONTINUE, MADE],
    ],
    ["another kind", [`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${MADE}`]],
  ])("%s, is the answer", async (_name, pieces) => {
    const { tenant } = await start(async (socket) => {
      for (const piece of pieces) {
        socket.write(piece);
        await someTurns();
      }
    });
    const told: Head[] = [];
    const interim = (head: Head): void => void told.push(head);
    expect(await textOf(await through(attempt({ interim }), tenant, systemClock))).toBe("made");
    // Each but the 100, once, in their order.
    const sent = [...pieces.join("").matchAll(/HTTP\/1\.1 (10[23])/g)].map(([, status]) => Number(status));
    expect(told.map(({ status }) => status)).toEqual(sent);
  });

  it.each([
    ["at once", [HINTS + CONTINUE + HINTS.replace("103", "102") + MADE]],
    ["one by one", [HINTS, CONTINUE, HINTS.replace("103", "102"), MADE]],
    ["byte by byte", [...HINTS, ...CONTINUE, ...HINTS.replace("103", "102"), ...MADE]],
  ])("tells of them with their fields, but for 100, when they come %s", async (_name, pieces) => {
    const { tenant } = await start(async (socket) => {
      for (const piece of pieces) {
        socket.write(piece);
        await someTurns();
      }
    });
    const told: unknown[] = [];
    const interim = ({ status, headers }: Head): void => void told.push([status, headers]);
    expect(await textOf(await through(attempt({ interim }), tenant, systemClock))).toBe("made");
    expect(told).toEqual([
      [103, ["Link", "</x>"]],
      [102, ["Link", "</x>"]],
    ]);
  });

  it("one alone, and then the end, is no answer", async () => {
    const { tenant } = await start((socket) => socket.end(HINTS));
    expect(await through(attempt(), tenant, systemClock)).toMatchObject({ failure: "reset", sent: true });
  });

  it("they gain no time", async () => {
    const clock = manualClock();
    const { raw, tenant } = await start(() => {});
    const told: number[] = [];
    const interim = ({ status }: Head): void => void told.push(status);
    const pending = through(attempt({ interim, timeoutMs: 100 }), tenant, clock);
    await raw.until("GET");
    await clock.advance(60);
    for (const socket of raw.sockets) socket.write(HINTS);
    await turnsUntil(() => told.length === 1);
    await clock.advance(40);
    expect(await pending).toMatchObject({ failure: "timeout" });
  });

  it("on a kept connection, is the answer there too", async () => {
    const { raw, tenant } = await start((socket) => socket.write(CONTINUE + MADE));
    for (let i = 0; i < 3; i++)
      expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("made");
    expect(raw.received).toHaveLength(1);
  });
});

it("a bare switch of protocols is no interim answer", async () => {
  const { tenant } = await start((socket) => socket.write(`HTTP/1.1 101 Switching\r\n\r\n${MADE}`));
  expect(await throughUndici(attempt(), tenant, systemClock)).toMatchObject({
    failure: "not-http",
    sent: true,
  });
});

it("a body that looks like one is left alone", async () => {
  const body = CONTINUE + CONTINUE;
  const { tenant } = await start(async (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
    await someTurns();
    socket.write(CONTINUE);
    await someTurns();
    socket.write(CONTINUE);
  });
  expect(await textOf(await throughUndici(attempt(), tenant, systemClock))).toBe(body);
});
