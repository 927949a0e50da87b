/** What stays in memory of a body while it is held, and of one that turns out to be too long for that. */
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { Departure } from "../../src/clock.ts";
import type { Inbound } from "../../src/gateway/caller.ts";
import { heldBytes, holdBody } from "../../src/gateway/hold.ts";
import { HeldMemory } from "../../src/guard/held-memory.ts";
import { manualClock } from "../support/manual-clock.ts";

/** Three pieces need room for four. */
const PIECES = ["a", "b", "c"].map((letter) => letter.repeat(50_000));
const TEXT = PIECES.join("");

async function holding(maxBodyBytes: number) {
  const stream = new PassThrough();
  const inbound = { body: stream, left: new Departure() } as unknown as Inbound;
  const limits = { maxBodyBytes, memoryBytes: 200_000, maxRequestBytes: undefined, endsAt: 1_000 };
  const held = holdBody(inbound, limits, new HeldMemory(), manualClock());
  for (const piece of PIECES) stream.write(piece);
  stream.end();
  return { stream, held: await held };
}

it("of a body that is held there is nothing but its bytes", async () => {
  const bytes = heldBytes((await holding(200_000)).held);
  expect(bytes?.toString()).toBe(TEXT);
  expect(bytes?.buffer.byteLength).toBe(TEXT.length);
});

it("what is put back of one that is too long takes no more than its bytes", async () => {
  const { stream, held } = await holding(TEXT.length - 1);
  expect(held).toMatchObject({ kind: "ready", body: { kind: "streamed" } });
  const bytes: Buffer = stream.read();
  expect(bytes.toString()).toBe(TEXT);
  expect(bytes.buffer.byteLength).toBe(TEXT.length);
});
