/**
 * Spacing that a YAML printer does not care for, kept: each line that a change left alone stays as somebody wrote it. It
 * knows lines, and nothing of what they say; where they do not correspond, the printer's word stands.
 */

/** Comparing the middle parts costs their product in time and memory; beyond this it is not worth it. */
const MOST_COMPARISONS = 4_000_000;

/**
 * `changed` with the lines of `written` wherever they mean a line of it. `printed` is `written` as the printer would have
 * it, line for line: when they have not equally many, `changed` comes back as it is.
 */
export function keepLines(written: string, printed: string, changed: string): string {
  const [own, old, now] = [linesOf(written), linesOf(printed), linesOf(changed)];
  if (own.length !== old.length) return changed;
  const texts = (lines: readonly Line[]) => lines.map(({ text }) => text);
  const pairs = commonLines(texts(old), texts(now));
  return now.map((line, i) => wholeOf(own[pairs.get(i) ?? -1] ?? line)).join("");
}

/** A line and the empty ones above it, which count for nothing to a printer. */
type Line = { readonly above: string; readonly text: string };

function linesOf(text: string): readonly Line[] {
  return [...text.matchAll(/((?:[^\S\n]*\n)*)([^\n]*\S[^\n]*)(?:\n|$)/g)].map(
    ([, above = "", line = ""]) => ({
      above,
      text: line,
    }),
  );
}

function wholeOf({ above, text }: Line): string {
  return `${above}${text}\n`;
}

/** For a line of `now` the one of `old` that it is: the longest sequence that both have in common. */
function commonLines(old: readonly string[], now: readonly string[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) pairs.set(start, start++);
  let [i, j] = [old.length, now.length];
  while (i > start && j > start && old[i - 1] === now[j - 1]) pairs.set(--j, --i);

  const [height, width] = [i - start, j - start];
  if (height * width > MOST_COMPARISONS) return pairs;
  // lengths[y][x]: how many lines the rests from y and from x have in common.
  const lengths = Array.from({ length: height + 1 }, () => new Uint32Array(width + 1));
  const at = (y: number, x: number): number => lengths[y]?.[x] ?? 0;
  const isSame = (y: number, x: number): boolean => old[start + y] === now[start + x];
  for (let y = height - 1; y >= 0; y--) {
    const row = lengths[y];
    for (let x = width - 1; row && x >= 0; x--)
      row[x] = isSame(y, x) ? at(y + 1, x + 1) + 1 : Math.max(at(y + 1, x), at(y, x + 1));
  }
  for (let [y, x] = [0, 0]; y < height && x < width; ) {
    if (isSame(y, x)) pairs.set(start + x++, start + y++);
    else if (at(y + 1, x) >= at(y, x + 1)) y++;
    else x++;
  }
  return pairs;
}
