/**
 * The two pattern languages of the policy file.
 *
 * Paths: `*` stands for any characters within one segment, `**` as a whole segment for any number of segments, none
 * included: `/x/**` matches `/x` and everything below it. Texts: `*` stands for anything, without regard to case.
 * Both match the whole string. No pattern can make a long input slow: the time grows with the input's length, not with
 * the number of ways in which the stars could share it.
 */
export type Glob = { readonly source: string; readonly matches: (text: string) => boolean };

export type PathPattern = Glob & {
  /** As `matches`, of a path that is split at its slashes already. */
  readonly matchesSegments: (segments: readonly string[]) => boolean;
  /** The segment that holds the pattern's first `*`, when the path matches; a `**` before it leaves it without a place. */
  readonly star: (path: string) => string | undefined;
};

/** Compiles a text pattern. */
export function compileGlob(source: string): Glob {
  const matches = wildcard(source.toLowerCase());
  return { source, matches: (text) => matches(text.toLowerCase()) };
}

/** Compiles a path pattern; it has to begin with `/` (or be `*` alone, for `OPTIONS *`). */
export function compilePath(source: string): PathPattern {
  const segments = source.split("/");
  const wanted = segments.map(compileSegment);
  const matchesSegments = (given: readonly string[]): boolean => segmentsMatch(wanted, given);
  const matches = (path: string): boolean => matchesSegments(path.split("/"));
  const starAt = segments.findIndex((segment) => segment.includes("*"));
  const hasPlace = starAt >= 0 && segments[starAt] !== "**";
  return {
    source,
    matches,
    matchesSegments,
    star: (path) => (hasPlace && matches(path) ? path.split("/")[starAt] : undefined),
  };
}

/**
 * What every path that matches has at this place, the first segment behind a slash being at 1; no segment when such paths
 * end before it. Undefined when the pattern leaves that open.
 */
export function pinnedAt(
  source: string,
  place: number,
): { readonly segment: string | undefined } | undefined {
  const segments = source.split("/");
  const stretches = segments.indexOf(ANY_DEPTH);
  if (stretches >= 0 && stretches <= place) return undefined;
  const segment = segments[place];
  return segment?.includes("*") ? undefined : { segment };
}

/** The last place at which the pattern has a segment that stands for itself. */
export function lastSpeltOut(source: string): number {
  const segments = source.split("/");
  return Math.max(
    0,
    segments.findLastIndex((_, place) => pinnedAt(source, place)?.segment !== undefined),
  );
}

type Matcher = (text: string) => boolean;

/** What stands for itself, for any segment or for any number of them stays as it is written. */
function compileSegment(source: string): Matcher | string {
  const plain = !source.includes("*") || source === ANY_SEGMENT || source === ANY_DEPTH;
  return plain ? source : wildcard(source);
}

/** The pieces between the stars, each at the earliest place it is found: that leaves the most room for the next. */
function wildcard(source: string): Matcher {
  const [first = "", ...rest] = source.split("*");
  const last = rest.pop();
  if (last === undefined) return (text) => text === source;
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}

const ANY_DEPTH = "**";
const ANY_SEGMENT = "*";

/**
 * Greedy, with one point to come back to, the last `**`: at most `wanted * given` comparisons. What is wanted is a
 * segment as it stands, one of the two above, or a function for one with a star among other characters.
 */
function segmentsMatch(wanted: readonly (Matcher | string)[], given: readonly string[]): boolean {
  let w = 0;
  let g = 0;
  let afterLastStar = -1;
  let resumeAt = 0;
  while (g < given.length) {
    const matcher = wanted[w];
    if (matcher === ANY_DEPTH) {
      afterLastStar = ++w;
      resumeAt = g;
    } else if (
      matcher === ANY_SEGMENT ||
      matcher === given[g] ||
      (typeof matcher === "function" && matcher(given[g] ?? ""))
    ) {
      w++;
      g++;
    } else if (afterLastStar >= 0) {
      w = afterLastStar;
      g = ++resumeAt;
    } else {
      return false;
    }
  }
  while (wanted[w] === ANY_DEPTH) w++;
  return w === wanted.length;
}
