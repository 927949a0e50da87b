/** Interim answers, `100 Continue` above all, which nobody asked for: left out wherever it may stand, however it is cut into pieces. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { throughUndici } from "../../src/upstream/through-undici.ts";
import { someTurns } from "../support/manual-clock.ts";
import { plainAnswer } from "../support/raw-upstream.ts";
import { attempt, textOf, upstreams } from "./attempts.ts";

const { start } = upstreams();

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const MADE = plainAnswer(201, "made");

describe("an answer behind interim ones", () => {
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
    expect(await textOf(await throughUndici(attempt(), tenant, systemClock))).toBe("made");
  });

  it("on a kept connection, is the answer there too", async () => {
    const { raw, tenant } = await start((socket) => socket.write(CONTINUE + MADE));
    for (let i = 0; i < 3; i++)
      expect(await textOf(await throughUndici(attempt(), tenant, systemClock))).toBe("made");
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
