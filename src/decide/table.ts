/**
 * The policy's tables as they are asked: rows in their order, and beside them what finds the few that can speak about
 * this request, this answer or this failure. Made once, when the policy is compiled.
 *
 * A table only leaves out rows that cannot hold. Whether one of the others does, and what follows when it does, is for
 * `request.ts` and `judge.ts` to say.
 */
import type { Operation } from "../crest/words.ts";
import { anyInAll, type Facet, facet, pushRows, type RowSet, rowSet } from "./facet.ts";
import type { Outcome } from "./outcome.ts";
import { lastSpeltOut, pinnedAt } from "./pattern.ts";
import type { RequestHead } from "./request.ts";
import type { AnswerRow, FamilyRow, HeadMatch } from "./rows.ts";
import type { FailureWord } from "./words.ts";

/** Rows about requests: operations, dialects, families, and the routes themselves. */
export type RequestTable<Row> = {
  readonly rows: readonly Row[];
  /** Each row as often as it has paths: the sets below speak of these. */
  readonly ways: readonly Row[];
  readonly methods: Facet<string>;
  /** By the path's segment at each place, down to the last one that a row spells out. */
  readonly segments: readonly Facet<string | undefined>[];
};

export function requestTable<Row extends { readonly match: HeadMatch }>(
  rows: readonly Row[],
): RequestTable<Row> {
  return indexed(rows, ({ match }) => match);
}

export function familyTable(rows: readonly FamilyRow[]): RequestTable<FamilyRow> {
  return indexed(rows, ({ paths }) => ({ paths }));
}

function indexed<Row>(rows: readonly Row[], matchOf: (row: Row) => HeadMatch): RequestTable<Row> {
  const ways = rows.flatMap((row) => {
    const { methods, paths = [undefined] } = matchOf(row);
    return paths.map((path) => ({ row, methods, path }));
  });
  const places = 1 + Math.max(0, ...ways.map(({ path }) => (path ? lastSpeltOut(path.source) : 0)));
  return {
    rows,
    ways: ways.map(({ row }) => row),
    methods: facet(ways, ({ methods }) => methods),
    segments: Array.from({ length: places }, (_, place) =>
      facet(ways, ({ path }) => {
        const pinned = path && pinnedAt(path.source, place);
        return pinned && [pinned.segment];
      }),
    ),
  };
}

/** The rows that can speak about the request, by its method and by any reading of its path. */
export function rowsAbout<Row>({ ways, methods, segments }: RequestTable<Row>, head: RequestHead): Row[] {
  const found: Row[] = [];
  const byMethod = methods.named.get(head.effectiveMethod) ?? methods.others;
  for (let word = 0; word < byMethod.length; word++) {
    let byAnyReading = 0;
    for (const reading of head.readings) {
      let bits = byMethod[word] ?? 0;
      // In front of the first slash there is nothing to tell rows by.
      for (let place = 1; place < segments.length && bits !== 0; place++) {
        const here = segments[place];
        if (here) bits &= (here.named.get(reading[place]) ?? here.others)[word] ?? 0;
      }
      byAnyReading |= bits;
    }
    if (byAnyReading !== 0) pushRows(found, ways, word, byAnyReading);
  }
  return found;
}

/** Rows about what came of an attempt: answers and origins. */
export type OutcomeTable<Row> = {
  readonly rows: readonly Row[];
  readonly statuses: Facet<number>;
  readonly failures: Facet<FailureWord>;
  readonly operations: Facet<Operation>;
  /** The rows that ask for anything of the body, and those of them that ask for a message, be it JSON or not. */
  readonly asksForBody: RowSet;
  readonly asksForMessage: RowSet;
};

export function outcomeTable<Row extends Pick<AnswerRow, "when">>(rows: readonly Row[]): OutcomeTable<Row> {
  return {
    rows,
    // A row that names failures speaks about no answer, and one that names none about answers alone.
    statuses: facet(rows, ({ when }) => (when.failures ? [] : statusesOf(when))),
    failures: facet(rows, ({ when }) => when.failures ?? []),
    operations: facet(rows, ({ when }) => when.operations),
    asksForBody: rowSet(rows, ({ when }) => (when.message ?? when.body) !== undefined),
    asksForMessage: rowSet(rows, ({ when }) => when.message !== undefined),
  };
}

/** The rows that can speak about what came of such a request. */
export function rowsOn<Row>(table: OutcomeTable<Row>, outcome: Outcome, operation: Operation): Row[] {
  const { rows, statuses, failures, operations } = table;
  const found: Row[] = [];
  const byOutcome =
    outcome.kind === "failed"
      ? (failures.named.get(outcome.failure) ?? failures.others)
      : (statuses.named.get(outcome.status) ?? statuses.others);
  const byOperation = operations.named.get(operation) ?? operations.others;
  for (let word = 0; word < byOutcome.length; word++) {
    const bits = (byOutcome[word] ?? 0) & (byOperation[word] ?? 0);
    if (bits !== 0) pushRows(found, rows, word, bits);
  }
  return found;
}

/** What rows about an answer of this status ask of its body: whatever it is, only when it is JSON, or nothing. */
export function bodyAsked(
  table: OutcomeTable<unknown>,
  status: number,
  operation: Operation,
): "any" | "json" | "nothing" {
  const { statuses, operations, asksForBody, asksForMessage } = table;
  const byStatus = statuses.named.get(status) ?? statuses.others;
  const byOperation = operations.named.get(operation) ?? operations.others;
  if (!anyInAll(byStatus, byOperation, asksForBody)) return "nothing";
  return anyInAll(byStatus, byOperation, asksForMessage) ? "any" : "json";
}

function statusesOf({ statuses }: AnswerRow["when"]): number[] | undefined {
  return statuses?.flatMap(({ from, to }) =>
    Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index),
  );
}
