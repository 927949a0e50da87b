import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeldMemory, heldBytesThatFit } from "../../src/guard/held-memory.ts";

describe("the memory of held bodies", () => {
  it("is set aside up to the limit, and not a byte more", () => {
    const memory = new HeldMemory();
    expect(memory.usedBytes).toBe(0);
    expect(memory.reserve(60, 100)).toBe(true);
    expect(memory.reserve(41, 100)).toBe(false);
    expect(memory.usedBytes).toBe(60);
    expect(memory.reserve(40, 100)).toBe(true);
    expect(memory.usedBytes).toBe(100);
    expect(memory.reserve(0, 100)).toBe(true);
  });

  it("can be used again once it was given back", () => {
    const memory = new HeldMemory();
    memory.reserve(100, 100);
    memory.release(70);
    expect(memory.usedBytes).toBe(30);
    expect(memory.reserve(70, 100)).toBe(true);
  });

  it("follows a limit that was lowered since: what is held stays, nothing is added", () => {
    const memory = new HeldMemory();
    memory.reserve(80, 100);
    expect(memory.reserve(1, 50)).toBe(false);
    expect(memory.usedBytes).toBe(80);
    memory.release(40);
    expect(memory.reserve(10, 50)).toBe(true);
  });

  it("is never above the room that there is, whatever the policy allows", () => {
    const memory = new HeldMemory(70);
    expect(memory.reserve(60, 100)).toBe(true);
    expect(memory.reserve(11, 100)).toBe(false);
    expect(memory.reserve(10, 100)).toBe(true);
  });

  it("is never above the limit, and empty once all is given back", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(50), keep: fc.boolean() })), (bodies) => {
        const memory = new HeldMemory();
        const held: number[] = [];
        for (const { bytes, keep } of bodies) {
          if (!memory.reserve(bytes, 100)) continue;
          expect(memory.usedBytes).toBeLessThanOrEqual(100);
          if (keep) held.push(bytes);
          else memory.release(bytes);
        }
        for (const bytes of held) memory.release(bytes);
        expect(memory.usedBytes).toBe(0);
      }),
    );
  });
});

describe("what fits beside the program", () => {
  const MIB = 1024 * 1024;
  it.each([
    [undefined, Number.POSITIVE_INFINITY],
    [64 * MIB, 4 * MIB],
    [128 * MIB, 4 * MIB],
    [256 * MIB, 34.4 * MIB],
    [512 * MIB, 136.8 * MIB],
  ])("of a process of %d bytes is %d", (limit, room) => {
    expect(heldBytesThatFit(limit)).toBe(Math.floor(room));
  });
});
