/**
 * What a request is: its dialect, its operation, what sending it again would do, and which row says so.
 * The operator's rows come first, then the profile's, then CREST's own rules.
 */
import { crestRule, replayUnder } from "../crest/operation.ts";
import type { Operation, ReplayClass } from "../crest/words.ts";
import { asSeenBy, type RequestFacts, requestMatches } from "./request.ts";
import type { DialectRow, OperationRow } from "./rows.ts";
import type { Dialect } from "./words.ts";

export type Classified = {
  readonly dialect: Dialect;
  /** The dialects row that decided, as `file:line`. */
  readonly dialectAt: string;
  readonly operation: Operation;
  readonly replay: ReplayClass;
  /** At most this many attempts, when a row says so. */
  readonly attempts: number | undefined;
  /** The row that decided the replay class, as `file:line`, or the name of CREST's rule. */
  readonly at: string;
};

const CREST: Pick<DialectRow, "dialect" | "at"> = { dialect: "crest", at: "no row speaks" };

export function classify(
  facts: RequestFacts,
  tables: { readonly dialects: readonly DialectRow[]; readonly operations: readonly OperationRow[] },
): Classified {
  const spoken = tables.dialects.find((row) => requestMatches(row.match, facts)) ?? CREST;
  const { dialect, at: dialectAt } = spoken;
  const seen = asSeenBy(dialect, facts);
  const own = crestRule(seen);
  let operation: Operation | undefined;
  let attempts: number | undefined;
  for (const row of tables.operations) {
    if (!requestMatches(row.match, seen)) continue;
    operation ??= row.operation;
    attempts ??= row.attempts;
    // A row without a word on replaying hides no other row's: a limit on attempts must not make anything repeatable.
    if (row.replay === undefined) continue;
    return {
      dialect,
      dialectAt,
      operation: operation ?? own.operation,
      replay: row.replay,
      attempts,
      at: row.at,
    };
  }
  return {
    dialect,
    dialectAt,
    operation: operation ?? own.operation,
    replay: replayUnder(own, seen),
    attempts,
    at: `CREST: ${own.name}`,
  };
}
