/**
 * An exception as flat fields, fit for a log: its text masked and bounded, its stack without the text, nothing else.
 * Errors carry requests, bodies and URLs in properties of their own; none of those are looked at.
 */
import { codeOf } from "../error-code.ts";
import { printable, shown } from "./secrets.ts";

const MAX_TEXT_CHARS = 1000;
const MAX_FRAME_CHARS = 300;
const MAX_FRAMES = 20;

export type ErrorFields = {
  readonly error: string;
  /** The system's or Node's word, e.g. `ECONNRESET`. */
  readonly errorCode: string | undefined;
  readonly cause: string | undefined;
  /** Frames, one a line, innermost first. */
  readonly stack: string;
};

export function errorFields(error: Error): ErrorFields {
  const { cause } = error;
  const code = codeOf(error);
  return {
    error: textOf(error),
    errorCode: code === undefined ? undefined : printable(code, 100),
    cause: cause instanceof Error ? textOf(cause) : undefined,
    stack: frames(error).join("\n"),
  };
}

function textOf(error: Error): string {
  return shown(`${error.name}: ${error.message}`, MAX_TEXT_CHARS);
}

/** A message may hold lines that look like frames: only what stands after it counts. */
function frames(error: Error): string[] {
  const stack = error.stack ?? "";
  const message = stack.indexOf(error.message);
  const below = message < 0 ? stack : stack.slice(message + error.message.length);
  return below
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .slice(0, MAX_FRAMES)
    .map((line) => shown(line.trim(), MAX_FRAME_CHARS));
}
