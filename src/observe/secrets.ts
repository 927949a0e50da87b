/**
 * What must not be read by whoever reads logs and admin pages: masks secrets inside texts that come from outside, and
 * makes any text safe to print on one line. It decides by shape and by name, and knows neither logs nor pages.
 *
 * This is the second line of defence. The first is that only allow-listed fields are written at all.
 *
 * Nearly every path and id is plain, which one look tells; only what is not goes through all masks.
 */

export const MASK = "[redacted]";

/** Headers, parameters and fields whose value is never shown; compared without case. */
export const SECRET_NAMES = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "x-api-secret",
  "x-openidm-username",
  "x-openidm-password",
  "iPlanetDirectoryPro",
  "access_token",
  "refresh_token",
  "id_token",
  "token",
  "tokenId",
  "authId",
  "code_verifier",
  "assertion",
  "client_assertion",
  "client_secret",
  "password",
  "secret",
] as const;

/** Secret in a query or a form, everyday words elsewhere. */
const SECRET_PARAMETERS = ["code", "state", "nonce"];

const NAMES = SECRET_NAMES.join("|");
/** Those whose value is one word. */
const WORDS = SECRET_NAMES.filter((name) => !/authorization|cookie/.test(name)).join("|");
const PARAMETERS = [...SECRET_NAMES, ...SECRET_PARAMETERS].join("|");

/** Linear-time each: no two neighbouring repetitions can match the same character. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  // A JSON Web Token, signed or not.
  [/\beyJ[\w-]+\.[\w.-]+/g, MASK],
  // Credentials of RFC 9110 section 11.4.
  [/\b(Bearer|Basic|Digest|DPoP) [\w.~+/=-]+/gi, `$1 ${MASK}`],
  // User information in a URL.
  [/\/\/[^\s/@]+@/g, `//${MASK}@`],
  // An e-mail address: personal data, and what people log in with.
  [/[\w.%+-]{1,64}@[\w-]+(?:\.[\w-]+)*/g, MASK],
  // A session of PingAM, which ends in `.*` and names its servers behind another `*`.
  [/\bAQIC[\w.*@/+-]{8,}/g, MASK],
  // SHA-256, or a key of 32 bytes.
  [/\b[\da-f]{64}\b/gi, MASK],
  [/;(jsessionid)=[^\s;?#&"']+/gi, `;$1=${MASK}`],
  // Cookies and authorizations hold several words.
  [/\b((?:proxy-)?authorization|(?:set-)?cookie): [^\r\n]+/gi, `$1: ${MASK}`],
  [new RegExp(`\\b(${WORDS}): ?[^\\s,;&"']+`, "gi"), `$1: ${MASK}`],
  [new RegExp(`\\b(${PARAMETERS})=[^&;\\s"']+`, "gi"), `$1=${MASK}`],
  [new RegExp(`"(${NAMES})": ?"[^"]*"?`, "gi"), `"$1":"${MASK}"`],
];

/** `text` without the secrets that can be told by their shape or by the name in front of them. */
export function maskSecrets(text: string): string {
  let masked = withoutJsonExcerpt(text);
  for (const [shape, replacement] of SHAPES) masked = masked.replace(shape, replacement);
  return masked;
}

/**
 * Cuts what `JSON.parse` quotes of its input in its messages: `Unexpected token 'h', "hunter2" is not valid JSON`.
 */
function withoutJsonExcerpt(text: string): string {
  const end = text.lastIndexOf(" is not valid JSON");
  const start = text.indexOf('"');
  return end < 0 || start < 0 || start > end ? text : text.slice(0, start) + MASK + text.slice(end);
}

/** Control characters, line separators, direction marks: what could break a line, drive a terminal, fake an order. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** `text` on one line of at most `maxChars` characters, with nothing in it that a terminal would obey. */
export function printable(text: string, maxChars: number): string {
  const short = text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
  return short.replace(UNPRINTABLE, "\ufffd");
}

/**
 * A character that a mask could need (a space, a quote, `:`, `=`, `@`), that cannot be shown, that JSON escapes, or at
 * which a query or a fragment begins; the beginning of a JSON Web Token or of a session; many hex digits in a row.
 * Everything in `SHAPES` needs one of them.
 */
const NOT_PLAIN = /[^!$-9;<>A-[\]-~]|eyJ|AQIC|[\da-fA-F]{64}/;

/**
 * Whether `text` can be written as it is, on a line and in JSON: it is short enough, and neither masks, nor `printable`,
 * nor an escape, nor the cut before a query would change anything of it. Many a harmless text is not plain.
 */
export function isPlain(text: string, maxChars: number): boolean {
  return text.length <= maxChars && !NOT_PLAIN.test(text);
}

/** A text from outside, fit to be shown: bounded, masked, on one line. */
export function shown(text: string, maxChars: number): string {
  if (isPlain(text, maxChars)) return text;
  return printable(maskSecrets(text.length > 4 * maxChars ? text.slice(0, 4 * maxChars) : text), maxChars);
}
