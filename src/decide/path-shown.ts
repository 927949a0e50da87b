/**
 * A path as it may be shown to people: in a log line, on a page, in an error. Decides by how its segments look and by
 * what a pattern spells out; it knows no API, and no place where paths are shown.
 *
 * Session tokens, e-mail addresses and path parameters stand in paths, in more shapes than anybody can list. So it is
 * told what is harmless, not what is secret: words, short names, numbers, UUIDs. Whatever else stands where a pattern has
 * a star becomes `…`.
 */
import { type PathPattern, pinnedAt } from "./pattern.ts";

export const HIDDEN = "…";

/** Without digits it is a word or several: tokens have digits, but for one in hundreds. */
const LONGEST_WORDS = 48;
/** Opaque tokens are longer: the tenant's have 27 characters, session ids 32 and more. */
const LONGEST_NAME = 24;

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** `path` (without its query), with `…` for each segment that is not harmless and that none of `patterns` spells out. */
export function pathShown(path: string, patterns: readonly PathPattern[] | undefined): string {
  return isHarmless(path) || path === "*" ? path : hidden(path.split("/"), patterns ?? []);
}

/**
 * Whether every segment between slashes can be shown: words of letters, names of up to 24 characters, UUIDs; with
 * `.`, `_`, `~` and `-` between. It is asked about every path of every exchange: one walk, nothing made.
 */
export function isHarmless(path: string): boolean {
  let start = 0;
  let hasDigit = false;
  for (let i = 0; i <= path.length; i++) {
    const code = i < path.length ? path.charCodeAt(i) : SLASH;
    if (code === SLASH) {
      const length = i - start;
      const fits = length <= LONGEST_NAME || (!hasDigit && length <= LONGEST_WORDS);
      if (!fits && !UUID.test(path.slice(start, i))) return false;
      start = i + 1;
      hasDigit = false;
    } else if (code >= 0x30 && code <= 0x39) hasDigit = true;
    else if (!IN_NAMES[code]) return false;
  }
  return true;
}

const SLASH = 0x2f;

/** By character code: ASCII letters, and the four that join them. */
const IN_NAMES: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z._~-]/.test(String.fromCharCode(code)),
);

function hidden(segments: readonly string[], patterns: readonly PathPattern[]): string {
  const matching = patterns.filter(({ matchesSegments }) => matchesSegments(segments));
  const isSpeltOut = (segment: string, place: number): boolean =>
    matching.some(({ source }) => pinnedAt(source, place)?.segment === segment);
  return segments
    .map((segment, place) => (isHarmless(segment) || isSpeltOut(segment, place) ? segment : HIDDEN))
    .join("/");
}
