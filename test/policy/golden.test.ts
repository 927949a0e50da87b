/**
 * Policy files and what is said of them, line by line: `golden/NAME.yaml` beside `golden/NAME.txt`. What is not even
 * YAML ends in `.not-yaml`, so that formatters leave it alone. After a change that is meant, `vitest run test/policy -u`
 * writes the texts anew; review the difference.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../src/policy/load.ts";
import { formatMistakes } from "../../src/policy/written/mistakes.ts";

const FOLDER = new URL("./golden/", import.meta.url);
const EXTENSION = /\.(not-)?yaml$/;
const ENV = { TIMEOUT: "5s", ATTEMPTS: "4", EMPTY: "", STATUS: "503", MAXIMUM: "40s", A: "a", B: "b" };

/** Every mistake, or `ok` and every warning. */
function told(source: string): string {
  const loaded = compilePolicy(source, { file: "config/policy.yaml", env: ENV });
  const lines = "mistakes" in loaded ? loaded.mistakes : loaded.policy.warnings;
  return `${["policy" in loaded ? "ok" : "mistakes", formatMistakes(lines)].join("\n").trimEnd()}\n`;
}

describe("what is said of a policy file", () => {
  const names = readdirSync(FOLDER).filter((name) => !name.endsWith(".txt"));
  it.each(names)("%s", async (name) => {
    const text = told(readFileSync(new URL(name, FOLDER), "utf8"));
    const expected = new URL(name.replace(EXTENSION, ".txt"), FOLDER);
    await expect(text).toMatchFileSnapshot(expected.pathname);
  });

  it("leaves no text without its file", () => {
    const texts = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));
    expect(texts.toSorted()).toEqual(names.map((name) => name.replace(EXTENSION, ".txt")).toSorted());
  });
});
