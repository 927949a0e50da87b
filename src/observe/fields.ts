/**
 * What a line is made of: levels, fields, and how a word or a number stands in one. It knows no event and no logger.
 */
import { printable } from "./secrets.ts";

export type LineLevel = "debug" | "info" | "warn" | "error";

type Value = string | number | boolean | undefined;

/** What a line may say besides its message: flat but for lists of flat things, and named in the code, never by a caller. */
export type LogFields = Readonly<Record<string, Value | readonly Readonly<Record<string, Value>>[]>>;

export type WriteLine = (level: LineLevel, message: string, fields: LogFields) => void;

export const MAX_WORD_CHARS = 200;

/** Names: from the policy, but a family's may take a part of the path. */
export function word(text: string): string {
  return printable(text, MAX_WORD_CHARS);
}

export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
