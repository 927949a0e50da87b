import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatDuration,
  formatSize,
  parseDuration,
  parsePercent,
  parseSize,
} from "../../../src/policy/written/units.ts";

describe("durations", () => {
  it.each([
    ["100ms", 100],
    ["0s", 0],
    ["30s", 30_000],
    ["1.5s", 1_500],
    ["0.3s", 300],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["0.5ms", undefined],
    ["30", undefined],
    ["30 s", undefined],
    ["-1s", undefined],
    ["1d", undefined],
    ["1S", undefined],
    ["1s ", undefined],
    ["s", undefined],
    ["", undefined],
    ["1e3s", undefined],
    ["99999999999999999h", undefined],
  ])("%s is %s milliseconds", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it("come back from their text", () => {
    fc.assert(
      fc.property(fc.nat(), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it.each([
    [0, "0ms"],
    [100, "100ms"],
    [1_500, "1500ms"],
    [90_000, "90s"],
    [120_000, "2m"],
    [3_600_000, "1h"],
  ])("%s milliseconds are written %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("sizes", () => {
  it.each([
    ["512B", 512],
    ["0B", 0],
    ["64KiB", 65_536],
    ["1MiB", 1_048_576],
    ["1.5MiB", 1_572_864],
    ["1GiB", 1_073_741_824],
    ["0.5B", undefined],
    ["1MB", undefined],
    ["1M", undefined],
    ["1mib", undefined],
    ["1024", undefined],
    ["", undefined],
  ])("%s is %s bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it("come back from their text", () => {
    fc.assert(
      fc.property(fc.nat(), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
  });
});

describe("percentages", () => {
  it.each([
    ["20%", 0.2],
    ["20 %", 0.2],
    [20, 0.2],
    [0, 0],
    ["100%", 1],
    ["2.5%", 0.025],
    ["101%", undefined],
    [101, undefined],
    [-1, undefined],
    ["20", undefined],
    ["%", undefined],
    [Number.NaN, undefined],
  ])("%s is %s", (written, ratio) => {
    expect(parsePercent(written)).toBe(ratio);
  });
});
