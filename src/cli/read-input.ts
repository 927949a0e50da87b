/** A text that somebody hands over: from a file, or from standard input. It never changes what it reads. */
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { codeOf } from "../error-code.ts";

const NOT_UTF8 = "this is no UTF-8 text, and would come out changed: save it as UTF-8";

/** `-` is standard input; else a file, or why it cannot be read. */
export async function readInput(
  file: string,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  const name = file === "-" ? "standard input" : file;
  try {
    const text = utf8(file === "-" ? await buffer(process.stdin) : readFileSync(file));
    return text === undefined ? { problem: `${name}: ${NOT_UTF8}` } : { text };
  } catch (error) {
    return { problem: unreadable(name, error) };
  }
}

/** Why nothing can be read from there, in a sentence. */
export function unreadable(name: string, error: unknown): string {
  const code = codeOf(error);
  return `${name}: ${code === "ENOENT" ? "there is no such file" : `cannot be read (${code ?? "unknown reason"})`}`;
}

/** Undefined where a byte would have to be replaced. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
