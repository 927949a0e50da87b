/** The fault matrix is as expected; without TLS here, since it costs twice as much and tells the same. */
import { expect, it } from "vitest";
import { differences } from "./golden.ts";
import { runMatrix } from "./matrix.ts";

it("what becomes of every request under every fault is what matrix.golden.md says", async () => {
  expect(differences(await runMatrix("plain", () => {}), "plain")).toEqual([]);
}, 120_000);
