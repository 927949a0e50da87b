/**
 * A document against its schema: every mistake with its place, and what is left when the mistaken parts are taken out,
 * so that the checks across fields can run in the same round.
 */
import type { z } from "zod";
import type { Document, Parsed } from "./document.ts";
import type { Mistake } from "./mistakes.ts";
import { formatPath, type Path } from "./mistakes.ts";

export type Validated<T> = {
  /** Undefined when nothing usable is left. */
  readonly value: T | undefined;
  readonly mistakes: readonly Mistake[];
  /** Whether the value at this place, or something in it, was taken out: what was meant there is not known. */
  readonly spoilt: (path: string) => boolean;
};

/** Each round takes out at least one mistaken part; more rounds than this mean that nothing useful remains. */
const MAX_ROUNDS = 50;

/** So many mistakes at once are made by another kind of file: the first ones tell which, and nobody reads the rest. */
const MOST_FINDINGS = 100;

const NOTHING = { value: undefined, spoilt: (): boolean => true } as const;

export function validate<T>(schema: z.ZodType<T>, parsed: Parsed & { document: Document }): Validated<T> {
  const { document, unusable } = parsed;
  const first = findings(schema, document);
  const known = new Set(unusable.map(formatPath));
  const mistakes = first.found
    .slice(0, MOST_FINDINGS)
    .filter(({ path }) => !known.has(formatPath(path)))
    .map(({ mistake }) => mistake());
  if (first.found.length > MOST_FINDINGS) return { ...NOTHING, mistakes };

  const taken: string[] = [];
  let { value } = first;
  let doomed: readonly Path[] = [...unusable, ...first.found.map(({ path }) => path)];
  for (let round = 0; doomed.length > 0 && round < MAX_ROUNDS; round++) {
    taken.push(...doomed.map(document.pathAsWritten));
    if (!document.prune(doomed)) return { ...NOTHING, mistakes };
    const next = findings(schema, document);
    value = next.value;
    doomed = next.found.map(({ path }) => path);
  }
  const spoilt = (path: string) => taken.some((each) => isWithin(each, path) || isWithin(path, each));
  return { value, mistakes, spoilt };
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || (path.startsWith(ancestor) && /^[.[]/.test(path.slice(ancestor.length)));
}

type Finding = { readonly path: Path; readonly mistake: () => Mistake };

function findings<T>(
  schema: z.ZodType<T>,
  document: Document,
): { value: T | undefined; found: readonly Finding[] } {
  const result = schema.safeParse(document.values());
  if (result.success) return { value: result.data, found: [] };
  const { issues } = result.error;
  // What a map lacks may stand there under a misspelt key.
  const found = issues.filter(
    ({ code, path }) =>
      code !== "custom" ||
      !issues.some((other) => other.code === "unrecognized_keys" && other.path.join() === path.join()),
  );
  return { value: undefined, found: found.flatMap((issue) => fromIssue(document, issue, [])) };
}

function fromIssue(document: Document, issue: z.core.$ZodIssue, above: Path): Finding[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  if (issue.code === "unrecognized_keys") {
    const messages = issue.message.split("\n");
    return issue.keys.map((key, index) => {
      const at = [...path, key];
      return { path: at, mistake: () => document.keyMistake(at, messages[index] ?? "unknown key") };
    });
  }
  if (issue.code === "invalid_union") {
    // The alternative that got further into the value is the one that was meant.
    const meant = issue.errors.find((branch) => branch.some((each) => each.path.length > 0));
    if (meant) return meant.flatMap((each) => fromIssue(document, each, path));
  }
  return [{ path, mistake: () => document.mistake(path, issue.message) }];
}
