/**
 * What a request is: its dialect, its operation, what sending it again would do, and which row says so.
 * The operator's rows come first, then the profile's, then CREST's own rules.
 */
import { crestOperation } from "../crest/operation.ts";
import { asSeenBy, type RequestFacts, requestMatches } from "./request.ts";
import type { DialectRow, OperationRow } from "./rows.ts";
import type { Dialect, Operation, ReplayClass } from "./words.ts";

export type Classified = {
  readonly dialect: Dialect;
  readonly operation: Operation;
  readonly replay: ReplayClass;
  /** At most this many attempts, when a row says so. */
  readonly attempts: number | undefined;
  /** The row that decided the replay class, as `file:line`, or the name of CREST's rule. */
  readonly at: string;
};

export function classify(
  facts: RequestFacts,
  tables: { readonly dialects: readonly DialectRow[]; readonly operations: readonly OperationRow[] },
): Classified {
  const dialect = tables.dialects.find((row) => requestMatches(row.match, facts))?.dialect ?? "crest";
  const seen = asSeenBy(dialect, facts);
  let operation: Operation | undefined;
  let attempts: number | undefined;
  for (const row of tables.operations) {
    if (!requestMatches(row.match, seen)) continue;
    operation ??= row.operation;
    attempts ??= row.attempts;
    // A row without a word on replaying hides no other row's: a limit on attempts must not make anything repeatable.
    if (row.replay === undefined) continue;
    operation ??= crestOperation({ ...seen, method: seen.effectiveMethod }).operation;
    return { dialect, operation, replay: row.replay, attempts, at: row.at };
  }
  const own = crestOperation({ ...seen, method: seen.effectiveMethod });
  return {
    dialect,
    operation: operation ?? own.operation,
    replay: own.replay,
    attempts,
    at: `CREST: ${own.rule}`,
  };
}
