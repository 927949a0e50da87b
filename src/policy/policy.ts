/**
 * The operator's policy, compiled and frozen: what an exchange keeps from beginning to end.
 * `written/schema.ts` describes the file as written, `load.ts` turns one into the other.
 */

import type { Outcome } from "../decide/outcome.ts";
import type { Glob } from "../decide/pattern.ts";
import type { AnswerRow, DialectRow, FamilyRow, HeadMatch, OperationRow, OriginRow } from "../decide/rows.ts";
import type { OutcomeTable, RequestTable } from "../decide/table.ts";
import type { MeaningsTable } from "../decide/verdict.ts";
import type { Access } from "../decide/words.ts";
import type { FamilySettings } from "../guard/settings.ts";
import type { HeaderList } from "../http/headers.ts";
import type { Mistake } from "./written/mistakes.ts";
import type { ExpectedWritten } from "./written/schema.ts";

export type Policy = {
  /** The first twelve hex digits of the SHA-256 of the file and its profile. */
  readonly hash: string;
  /** Where it was read from, as shown to people. */
  readonly file: string;
  /** `aic`, `crest` or `none`. */
  readonly profile: string;
  readonly warnings: readonly Mistake[];
  /** Operator's routes in the order of the file; the first match wins. */
  readonly routes: RequestTable<Route>;
  /** What serves requests that no route matches; its label is the family's name, or `default`. */
  readonly fallback: Route;
  readonly families: RequestTable<FamilyRow>;
  /** The numbers of a family, by its name (also of families that were never named in the file). */
  readonly familySettings: (family: string) => FamilySettings;
  readonly origins: OutcomeTable<OriginRow>;
  readonly dialects: RequestTable<DialectRow>;
  /** All held request bodies together. */
  readonly replayMemoryBytes: number;
  readonly forwarded: "none" | "append";
  /** The connections to the tenant. */
  readonly connection: {
    /** Without a request. */
    readonly idleMs: number;
    readonly maxAgeMs: number;
    /** Of an answer. */
    readonly headBytes: number;
  };
  readonly listener: ListenerSettings;
  /** Names of fields that the tenant takes and never gives back, such as passwords. */
  readonly neverReturned: readonly Glob[];
  /** What the file itself says has to hold of it. */
  readonly tests: readonly PolicyTest[];
};

/** What callers' connections may do, and how long. */
export type ListenerSettings = {
  /** Between two requests. */
  readonly idleMs: number;
  /** A request's target and fields together. */
  readonly headBytes: number;
  /** From a request's first byte to the end of its head. */
  readonly headersMs: number;
  /** Over how long `minBytesPerSecond` has to hold, of a body that comes and of an answer that is taken. */
  readonly stallMs: number;
  readonly minBytesPerSecond: number;
};

/** A request, what the tenant says to it, and what the gateway has to make of that. */
export type PolicyTest = {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly headers: HeaderList;
    readonly body: string | undefined;
  };
  /** Undefined when the test speaks about the request alone. */
  readonly outcome: Outcome | undefined;
  readonly expect: ExpectedWritten;
  readonly at: string;
};

export type Route = {
  /** The metric label. */
  readonly name: string;
  /** The body is not there yet: how much of it is held is the route's own word. */
  readonly match: HeadMatch;
  readonly family: string | undefined;
  /** Whether a create by POST is sent as a PUT that may be sent again. */
  readonly replayableCreates: boolean;
  readonly settings: RouteSettings;
  /** A route's own rows, then the operator's, then the profile's. */
  readonly operations: RequestTable<OperationRow>;
  readonly answers: OutcomeTable<AnswerRow>;
  readonly meanings: MeaningsTable;
  readonly at: string;
};

export type RouteSettings = {
  /** One clock for everything: attempts, waits, the answer's first byte. */
  readonly deadlineMs: number;
  readonly attempt: {
    /** Until the answer's head. */
    readonly timeoutMs: number;
    /** Until connected, the TLS handshake included. */
    readonly connectMs: number;
    /** Between two pieces of the answer's body. */
    readonly idleMs: number;
  };
  readonly retry: {
    /** The first one included. */
    readonly attempts: number;
    readonly backoff: { readonly baseMs: number; readonly maxMs: number };
    readonly retryAfterMaxMs: number;
  };
  readonly replayMaxBodyBytes: number;
  readonly errors: "crest" | "problem" | "passthrough";
  readonly lostAnswers: "read-back" | "annotate";
  readonly access: Access;
  /** The longest request body; undefined when there is no limit. */
  readonly maxRequestBytes: number | undefined;
};

/** Freezes plain data through and through; functions and what they hold are left alone. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
