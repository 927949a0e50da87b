/** What an exchange's record says besides its fields. */
import { describe, expect, it } from "vitest";
import { type ExchangeRecord, savedBy } from "../../src/observe/events.ts";
import { EXCHANGE } from "./sources.ts";

describe("a failure was kept from the caller by", () => {
  it.each<[Partial<ExchangeRecord>, string | undefined]>([
    [{}, undefined],
    [{ attempts: 2 }, "retry"],
    [{ attempts: 2, delivery: "cut" }, undefined],
    [{ attempts: 2, status: 503 }, undefined],
    [{ attempts: 2, status: 404 }, undefined],
    [{ attempts: 0, status: 503 }, undefined],
    [{ attempts: 2, settled: "applied" }, "settled"],
    [{ attempts: 2, status: 412, settled: "not-applied" }, undefined],
    [{ attempts: 2, status: 502, settled: "unresolved" }, undefined],
  ])("%j: %s", (exchange, by) => expect(savedBy({ ...EXCHANGE, ...exchange })).toBe(by));
});
