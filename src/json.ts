/**
 * JSON for looking at, and JSON that comes back out as it went in; what is only passed on is never parsed.
 *
 * The second is needed because `JSON.parse` rounds numbers longer than a double can hold, and clients compare what we
 * hand on; and because it reads nestings so deep that writing them again would exhaust the stack.
 */

/** The value, or undefined when the text is absent or no JSON. */
export function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object with members, and no array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON object's own members; undefined for every other value. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

/** An own member of an object; undefined for every other value. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}

/**
 * Parses `text`; undefined when it is not JSON, or nested deeper than anybody means. Numbers that a double would
 * change are kept as text (`JSON.rawJSON`): `JSON.stringify` writes them digit by digit.
 */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return { value: LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Node's stack holds about 3,000 levels of parsing with a reviver. */
const DEEPEST = 1000;

function isTooDeep(text: string): boolean {
  if (text.length <= DEEPEST) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** A double keeps any 15 significant digits. */
const SAFE_DIGITS = 15;
const LONG_NUMBER = /[\d.]{16}|\d[eE]/;

/** ES2026, in Node since 22; TypeScript's library for our target does not have it yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  const digits = context.source.replace(/[eE].*/, "").replaceAll(/\D/g, "");
  return Number.isFinite(value) && digits.length <= SAFE_DIGITS ? value : rawJSON(context.source);
}
