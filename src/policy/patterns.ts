/**
 * How two patterns stand to each other: whether one matches everything that the other does, and whether anything at all
 * can match both.
 *
 * Both questions are about the patterns alone; no path and no text is ever asked.
 */

/** Whether text pattern `a` matches every text that `b` matches. Text patterns do not know case. */
export function globCovers(a: string, b: string): boolean {
  return relate(a.toLowerCase(), b.toLowerCase(), CHARACTERS, "covers");
}

/** Whether some text matches both. */
export function globsOverlap(a: string, b: string): boolean {
  return relate(a.toLowerCase(), b.toLowerCase(), CHARACTERS, "overlaps");
}

/** Whether path pattern `a` matches every path that `b` matches. */
export function pathCovers(a: string, b: string): boolean {
  return relate(a, b, SEGMENTS, "covers");
}

/** Whether some path matches both. */
export function pathsOverlap(a: string, b: string): boolean {
  return relate(a, b, SEGMENTS, "overlaps");
}

type Relation = "covers" | "overlaps";

type Language = {
  readonly split: string;
  /** The piece that stands for any number of pieces, none included. */
  readonly any: string;
  /** How two other pieces have to stand to each other. */
  readonly fits: (a: string, b: string, relation: Relation) => boolean;
};

/** Of a text, or of one segment. */
const CHARACTERS: Language = { split: "", any: "*", fits: (a, b) => a === b };
const SEGMENTS: Language = {
  split: "/",
  any: "**",
  fits: (a, b, relation) => relate(a, b, CHARACTERS, relation),
};

/**
 * Piece by piece: `reached[i]` says whether the first `i` pieces of `a` can stand against what has been read of `b`.
 * To cover a star takes a star: whatever is put in its place, that star takes as well. To overlap, the star of either
 * may stand for what the other needs.
 */
function relate(a: string, b: string, language: Language, relation: Relation): boolean {
  const eitherStretches = relation === "overlaps";
  if (!a.includes("*") && !(eitherStretches && b.includes("*"))) return a === b;

  const { split, any, fits } = language;
  const pieces = a.split(split);
  let reached = [true];
  for (const [i, piece] of pieces.entries()) reached.push(piece === any && reached[i] === true);
  for (const read of b.split(split)) {
    const wild = read === any;
    const next = [eitherStretches && wild && reached[0] === true];
    for (const [i, piece] of pieces.entries()) {
      const stretches = piece === any || (eitherStretches && wild);
      next.push(
        stretches
          ? next[i] === true || reached[i + 1] === true
          : !wild && reached[i] === true && fits(piece, read, relation),
      );
    }
    reached = next;
  }
  return reached[pieces.length] === true;
}
