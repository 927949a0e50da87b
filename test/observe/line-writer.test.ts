import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { lineWriter } from "../../src/observe/line-writer.ts";
import { manualClock } from "../support/manual-clock.ts";

const HOLD_MS = 250;
const noLoss = (): void => {
  throw new Error("no line should be lost");
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "line-writer-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function withFile<T>(use: (fd: number, text: () => string) => T): T {
  const path = join(folder, `${Math.random()}`);
  return use(openSync(path, "w"), () => readFileSync(path, "utf8"));
}

describe("when lines are written", () => {
  it("holds a few lines, but not for ever", () =>
    withFile(async (fd, text) => {
      const clock = manualClock();
      const writer = lineWriter(fd, clock, noLoss);
      writer.write("one\n");
      writer.write("two\n");
      await clock.advance(HOLD_MS - 1);
      expect(text()).toBe("");
      await clock.advance(1);
      await vi.waitFor(() => expect(text()).toBe("one\ntwo\n"));
    }));

  it("does not wait when there is enough to write", () =>
    withFile(async (fd, text) => {
      const writer = lineWriter(fd, manualClock(), noLoss);
      const line = `${"ü".repeat(499)}\n`;
      for (let n = 0; n < 65; n++) writer.write(line);
      await new Promise(setImmediate);
      expect(text()).toBe("");
      writer.write(line);
      await vi.waitFor(() => expect(text()).toBe(line.repeat(66)));
    }));

  it("writes what is held before flush returns", () =>
    withFile((fd, text) => {
      const clock = manualClock();
      const writer = lineWriter(fd, clock, noLoss);
      writer.write("last words\n");
      writer.flush();
      expect(text()).toBe("last words\n");
      expect(clock.pending()).toBe(0);
    }));

  it("writes every line once and in order, however they come", async () => {
    const step = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 3000 }),
      fc.nat({ max: 40_000 }).map((chars) => "é".repeat(chars)),
      fc.nat({ max: 300 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), (steps) =>
        withFile(async (fd, text) => {
          const clock = manualClock();
          const writer = lineWriter(fd, clock, noLoss);
          let expected = "";
          for (const each of steps) {
            if (typeof each === "number") await clock.advance(each);
            else {
              writer.write(each);
              expected += each;
            }
          }
          await vi.waitFor(async () => {
            await clock.advance(HOLD_MS);
            expect(text()).toBe(Buffer.from(expected).toString());
          });
          closeSync(fd);
        }),
      ),
      { numRuns: 30 },
    );
  });
});

describe("when nobody takes them", () => {
  it("holds a bounded amount for a slow reader, drops whole lines beyond, and tells how many", async () => {
    const path = join(folder, "pipe");
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const clock = manualClock();
    const lost: number[] = [];
    const writer = lineWriter(fd, clock, (lines) => lost.push(lines));
    const line = `${"ü".repeat(499)}\n`;
    const written = 6000;
    for (let n = 0; n < written; n++) writer.write(line);

    let received = 0;
    const buffer = Buffer.alloc(1 << 20);
    await vi.waitFor(
      async () => {
        await clock.advance(HOLD_MS);
        received += readAll(fd, buffer, (piece) => expect(piece).not.toContain("\ufffd"));
        expect(received).toBe((written - (lost[0] ?? 0)) * Buffer.byteLength(line));
      },
      { interval: 1, timeout: 20_000 },
    );
    expect(lost).toHaveLength(1);
    expect(lost[0]).toBeGreaterThan(1000);
    expect(lost[0]).toBeLessThan(2500);
    closeSync(fd);
  });

  it("gives flush up after a second when the reader has stopped", () => {
    const path = join(folder, "stopped");
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const writer = lineWriter(fd, manualClock(), noLoss);
    writer.write("x".repeat(4000));
    writer.flush();
    for (let n = 0; n < 40; n++) writer.write("x".repeat(4000));
    const before = performance.now();
    writer.flush();
    expect(performance.now() - before).toBeLessThan(5000);
    closeSync(fd);
  });

  it("does not try at every line while the descriptor takes nothing, but a little later", async () => {
    const path = join(folder, "full");
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const line = "x".repeat(65_536);
    let expected = writeSync(fd, line);
    const clock = manualClock();
    const writer = lineWriter(fd, clock, noLoss);
    writer.write(line);
    await vi.waitFor(() => expect(clock.pending()).toBe(1));
    writer.write(line);
    expect(clock.pending()).toBe(1);

    expected += 2 * line.length;
    let received = 0;
    const buffer = Buffer.alloc(1 << 20);
    await vi.waitFor(async () => {
      received += readAll(fd, buffer, () => {});
      await clock.advance(20);
      expect(received).toBe(expected);
    });
    closeSync(fd);
  });

  it("tries again when the disk is full, and does not end the process", async () => {
    const fd = openSync("/dev/full", "w");
    const clock = manualClock();
    const writer = lineWriter(fd, clock, noLoss);
    writer.write("one\n");
    await clock.advance(HOLD_MS);
    await vi.waitFor(() => expect(clock.pending()).toBe(1));
    writer.write("two\n");
    writer.flush();
    expect(clock.pending()).toBe(0);
    closeSync(fd);
  });
});

/** Reads until the pipe is empty. */
function readAll(fd: number, buffer: Buffer, check: (piece: string) => void): number {
  let total = 0;
  try {
    for (;;) {
      const length = readSync(fd, buffer);
      // An odd number of bytes may end inside a character: whole lines are looked at only.
      check(buffer.subarray(buffer.indexOf("\n") + 1, buffer.lastIndexOf("\n", length) + 1).toString());
      total += length;
    }
  } catch {
    return total;
  }
}
