/**
 * How two patterns stand to each other: whether one matches everything that the other does, and whether anything at all
 * can match both.
 *
 * Both questions are about the patterns alone; no path and no text is ever asked.
 */

/** Whether text pattern `a` matches every text that `b` matches. */
export function globCovers(a: string, b: string): boolean {
  return relate(characters(a), characters(b), COVERS_CHARACTER);
}

/** Whether some text matches both. */
export function globsOverlap(a: string, b: string): boolean {
  return relate(characters(a), characters(b), SHARES_CHARACTER);
}

/** Whether path pattern `a` matches every path that `b` matches. */
export function pathCovers(a: string, b: string): boolean {
  return relate(a.split("/"), b.split("/"), COVERS_SEGMENT);
}

/** Whether some path matches both. */
export function pathsOverlap(a: string, b: string): boolean {
  return relate(a.split("/"), b.split("/"), SHARES_SEGMENT);
}

/** Text patterns do not know case; their matcher folds it in the same way. */
const characters = (glob: string): string[] => glob.toLowerCase().split("");

type Relation = {
  /** The piece that stands for any number of pieces, none included. */
  readonly any: string;
  /** How two other pieces have to stand to each other. */
  readonly fits: (a: string, b: string) => boolean;
  /** Whether `any` in the second pattern may stand for what the first needs, or only for itself. */
  readonly bothWays: boolean;
};

const equal = (a: string, b: string): boolean => a === b;

const COVERS_CHARACTER: Relation = { any: "*", fits: equal, bothWays: false };
const SHARES_CHARACTER: Relation = { any: "*", fits: equal, bothWays: true };
// Case counts in paths, so a segment's characters are compared as they are.
const COVERS_SEGMENT: Relation = {
  any: "**",
  fits: (a, b) => relate(a.split(""), b.split(""), COVERS_CHARACTER),
  bothWays: false,
};
const SHARES_SEGMENT: Relation = {
  any: "**",
  fits: (a, b) => relate(a.split(""), b.split(""), SHARES_CHARACTER),
  bothWays: true,
};

/**
 * Piece by piece: `reached[i]` says whether the first `i` pieces of `a` can stand against what has been read of `b`.
 * A star of `b` that only a star of `a` may take is a character like any other to it: whatever takes the star's place,
 * the star of `a` takes that as well.
 */
function relate(a: readonly string[], b: readonly string[], relation: Relation): boolean {
  const { any, fits, bothWays } = relation;
  let reached = [true];
  for (const [i, piece] of a.entries()) reached.push(piece === any && reached[i] === true);
  for (const read of b) {
    const wild = read === any;
    const next = [bothWays && wild && reached[0] === true];
    for (const [i, piece] of a.entries()) {
      const stretches = piece === any || (bothWays && wild);
      next.push(
        stretches
          ? next[i] === true || reached[i + 1] === true
          : !wild && reached[i] === true && fits(piece, read),
      );
    }
    reached = next;
  }
  return reached[a.length] === true;
}
