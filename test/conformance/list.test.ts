/** The list of requirements is whole, and what it says of its tests is true. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const REQUIREMENTS = 47;

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const rows = readFileSync(`${HERE}README.md`, "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, number]) => /^\d+$/.test(number ?? ""))
  .map(([, number, sections = "", , files = ""]) => ({
    number: Number(number),
    rfc: sections.slice(0, 4),
    sections: [...sections.matchAll(/§[\d.]+/g)].map(([section]) => section),
    files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file),
  }));

it("has every requirement once, in order", () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: REQUIREMENTS }, (_, i) => i + 1));
});

describe.each(rows)("requirement $number", ({ rfc, sections, files }) => {
  it("names a section, and tests that exist", () => {
    expect(sections.length).toBeGreaterThan(0);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect([file, existsSync(ROOT + file)]).toEqual([file, true]);
  });

  it("is spoken of by the tests of this folder that it names", () => {
    for (const file of files.filter((each) => each.startsWith("test/conformance/"))) {
      const text = readFileSync(ROOT + file, "utf8");
      const isNamed = (section: string): boolean =>
        new RegExp(`${rfc} (?:§[\\d.]+, )*${section}(?![\\d.]*\\d)`).test(text);
      expect([file, sections.some(isNamed)]).toEqual([file, true]);
    }
  });
});

it("leaves no test of this folder out", () => {
  const listed = new Set(rows.flatMap(({ files }) => files));
  const tests = readdirSync(HERE).filter((file) => file.endsWith(".test.ts") && file !== "list.test.ts");
  expect(tests.filter((file) => !listed.has(`test/conformance/${file}`))).toEqual([]);
});
