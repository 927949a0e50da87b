/**
 * The kinds of values in the policy file, as schemas: what each may be, what it becomes, and the sentence that is said
 * when it is something else.
 */
import { z } from "zod";
import { shown, unknownKey } from "./mistakes.ts";
import { nearest } from "./nearest.ts";
import {
  DATA_RATE_PATTERN,
  DURATION_PATTERN,
  PERCENT_PATTERN,
  parseDataRate,
  parseDuration,
  parsePercent,
  parseSize,
  SIZE_PATTERN,
} from "./units.ts";

type Issue = {
  readonly input?: unknown;
  readonly code?: string | undefined;
  readonly keys?: readonly string[];
};

/** `expected WHAT, got …`, and the cure when one is known. */
function expects(what: string, cure: (given: unknown) => string | undefined = () => undefined) {
  return ({ input }: Issue): string => {
    if (input === undefined) return `missing: expected ${what}`;
    const hint = cure(input);
    return `expected ${what}, got ${shown(input)}${hint === undefined ? "" : `; ${hint}`}`;
  };
}

/** A map with these keys and no others; an unknown one is named with its nearest neighbour. */
export function section<const Shape extends z.core.$ZodLooseShape>(shape: Shape, what = "a map of settings") {
  const known = Object.keys(shape);
  const other = expects(what);
  return z.strictObject(shape, {
    // One line for each unknown key; the reader of the issues splits them again.
    error: (issue: Issue) => issue.keys?.map((key) => unknownKey(key, known)).join("\n") ?? other(issue),
  });
}

export function list<Item extends z.core.SomeType>(item: Item, what: string) {
  return z.array(item, { error: expects(`a list of ${what}`) });
}

/** One of them, or a list of at least one; always becomes a list. */
export function oneOrMany<Item extends z.ZodType>(item: Item, what: string) {
  return listOf(item, expects(`${what}, or a list of such`));
}

/** One word of a closed list. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: expectsWord(words) });
}

/** One word of a closed list, or a list of such. */
export function words<const Words extends readonly [string, ...string[]]>(list: Words) {
  return listOf(word(list), expectsWord(list));
}

function listOf<Item extends z.ZodType>(item: Item, error: (issue: Issue) => string) {
  return z
    .union([item, z.array(item, { error }).min(1, { error })], { error })
    .transform(
      (written): z.output<Item>[] => (Array.isArray(written) ? written : [written]) as z.output<Item>[],
    );
}

/** A duration, becoming milliseconds. */
export function duration(bounds: { min?: string; max?: string } = {}) {
  const { min = "1ms", max = "24h" } = bounds;
  const error = expects(`a duration from ${min} to ${max}, such as 500ms or 30s`, missingUnit("s", "ms"));
  const fits = (text: string) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms >= (parseDuration(min) ?? 0) && ms <= (parseDuration(max) ?? 0);
  };
  return z
    .string({ error })
    .regex(DURATION_PATTERN, { error, abort: true })
    .refine(fits, { error })
    .transform((text) => parseDuration(text) ?? 0);
}

/** A size, becoming bytes. */
export function size(bounds: { min?: string; max?: string } = {}) {
  const { min = "0B", max = "16GiB" } = bounds;
  const error = expects(
    `a size from ${min} to ${max} in B, KiB, MiB or GiB, such as 64KiB`,
    missingUnit("KiB", "B"),
  );
  const fits = (text: string) => {
    const bytes = parseSize(text);
    return bytes !== undefined && bytes >= (parseSize(min) ?? 0) && bytes <= (parseSize(max) ?? 0);
  };
  return z
    .string({ error })
    .regex(SIZE_PATTERN, { error, abort: true })
    .refine(fits, { error })
    .transform((text) => parseSize(text) ?? 0);
}

/** A size in a second, becoming bytes a second. */
export function dataRate(bounds: { readonly min: string; readonly max: string }) {
  const { min, max } = bounds;
  const error = expects(
    `a rate from ${min} to ${max} in B, KiB or MiB a second, such as 1KiB/s`,
    missingSecond,
  );
  const fits = (text: string) => {
    const rate = parseDataRate(text);
    return rate !== undefined && rate >= (parseDataRate(min) ?? 0) && rate <= (parseDataRate(max) ?? 0);
  };
  return z
    .string({ error })
    .regex(DATA_RATE_PATTERN, { error, abort: true })
    .refine(fits, { error })
    .transform((text) => parseDataRate(text) ?? 0);
}

