/**
 * What a request is in CREST, and what sending it again would do, by CREST's and HTTP's own rules.
 *
 * It knows verbs, parameters and preconditions; it has never heard of a path. What a particular API does differently
 * stands in the profile's `operations` rows, which are asked first.
 */
import { patchReplay } from "./patch.ts";
import type { Operation, ReplayClass } from "./words.ts";

/** What a conditional header demands, as far as it matters here. */
export type Precondition =
  | { readonly kind: "absent" | "any" | "malformed" }
  | { readonly kind: "tags"; readonly tags: readonly { readonly weak: boolean; readonly tag: string }[] };

export type CrestRequest = {
  /** The method on which CREST will act, upper case. */
  readonly effectiveMethod: string;
  /** By lower-case name: CREST matches parameter names without case. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly ifMatch: Precondition;
  readonly ifNoneMatch: Precondition;
  /** The held body; looked at only when the decision turns on it. */
  readonly body: Buffer | undefined;
};

type Rule = {
  /** Said to people when this rule decides. */
  readonly name: string;
  readonly when: (request: CrestRequest) => boolean;
  readonly operation: Operation;
  readonly replay: ReplayClass | ((request: CrestRequest) => ReplayClass);
};

const QUERY_PARAMETERS = ["_queryfilter", "_queryid", "_queryexpression"];

const is =
  (...methods: string[]) =>
  (request: CrestRequest) =>
    methods.includes(request.effectiveMethod);
const isQuery = (request: CrestRequest) => QUERY_PARAMETERS.some((name) => request.query.has(name));

/**
 * One strong revision and nothing else: `*` and weak tags still match after the change was made, and of several
 * revisions one could be the very one that the change makes.
 */
function pinned({ ifMatch }: CrestRequest): boolean {
  if (ifMatch.kind !== "tags") return false;
  const [only, ...others] = ifMatch.tags;
  return only !== undefined && others.length === 0 && !only.weak && only.tag !== "";
}

/** Without `_action` a POST creates (protocol 2.1 and later, the default); the action's name has no case. */
function creates({ query }: CrestRequest): boolean {
  const action = query.get("_action")?.[0];
  return action === undefined || action.toLowerCase() === "create";
}

/** First match wins. */
export const CREST_RULES: readonly Rule[] = [
  {
    name: "GET with a query",
    when: (r) => is("GET", "HEAD")(r) && isQuery(r),
    operation: "query",
    replay: "read",
  },
  { name: "GET, HEAD or OPTIONS", when: is("GET", "HEAD", "OPTIONS"), operation: "read", replay: "read" },
  {
    name: "PUT with If-None-Match: *",
    when: (r) => r.effectiveMethod === "PUT" && r.ifNoneMatch.kind === "any" && r.ifMatch.kind === "absent",
    operation: "create",
    replay: "guarded",
  },
  {
    name: "PUT with a revision",
    when: (r) => r.effectiveMethod === "PUT" && pinned(r),
    operation: "update",
    replay: "guarded",
  },
  { name: "PUT without a revision", when: is("PUT"), operation: "update", replay: "idempotent" },
  {
    name: "DELETE with a revision",
    when: (r) => r.effectiveMethod === "DELETE" && pinned(r),
    operation: "delete",
    replay: "guarded",
  },
  { name: "DELETE without a revision", when: is("DELETE"), operation: "delete", replay: "idempotent" },
  {
    name: "PATCH with a revision",
    when: (r) => r.effectiveMethod === "PATCH" && pinned(r),
    operation: "patch",
    replay: "guarded",
  },
  {
    name: "PATCH without a revision",
    when: is("PATCH"),
    operation: "patch",
    replay: (r) => patchReplay(r.body),
  },
  {
    name: "POST that creates",
    when: (r) => r.effectiveMethod === "POST" && creates(r),
    operation: "create",
    replay: "unsafe",
  },
  { name: "POST with an action", when: is("POST"), operation: "action", replay: "unsafe" },
];

/** The operation, its replay class and the name of the rule that said so. */
export function crestOperation(request: CrestRequest): {
  readonly operation: Operation;
  /** Looks at the body when it has to. */
  readonly replay: () => ReplayClass;
  readonly rule: string;
} {
  const rule = CREST_RULES.find((each) => each.when(request)) ?? UNKNOWN;
  const { replay } = rule;
  return {
    operation: rule.operation,
    replay: () => (typeof replay === "function" ? replay(request) : replay),
    rule: rule.name,
  };
}

const UNKNOWN: Rule = { name: "unknown method", when: () => true, operation: "other", replay: "unsafe" };
