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

export type CrestRule = {
  /** Said to people when this rule decides. */
  readonly name: string;
  /** Effective methods. */
  readonly methods: readonly string[];
  /** Whatever else the request has to be. */
  readonly when?: (request: CrestRequest) => boolean;
  readonly operation: Operation;
  readonly replay: ReplayClass | ((request: CrestRequest) => ReplayClass);
};

/** With any of the three parameters that make a read a query. */
function queries({ query }: CrestRequest): boolean {
  return query.has("_queryfilter") || query.has("_queryid") || query.has("_queryexpression");
}

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
export const CREST_RULES: readonly CrestRule[] = [
  { name: "GET with a query", methods: ["GET", "HEAD"], when: queries, operation: "query", replay: "read" },
  { name: "GET, HEAD or OPTIONS", methods: ["GET", "HEAD", "OPTIONS"], operation: "read", replay: "read" },
  {
    name: "PUT with If-None-Match: *",
    methods: ["PUT"],
    when: (r) => r.ifNoneMatch.kind === "any" && r.ifMatch.kind === "absent",
    operation: "create",
    replay: "guarded",
  },
  { name: "PUT with a revision", methods: ["PUT"], when: pinned, operation: "update", replay: "guarded" },
  { name: "PUT without a revision", methods: ["PUT"], operation: "update", replay: "idempotent" },
  {
    name: "DELETE with a revision",
    methods: ["DELETE"],
    when: pinned,
    operation: "delete",
    replay: "guarded",
  },
  { name: "DELETE without a revision", methods: ["DELETE"], operation: "delete", replay: "idempotent" },
  { name: "PATCH with a revision", methods: ["PATCH"], when: pinned, operation: "patch", replay: "guarded" },
  {
    name: "PATCH without a revision",
    methods: ["PATCH"],
    operation: "patch",
    replay: (r) => patchReplay(r.body),
  },
  { name: "POST that creates", methods: ["POST"], when: creates, operation: "create", replay: "unsafe" },
  { name: "POST with an action", methods: ["POST"], operation: "action", replay: "unsafe" },
];

const UNKNOWN: CrestRule = { name: "unknown method", methods: [], operation: "other", replay: "unsafe" };

/** Of each method its own rules, in their order. */
const BY_METHOD: ReadonlyMap<string, readonly CrestRule[]> = new Map(
  CREST_RULES.flatMap(({ methods }) => methods).map((method) => [
    method,
    CREST_RULES.filter(({ methods }) => methods.includes(method)),
  ]),
);

/** The rule that says what the request is. */
export function crestRule(request: CrestRequest): CrestRule {
  for (const rule of BY_METHOD.get(request.effectiveMethod) ?? [])
    if (rule.when === undefined || rule.when(request)) return rule;
  return UNKNOWN;
}

/** What sending it again would do, under the rule that speaks about it. Looks at the body when it has to. */
export function replayUnder({ replay }: CrestRule, request: CrestRequest): ReplayClass {
  return typeof replay === "function" ? replay(request) : replay;
}
