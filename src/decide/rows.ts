/**
 * The shapes of the tables' rows, as compiled from the policy file and its profile.
 * First match wins everywhere; an absent condition always holds.
 */
import type { Operation, ReplayClass } from "../crest/words.ts";
import type { Glob, PathPattern } from "./pattern.ts";
import type { Dialect, FailureWord, Meaning, Origin } from "./words.ts";

/** What a row says about a request's head: all that is known when a route is chosen. */
export type HeadMatch = {
  /** Effective methods, upper case. */
  readonly methods?: readonly string[];
  /** Any of these patterns; matched against the exact and the decoded path. */
  readonly paths?: readonly PathPattern[];
  /** Query parameters by lower-case name; names compare without case, a value pattern too. */
  readonly query?: readonly { readonly name: string; readonly value: Glob }[];
  readonly headers?: readonly { readonly name: string; readonly value: Glob }[];
};

/** What a row says about a request. */
export type RequestMatch = HeadMatch & {
  /** Members of a form or JSON body by name; a row with this condition needs the held body. */
  readonly body?: readonly { readonly name: string; readonly value: Glob }[];
};

/**
 * What a request is. A row may say one thing or several. The first matching row that names a replay class is the last
 * one read; what nobody says CREST's own rules say.
 */
export type OperationRow = {
  readonly match: RequestMatch;
  readonly operation?: Operation;
  readonly replay?: ReplayClass;
  /** At most this many attempts for such requests, the first one included. */
  readonly attempts?: number;
  readonly at: string;
};

/** What an answer or a failure means. */
export type AnswerRow = {
  readonly when: {
    /** Inclusive ranges, e.g. 500 to 599 for `5xx`. */
    readonly statuses?: readonly { readonly from: number; readonly to: number }[];
    readonly origin?: Origin;
    readonly contentType?: Glob;
    /** Members of a JSON body by dotted name; `*` as value means: the member is there. */
    readonly body?: readonly { readonly name: string; readonly value: Glob }[];
    /** Against the body's `message`, or the whole text when it has none. */
    readonly message?: Glob;
    readonly headers?: readonly { readonly name: string; readonly value: Glob }[];
    readonly failures?: readonly FailureWord[];
    readonly operations?: readonly Operation[];
    readonly request?: RequestMatch;
  };
  readonly means: Meaning;
  readonly at: string;
};

/** Who made a response. */
export type OriginRow = { readonly when: AnswerRow["when"]; readonly origin: Origin; readonly at: string };

/** How a part of the API writes its errors. */
export type DialectRow = { readonly match: RequestMatch; readonly dialect: Dialect; readonly at: string };

/** Which family a path belongs to. A `*` in `family` takes the segment that the first `*` of the path matched. */
export type FamilyRow = {
  readonly paths: readonly PathPattern[];
  readonly family: string;
  readonly at: string;
};
