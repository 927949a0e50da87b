/**
 * Rows as written become rows as matched: patterns compiled, names in lower case, statuses as ranges, each row with
 * the line it stands on.
 */
import { compileGlob, compilePath } from "../decide/pattern.ts";
import type { AnswerRow, HeadMatch, OperationRow, RequestMatch } from "../decide/rows.ts";
import type { Verdict } from "../decide/verdict.ts";
import { MEANINGS, type Meaning } from "../decide/words.ts";
import type { Document } from "./written/document.ts";
import type { Path } from "./written/mistakes.ts";
import type {
  AnswerRowWritten,
  MeaningsWritten,
  OperationRowWritten,
  OutcomeMatchWritten,
  RequestMatchWritten,
  VerdictWritten,
} from "./written/schema-rows.ts";

/** Where a table stands: rows take their line from it. */
export type TableAt = { readonly document: Document; readonly path: Path };

export function compileMatch(written: RequestMatchWritten): RequestMatch {
  const { body } = written;
  return { ...compileHeadMatch(written), ...(body && { body: namedGlobs(body) }) };
}

/** Without what is asked of the body. */
export function compileHeadMatch(written: RequestMatchWritten): HeadMatch {
  const { method, path, query, header } = written;
  return {
    ...(method && { methods: method.map((each) => each.toUpperCase()) }),
    ...(path && { paths: path.map(compilePath) }),
    ...(query && { query: namedGlobs(query, lowerCase) }),
    ...(header && { headers: namedGlobs(header, lowerCase) }),
  };
}

export function compileWhen(written: OutcomeMatchWritten): AnswerRow["when"] {
  const { status, origin, contentType, body, message, header, failure, operation, ...request } = written;
  return {
    ...(status && { statuses: status.map(statusRange) }),
    ...(origin && { origin }),
    ...(contentType !== undefined && { contentType: compileGlob(contentType) }),
    ...(body && { body: namedGlobs(body) }),
    ...(message !== undefined && { message: compileGlob(message) }),
    ...(header && { headers: namedGlobs(header, lowerCase) }),
    ...(failure && { failures: failure }),
    ...(operation && { operations: operation }),
    ...(Object.keys(request).length > 0 && { request: compileMatch(request) }),
  };
}

export function compileOperations(
  rows: readonly OperationRowWritten[] | undefined,
  at: TableAt,
): OperationRow[] {
  return (rows ?? []).map(({ match, operation, replay, attempts }, index) => ({
    match: compileMatch(match),
    ...(operation && { operation }),
    ...(replay && { replay }),
    ...(attempts !== undefined && { attempts }),
    at: lineOf(at, "operations", index),
  }));
}

export function compileAnswers(rows: readonly AnswerRowWritten[] | undefined, at: TableAt): AnswerRow[] {
  return (rows ?? []).map(({ when, means }, index) => ({
    when: compileWhen(when),
    means,
    at: lineOf(at, "answers", index),
  }));
}

/** What follows from each meaning, where `table` says something; the rest, and what a row leaves out, as in `below`. */
export function compileMeanings(
  table: MeaningsWritten | undefined,
  at: TableAt,
  below: Readonly<Partial<Record<Meaning, Verdict>>>,
): Partial<Record<Meaning, Verdict>> {
  const compiled: Partial<Record<Meaning, Verdict>> = { ...below };
  for (const meaning of MEANINGS) {
    const written = table?.[meaning];
    if (written === undefined) continue;
    compiled[meaning] = {
      ...CAUTIOUS,
      ...below[meaning],
      ...compileVerdict(written),
      at: lineOf(at, "meanings", meaning),
    };
  }
  return compiled;
}

/** What a row that says less than everything falls back on when no table below says more. */
const CAUTIOUS = { processed: "unknown", retry: "never", health: "neutral" } as const;

function compileVerdict(written: VerdictWritten): Partial<Verdict> {
  const { processed, retry, health, attempts, minDelay, oncePerPath, closesGate } = written;
  return {
    ...(processed && { processed }),
    ...(retry && { retry }),
    ...(health && { health }),
    ...(attempts !== undefined && { attempts }),
    ...(minDelay !== undefined && { minDelayMs: minDelay }),
    ...(oncePerPath !== undefined && { oncePerPath }),
    ...(closesGate !== undefined && { closesGate }),
  };
}

export function lineOf({ document, path }: TableAt, table: string, row: string | number): string {
  return document.at([...path, table, row]);
}

/** 503 is itself; `5xx` its hundred; `500-504` both ends included. */
function statusRange(written: number | string): { from: number; to: number } {
  if (typeof written === "number") return { from: written, to: written };
  if (written.endsWith("xx")) return { from: Number(written[0]) * 100, to: Number(written[0]) * 100 + 99 };
  const [from = written, to = from] = written.split("-");
  return { from: Number(from), to: Number(to) };
}

const lowerCase = (name: string): string => name.toLowerCase();

function namedGlobs(written: Readonly<Record<string, string>>, toName = (name: string): string => name) {
  return Object.entries(written).map(([name, value]) => ({ name: toName(name), value: compileGlob(value) }));
}