/** A size, becoming bytes, or one word that stands for none. */
export function sizeOr<const Word extends string>(word: Word, bounds: { min?: string; max?: string } = {}) {
  const { min = "0B", max = "16GiB" } = bounds;
  const error = expects(
    `a size from ${min} to ${max} in B, KiB, MiB or GiB, such as 64KiB, or ${word}`,
    missingUnit("KiB", "B"),
  );
  return z.union([z.literal(word), size(bounds)], { error });
}

/** `20%` or 20, becoming a ratio. */
export function percent(min: number) {
  const error = expects(`a percentage from ${min}% to 100%`);
  const fits = (written: string | number) => (parsePercent(written) ?? -1) * 100 >= min;
  return z
    .union([z.number({ error }), z.string({ error }).regex(PERCENT_PATTERN, { error })], { error })
    .refine(fits, { error })
    .transform((written) => parsePercent(written) ?? 0);
}

export function whole(min: number, max: number) {
  const error = expects(`a whole number from ${min} to ${max}`);
  return z.number({ error }).int({ error, abort: true }).min(min, { error }).max(max, { error });
}

export function amount(min: number, max: number) {
  const error = expects(`a number from ${min} to ${max}`);
  return z.number({ error }).min(min, { error }).max(max, { error });
}

export function flag() {
  return z.boolean({ error: expects("true or false") });
}

export function exactly<const Value extends string | number>(value: Value) {
  return z.literal(value, { error: expects(shown(value)) });
}

export function text(what: string, pattern?: RegExp) {
  const error = expects(what);
  return z.string({ error }).regex(pattern ?? /\S/, { error });
}

/** A name as metric labels want it. */
export function label(what: string) {
  return text(`${what} of 1 to 40 characters from a-z, 0-9 and -`, /^[a-z0-9-]{1,40}$/);
}

/** A text pattern; numbers and truth values are taken as their text, so that `error.code: 503` needs no quotes. */
export function pattern() {
  const error = expects("a text, in which * stands for anything");
  return z
    .union([z.string({ error }), z.number({ error }), z.boolean({ error })], { error })
    .transform((written) => String(written));
}

/** Patterns by name: all of them have to hold. */
export function patterns(what: string) {
  const error = expects(`${what} and their patterns, such as { name: 'text*' }`);
  return z
    .record(z.string().min(1, { error }), pattern(), { error })
    .refine((given) => Object.keys(given).length > 0, {
      error,
    });
}

/** Texts by name; numbers and truth values are taken as their text, so that `Retry-After: 2` needs no quotes. */
export function texts(what: string) {
  const error = expects(`${what}, such as { Name: value }`);
  const value = z
    .union([z.string({ error }), z.number({ error }), z.boolean({ error })], { error })
    .transform((written) => String(written));
  return z.record(z.string().min(1, { error }), value, { error });
}

/** The whole list is recited only when no word of it is near. */
function expectsWord(words: readonly string[]) {
  const other = expects(
    words.length === 1 ? String(words[0]) : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
  );
  return (issue: Issue): string => {
    const near = typeof issue.input === "string" ? nearest(issue.input, words) : undefined;
    return near === undefined ? other(issue) : `unknown word ${shown(issue.input)}; did you mean "${near}"?`;
  };
}

function missingSecond(given: unknown): string | undefined {
  if (typeof given === "string" && SIZE_PATTERN.test(given)) return `write in what time: ${given}/s`;
  return missingUnit("KiB/s", "B/s")(given);
}

function missingUnit(...units: readonly string[]) {
  return (given: unknown): string | undefined =>
    typeof given === "number" || (typeof given === "string" && /^\d+$/.test(given))
      ? `write the unit: ${units.map((unit) => `${given}${unit}`).join(" or ")}`
      : undefined;
}
