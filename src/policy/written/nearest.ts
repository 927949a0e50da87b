/**
 * "Did you mean …": the word of a closed list that a misspelt one most likely stands for.
 */

/** The nearest candidate, or undefined when none is near enough to be worth naming. Case does not count. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const given = word.toLowerCase();
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editDistance(given, candidate.toLowerCase());
    if (edits <= tolerance(candidate) && (best === undefined || edits < best.edits))
      best = { candidate, edits };
  }
  return best?.candidate;
}

/** Short words differ by one letter from too many others; two slips in a long word are still one word. */
function tolerance(candidate: string): number {
  if (candidate.length <= 3) return 1;
  return candidate.length <= 7 ? 2 : 3;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
