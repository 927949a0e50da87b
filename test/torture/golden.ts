/**
 * Compares what was found with what `matrix.golden.md` expects, line by line. Widths of columns do not count.
 */
import { readFileSync } from "node:fs";
import { KINDS } from "./kinds.ts";
import { type Line, tableOf, type Wire } from "./matrix.ts";
import { SCENARIOS } from "./scenarios.ts";

const GOLDEN = new URL("matrix.golden.md", import.meta.url);

export type Difference = { readonly expected: string; readonly actual: string };

/** What differs from the golden file, and each law that is broken. */
export function differences(lines: readonly Line[], wire: Wire): Difference[] {
  const expected = expectedLines(wire);
  const actual = rowsOf(tableOf(lines));
  const found: Difference[] = [];
  for (let at = 0; at < Math.max(expected.length, actual.length); at++) {
    const pair = { expected: expected[at] ?? "no such line", actual: actual[at] ?? "no such line" };
    if (pair.expected !== pair.actual) found.push(pair);
  }
  for (const { scenario, cells, broken } of lines)
    for (const law of broken) found.push({ expected: law, actual: `${scenario.name}: ${cells.join(" ")}` });
  return found;
}

function expectedLines(wire: Wire): string[] {
  const all = rowsOf(readFileSync(GOLDEN, "utf8"));
  const skipped = (at: number): boolean =>
    wire === "tls" && SCENARIOS[Math.floor(at / KINDS.length)]?.plainOnly === true;
  return all.filter((_, at) => !skipped(at));
}

/** The rows of a table below its heading, without the blanks that only make it even. */
function rowsOf(markdown: string): string[] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) => line.replace(/ +\|/g, " |"));
}
