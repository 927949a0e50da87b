/**
 * What a row of `answers` asks for that cannot all be true at once, whatever other rows there are: no attempt would ever
 * match it, or a condition in it would be passed over.
 */
import { crestRule, type Precondition } from "../../crest/operation.ts";
import { OPERATIONS, type Operation } from "../../crest/words.ts";
import type { AnswerRow, OperationRow, RequestMatch } from "../../decide/rows.ts";
import type { Origin } from "../../decide/words.ts";
import type { Source } from "../compile-routes.ts";
import { compileOperations } from "../compile-rows.ts";
import { namesConflict } from "./matches.ts";

type When = AnswerRow["when"];

/** Where in the row it is, by the key as written, and what to say of it. */
export type Contradiction = { readonly key: string; readonly message: string };

/** What rows elsewhere make possible. */
export type Possible = {
  readonly profile: string;
  readonly origins: ReadonlySet<Origin>;
  /** What a request with this effective method can be. */
  readonly operations: (method: string) => ReadonlySet<Operation>;
};

export function contradiction(when: When, possible: Possible): Contradiction | undefined {
  for (const find of [emptyRange, failedAndAnswered, origin, methodAndOperation, namesInItself]) {
    const found = find(when, possible);
    if (found) return found;
  }
  return undefined;
}

function emptyRange({ statuses }: When): Contradiction | undefined {
  const empty = statuses?.find(({ from, to }) => from > to);
  return (
    empty && {
      key: "status",
      message: `no status is from ${empty.from} to ${empty.to}: write ${empty.to}-${empty.from}`,
    }
  );
}

const OF_ANSWERS = [
  ["status", "statuses"],
  ["contentType", "contentType"],
  ["body", "body"],
  ["message", "message"],
  ["header", "headers"],
] as const satisfies readonly (readonly [string, keyof When])[];

function failedAndAnswered(when: When): Contradiction | undefined {
  if (!when.failures) return undefined;
  const [key] = OF_ANSWERS.find(([, member]) => when[member] !== undefined) ?? [];
  if (key)
    return {
      key,
      message: `a failure has no ${key}, for no answer came: take it out, or write a row of its own`,
    };
  if (!when.origin || when.origin === "gateway") return undefined;
  return { key: "origin", message: "a failure is always told by the gateway: take this out" };
}

function origin(
  { origin: asked, failures }: When,
  { origins, profile }: Possible,
): Contradiction | undefined {
  if (asked === undefined || failures || origins.has(asked)) return undefined;
  const message =
    asked === "gateway"
      ? "what the gateway says itself is not judged: name a failure instead, or take this out"
      : `with \`extends: ${profile}\` no answer is known to come from the ${asked}: take this out, or extend a profile that tells it`;
  return { key: "origin", message };
}

function methodAndOperation({ operations, request }: When, possible: Possible): Contradiction | undefined {
  const methods = request?.methods;
  if (!operations || !methods) return undefined;
  if (methods.some((method) => operations.some((each) => possible.operations(method).has(each))))
    return undefined;
  const message = `no ${methods.join(" or ")} is ever ${operations.map((each) => `"${each}"`).join(" or ")}: take out method or operation`;
  return { key: "operation", message };
}

function namesInItself({ headers, request }: When): Contradiction | undefined {
  return twoSpellings({ headers, query: request?.query });
}

/** Names of parameters and headers have no case, so that one of them can stand twice. */
export function twoSpellings(match: {
  readonly query?: RequestMatch["query"] | undefined;
  readonly headers?: RequestMatch["headers"] | undefined;
}): Contradiction | undefined {
  const message = "two spellings of one name ask for values that exclude each other: keep one of them";
  if (namesConflict(match.query, match.query)) return { key: "query", message };
  return namesConflict(match.headers, match.headers) ? { key: "header", message } : undefined;
}

/** What the profile and all operations rows of the file, wherever they stand, make possible. */
export function possibilities({ written, operator, profile }: Source, name: string): Possible {
  const rows = [written, ...(written.routes ?? [])].flatMap(({ operations }) =>
    compileOperations(operations, { document: operator.document, path: [] }),
  );
  const known = new Map<string, ReadonlySet<Operation>>();
  // A row that nobody can read may name any operation.
  const unreadable = ["operations", "routes"].some(operator.spoilt);
  const speaksElse = profile.dialects.some(({ dialect }) => dialect !== "crest");
  return {
    profile: name,
    origins: new Set<Origin>(["tenant", ...profile.origins.map(({ origin: each }) => each)]),
    operations: (method) => {
      const found =
        known.get(method) ??
        new Set(unreadable ? OPERATIONS : operationsOf(method, [...rows, ...profile.operations], speaksElse));
      known.set(method, found);
      return found;
    },
  };
}

/** Where CREST is not spoken, what is effectively any method goes out as the POST that carries the override. */
function operationsOf(method: string, rows: readonly OperationRow[], speaksElse: boolean): Operation[] {
  const named = rows.flatMap(({ match, operation }) =>
    operation && (!match.methods || [method, "POST"].some((each) => match.methods?.includes(each)))
      ? [operation]
      : [],
  );
  return [...named, ...byCrest(method), ...(speaksElse ? byCrest("POST") : [])];
}

const ABSENT: Precondition = { kind: "absent" };

/** What CREST's rules can make of a method, whatever else the request says. */
function byCrest(method: string): Operation[] {
  const queries = [[], ["_queryfilter"], ["_action"]];
  const preconditions: Precondition[] = [ABSENT, { kind: "any" }];
  return queries.flatMap((names) =>
    preconditions.map((ifNoneMatch) => {
      const query = new Map(names.map((name) => [name, ["x"]]));
      const request = { effectiveMethod: method, query, ifMatch: ABSENT, ifNoneMatch, body: undefined };
      return crestRule(request).operation;
    }),
  );
}
