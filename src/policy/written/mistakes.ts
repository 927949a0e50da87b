/**
 * Mistakes as people read them: one line each, the place first, so that an editor's or a terminal's link jumps there.
 */
import { nearest } from "./nearest.ts";

/** Something wrong in a policy file, with its place and its cure. */
export type Mistake = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The place in words: `routes[2].retry.attempts`. */
  readonly path: string;
  /** What is wrong and what was expected. */
  readonly message: string;
  /** An environment variable, where nothing is wrong but that it is not set here. */
  readonly unset?: string;
};

export type Path = readonly (string | number)[];

/**
 * One line for each mistake, `config/policy.yaml:14:9 routes[2].retry.attempts: expected …`; a mistake of the file as
 * a whole has no line, and one of the whole document no path.
 */
export function formatMistakes(mistakes: readonly Mistake[]): string {
  return mistakes
    .map(({ file, line, column, path, message }) => {
      const place = line > 0 ? `${file}:${line}:${column}` : file;
      return path === "" ? `${place}: ${message}` : `${place} ${path}: ${message}`;
    })
    .join("\n");
}

/** A mistake of the whole file: it has no line. */
export function fileMistake(file: string, message: string): Mistake {
  return { file, line: 0, column: 0, path: "", message };
}

/** In the order of the file, each said once. */
export function inOrder(mistakes: readonly Mistake[]): Mistake[] {
  const said = new Set<string>();
  return mistakes
    .filter((each) => {
      const line = formatMistakes([each]);
      return said.has(line) ? false : said.add(line);
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** `routes[2].retry.attempts`; keys that are no plain words stand in brackets and quotes. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, each) => {
    if (typeof each === "number") return `${text}[${each}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(each)) return `${text}[${JSON.stringify(each)}]`;
    return text === "" ? each : `${text}.${each}`;
  }, "");
}

/** How a value is quoted in a message: short, and collections by their kind only. */
export function shown(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

/** What to say of a key that nobody knows. */
export function unknownKey(key: string, known: readonly string[]): string {
  if (key === "<<") return "merge keys are not read: write the keys out, or use an alias for the whole value";
  const near = nearest(key, known);
  return near === undefined
    ? `unknown key ${shown(key)}; known here: ${known.join(", ")}`
    : `unknown key ${shown(key)}; did you mean "${near}"?`;
}
