/**
 * What a request is: its dialect, its operation, what sending it again would do, and which row says so.
 * The operator's rows come first, then the profile's, then CREST's own rules.
 *
 * Nearly every path reads in one way only. One that a server could read in several (`/a/../b`, `/a%2fb`) is what the most
 * cautious reading makes of it: a row that says "this may be sent again" has to speak about every reading, and for one
 * that says "never" any is enough.
 */
import { crestRule, replayUnder } from "../crest/operation.ts";
import { type Operation, REPLAY_CLASSES, type ReplayClass } from "../crest/words.ts";
import { asSeenBy, type RequestFacts, requestMatches } from "./request.ts";
import type { DialectRow, OperationRow } from "./rows.ts";
import { type RequestTable, rowsAbout } from "./table.ts";
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

export type RequestTables = {
  readonly dialects: RequestTable<DialectRow>;
  readonly operations: RequestTable<OperationRow>;
  /** Of a path that reads in several ways: the rows of the route that each reading leads to. */
  readonly byReading?: readonly RequestTable<OperationRow>[] | undefined;
};

const CREST: Pick<DialectRow, "dialect" | "at"> = { dialect: "crest", at: "no row speaks" };

export function classify(facts: RequestFacts, tables: RequestTables): Classified {
  return facts.readings.length === 1 ? classifyAsRead(facts, tables) : mostCautious(facts, tables);
}

function mostCautious(facts: RequestFacts, { dialects, operations, byReading }: RequestTables): Classified {
  const all = facts.readings.map((reading, index) =>
    classifyAsRead(
      { ...facts, readings: [reading] },
      { dialects, operations: byReading?.[index] ?? operations },
    ),
  );
  const caution = ({ replay }: Classified): number => REPLAY_CLASSES.indexOf(replay);
  const found = all.reduce((most, each) => (caution(each) > caution(most) ? each : most));
  const limits = all.flatMap(({ attempts }) => attempts ?? []);
  // How errors are written is no matter of caution: the first row that knows any reading says it.
  const { dialect, at: dialectAt } = dialectOf(facts, dialects);
  return { ...found, dialect, dialectAt, attempts: limits.length === 0 ? undefined : Math.min(...limits) };
}

function classifyAsRead(facts: RequestFacts, { dialects, operations }: RequestTables): Classified {
  const { dialect, at: dialectAt } = dialectOf(facts, dialects);
  const seen = asSeenBy(dialect, facts);
  let operation: Operation | undefined;
  let attempts: number | undefined;
  for (const row of rowsAbout(operations, seen)) {
    if (!requestMatches(row.match, seen)) continue;
    operation ??= row.operation;
    attempts ??= row.attempts;
    // A row without a word on replaying hides no other row's: a limit on attempts must not make anything repeatable.
    if (row.replay === undefined) continue;
    operation ??= crestRule(seen).operation;
    return { dialect, dialectAt, operation, replay: row.replay, attempts, at: row.at };
  }
  const own = crestRule(seen);
  operation ??= own.operation;
  return {
    dialect,
    dialectAt,
    operation,
    replay: replayUnder(own, seen),
    attempts,
    at: `CREST: ${own.name}`,
  };
}

function dialectOf(facts: RequestFacts, dialects: RequestTable<DialectRow>): typeof CREST {
  for (const row of rowsAbout(dialects, facts)) if (requestMatches(row.match, facts)) return row;
  return CREST;
}
