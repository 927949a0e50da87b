/**
 * The two pattern languages of the policy file.
 *
 * Paths: `*` stands for any characters within one segment, `**` as a whole segment for any number of segments, none
 * included: `/x/**` matches `/x` and everything below it. Texts: `*` stands for anything, without regard to case.
 * Both match the whole string. Compiled to linear-time matching: no pattern can make a long input slow.
 */
export type Glob = { readonly source: string; readonly matches: (text: string) => boolean };

export type PathPattern = Glob & {
  /** What the first `*` of the pattern stood for, when the path matches. */
  readonly star: (path: string) => string | undefined;
};

/** Compiles a text pattern. */
export function compileGlob(source: string): Glob {
  const wanted = source.toLowerCase();
  return { source, matches: (text) => wildcard(wanted, text.toLowerCase()) };
}

/** Compiles a path pattern; it has to begin with `/` (or be `*` alone, for `OPTIONS *`). */
export function compilePath(source: string): PathPattern {
  const wanted = source.split("/");
  const at = wanted.findIndex((segment) => segment.includes("*") && segment !== "**");
  const matches = (path: string): boolean => segmentsMatch(wanted, path.split("/"));
  return {
    source,
    matches,
    star: (path) => (at >= 0 && matches(path) ? path.split("/")[at] : undefined),
  };
}

function segmentsMatch(wanted: readonly string[], given: readonly string[]): boolean {
  return wildcardMatch(
    wanted.length,
    given.length,
    (w) => wanted[w] === "**",
    (w, g) => wildcard(wanted[w] ?? "", given[g] ?? ""),
  );
}

function wildcard(wanted: string, given: string): boolean {
  return wildcardMatch(
    wanted.length,
    given.length,
    (w) => wanted[w] === "*",
    (w, g) => wanted[w] === given[g],
  );
}

/**
 * Greedy matching with one point to come back to (the last star): at most `wanted * given` steps, no recursion.
 */
function wildcardMatch(
  wantedLength: number,
  givenLength: number,
  isStar: (w: number) => boolean,
  same: (w: number, g: number) => boolean,
): boolean {
  let w = 0;
  let g = 0;
  let lastStar = -1;
  let resumeAt = 0;
  while (g < givenLength) {
    if (w < wantedLength && isStar(w)) {
      lastStar = w++;
      resumeAt = g;
    } else if (w < wantedLength && same(w, g)) {
      w++;
      g++;
    } else if (lastStar >= 0) {
      w = lastStar + 1;
      g = ++resumeAt;
    } else {
      return false;
    }
  }
  while (w < wantedLength && isStar(w)) w++;
  return w === wantedLength;
}
