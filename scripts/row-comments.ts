/** The comments above the rows of the built-in tables: why a row is there, and how that is known. */
import { readFileSync } from "node:fs";

const files = new Map<string, readonly string[]>();

function linesOf(file: string): readonly string[] {
  const known = files.get(file);
  if (known) return known;
  const lines = readFileSync(new URL(`../${file}`, import.meta.url), "utf8").split("\n");
  files.set(file, lines);
  return lines;
}

/**
 * The comment that belongs to the row at `file:line`, as one line. A row without one of its own shares that of the row
 * above it, unless an empty line stands between them. Throws when there is none: every row has a reason.
 */
export function commentOf(at: string): string {
  const [file = "", line = ""] = at.split(":");
  const lines = linesOf(file);
  const isComment = (index: number) => lines[index]?.trimStart().startsWith("#") ?? false;
  let last = Number(line) - 2;
  while (last >= 0 && !isComment(last) && lines[last]?.trim() !== "") last--;
  if (!isComment(last)) throw new Error(`${at}: a row without a comment`);
  let first = last;
  while (isComment(first - 1)) first--;
  return lines
    .slice(first, last + 1)
    .map((text) => text.replace(/^\s*# ?/, ""))
    .join(" ");
}
