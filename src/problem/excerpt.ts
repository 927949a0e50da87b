/**
 * A few words of a text or HTML error body that a caller may see: without markup, stack frames, secrets, and the names
 * and addresses of machines. What the text means is not asked, and when in doubt a word is cut.
 */
import { isMarkup, markupToText } from "./markup.ts";

/** Up to 200 characters of `text` (or of a page's text) on one line; empty when nothing legible is left. */
export function excerpt(text: string, isPage: boolean): string {
  const read = text.slice(0, LONGEST_READ);
  const plain = isPage || isMarkup(read) ? markupToText(read) : read;
  let kept = plain.replaceAll(/[^\S\n]+/g, " ");
  for (const { pattern, becomes } of CUTS) kept = kept.replaceAll(pattern, becomes);
  return shorten(kept.replaceAll(/[\s\p{Cc}\p{Cf}\uFFFD]+/gu, " ").trim());
}

const LONGEST_EXCERPT = 200;
/** Nobody's first 200 characters of text begin further in than this. */
const LONGEST_READ = 65_536;

/** Counted in UTF-16 units; never half of a pair. */
function shorten(text: string): string {
  if (text.length <= LONGEST_EXCERPT) return text;
  return `${text.slice(0, LONGEST_EXCERPT - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/**
 * What is cut, in this order; every repetition is bounded, so that no text can make this slow. A stack frame is known
 * by its place in a source file: prose that begins with "at" stays.
 */
const CUTS: readonly { readonly pattern: RegExp; readonly becomes: string }[] = [
  // Java: "at com.example.Name.method(Name.java:12)", also with a module or class loader in front.
  {
    pattern:
      /\bat [\w$.<>/@-]{1,400}\s?\((?:[\w$-]{1,200}\.\w{1,10}(?::\d+)?|Native Method|Unknown Source)\)/g,
    becomes: "",
  },
  // JavaScript: "at new Name (/path/file.js:1:2)", "at async /path/file.js:1:2", "at <anonymous>"; not "at 10:30:00".
  {
    pattern: /\bat (?:[^\s()]{1,200} ){0,4}\([^()\n]{0,400}(?::\d{1,9}:\d{1,9}|<anonymous>|native)\)/g,
    becomes: "",
  },
  {
    pattern: /\bat (?!\d{1,2}:\d\d:\d\d\b)(?:async )?(?:[^\s()]{1,400}:\d{1,9}:\d{1,9}|<anonymous>)/g,
    becomes: "",
  },
  // What stands between the frames of a Java trace; the causes are as internal as the frames.
  { pattern: /^ ?(?:Caused by|Suppressed): .*$/gm, becomes: "" },
  { pattern: /\.\.\. \d+ (?:more|common frames omitted)/g, becomes: "" },
  // Credentials: what follows an authorization scheme, a signed token.
  { pattern: /\b(Bearer|Basic) [\w.~+/=-]{8,}/gi, becomes: "$1 [secret]" },
  { pattern: /\beyJ[\w-]{5,500}\.[\w.-]+/g, becomes: "[secret]" },
  // Machines: the authority of a URL (and its query, which may hold secrets), private names, name and port, addresses.
  { pattern: /:\/\/[^\s/?#"'<>()]+([^\s?#"'<>()]*)[^\s"'<>()]*/g, becomes: "://[host]$1" },
  {
    pattern:
      /(?<![\w.-])(?:[\w-]{1,63}\.){1,10}(?:corp|home|internal|intranet|lan|local|localdomain|private|svc)\b[\w.:-]*/gi,
    becomes: "[host]",
  },
  {
    pattern: /(?<![\w.-])(?:localhost|[a-z]\w{0,62}(?:[.-]\w{1,63}){1,10})(?::\d{2,5})\b/gi,
    becomes: "[host]",
  },
  { pattern: /\blocalhost\b/gi, becomes: "[host]" },
  { pattern: /\bServer at \S{1,253} Port \d+/gi, becomes: "Server at [host]" },
  { pattern: /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, becomes: "[address]" },
  { pattern: /(?<![\w:])(?:[\da-f]{1,4}:){7}[\da-f]{1,4}(?![\w:])/gi, becomes: "[address]" },
  {
    pattern:
      /(?<![\w:])(?:[\da-f]{1,4}(?::[\da-f]{1,4}){0,6})?::(?:[\da-f]{1,4}(?::[\da-f]{1,4}){0,6})?(?![\w:])/gi,
    becomes: "[address]",
  },
];
