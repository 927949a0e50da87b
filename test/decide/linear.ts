/**
 * The tables as one long list: every row is asked in turn, from the first to the last, whatever it is about. What the
 * gateway finds by an index has to be what is found like this.
 */
import { CREST_RULES, replayUnder } from "../../src/crest/operation.ts";
import { type Operation, REPLAY_CLASSES } from "../../src/crest/words.ts";
import type { Classified, RequestTables } from "../../src/decide/classify.ts";
import type { JudgementTables } from "../../src/decide/judge.ts";
import type { Answered, Outcome } from "../../src/decide/outcome.ts";
import type { Glob } from "../../src/decide/pattern.ts";
import { asSeenBy, headMatches, type RequestFacts } from "../../src/decide/request.ts";
import type { AnswerRow, HeadMatch, RequestMatch } from "../../src/decide/rows.ts";
import { headerValue } from "../../src/http/headers.ts";
import { isJson, mediaType } from "../../src/http/media-type.ts";
import { jsonOf, memberOf } from "../../src/json.ts";
import type { Policy } from "../../src/policy/policy.ts";

type When = AnswerRow["when"];
type Asked = { readonly facts: RequestFacts; readonly operation: Operation };

/** Paths are asked as texts, each reading of each; the rest of a match knows no index. */
export function matches({ paths, ...others }: RequestMatch, facts: RequestFacts): boolean {
  const { methods, body, ...head } = others;
  if (methods && !methods.some((each) => each === facts.effectiveMethod)) return false;
  if (paths && !paths.some((path) => facts.target.matchPaths.some(path.matches))) return false;
  return headMatches(head, facts) && (!body || bodyHolds(body, facts));
}

function bodyHolds(body: NonNullable<RequestMatch["body"]>, facts: RequestFacts): boolean {
  const json = jsonOf(facts.body?.toString("utf8"));
  return body.every(({ name, value }) => {
    const member = memberOf(json, name);
    return (
      member !== undefined && value.matches(typeof member === "string" ? member : JSON.stringify(member))
    );
  });
}

export function linearJudge(outcome: Outcome, asked: Asked, { origins, answers, meanings }: JudgementTables) {
  const failed = outcome.kind === "failed";
  const spoke = failed
    ? ({ origin: "gateway", at: "no answer came" } as const)
    : (origins.rows.find(({ when }) => holds(when, outcome, asked, undefined)) ??
      ({ origin: "tenant", at: "no row speaks" } as const));
  const row = answers.rows.find(({ when }) => holds(when, outcome, asked, spoke.origin));
  return {
    origin: spoke.origin,
    originAt: spoke.at,
    ...(row && { meaning: row.means, verdict: meanings[row.means] }),
    at: row?.at ?? "by status class",
  };
}

export function linearBodyMatters(
  { status, headers }: Pick<Answered, "status" | "headers">,
  operation: Operation,
  { origins, answers }: Pick<JudgementTables, "origins" | "answers">,
): boolean {
  const json = isJson(mediaType(headerValue(headers, "content-type")).type);
  return [...answers.rows, ...origins.rows].some(
    ({ when }) =>
      (when.message !== undefined || (json && when.body !== undefined)) &&
      (!when.statuses || when.statuses.some(({ from, to }) => status >= from && status <= to)) &&
      (!when.operations || when.operations.includes(operation)),
  );
}

function holds(
  when: When,
  outcome: Outcome,
  { facts, operation }: Asked,
  origin: string | undefined,
): boolean {
  if (
    outcome.kind === "failed"
      ? !when.failures?.includes(outcome.failure)
      : !answerHolds(when, outcome, origin)
  )
    return false;
  if (when.operations && !when.operations.includes(operation)) return false;
  return !when.request || matches(when.request, facts);
}

function answerHolds(when: When, { status, headers, text }: Answered, origin: string | undefined): boolean {
  const json = jsonOf(text);
  const message = memberOf(json, "message");
  const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return [
    when.failures === undefined,
    when.statuses?.some(({ from, to }) => status >= from && status <= to),
    when.origin === undefined || when.origin === origin,
    when.contentType?.matches(mediaType(headerValue(headers, "content-type")).type),
    when.headers?.every(({ name, value }) => fits(value, headerValue(headers, name))),
    when.message && fits(when.message, typeof message === "string" ? message : text),
    when.body?.every(({ name, value }) => fits(value, textOf(name.split(".").reduce(memberOf, json)))),
  ].every((holding) => holding ?? true);
}

const fits = (glob: Glob, text: string | undefined): boolean => text !== undefined && glob.matches(text);

/** Each reading of the path by itself; of the classes the one that allows the least, of limits the lowest. */
export function linearClassify(facts: RequestFacts, tables: RequestTables): Classified {
  const { dialect, dialectAt } = linearAsRead(facts, tables);
  const all = facts.target.matchPaths.map((path) =>
    linearAsRead({ ...facts, target: { ...facts.target, matchPaths: [path] } }, tables),
  );
  const worst = Math.max(...all.map(({ replay }) => REPLAY_CLASSES.indexOf(replay)));
  const found = all.find(({ replay }) => REPLAY_CLASSES.indexOf(replay) === worst);
  if (!found) throw new Error("a path has at least one reading");
  const attempts = all.flatMap((each) => each.attempts ?? []).sort((a, b) => a - b)[0];
  return { ...found, attempts, dialect, dialectAt };
}

function linearAsRead(facts: RequestFacts, { dialects, operations }: RequestTables): Classified {
  const spoken = dialects.rows.find(({ match }) => matches(match, facts));
  const dialect = spoken?.dialect ?? "crest";
  const seen = asSeenBy(dialect, facts);
  const about = operations.rows.filter(({ match }) => matches(match, seen));
  const deciding = about.findIndex(({ replay }) => replay !== undefined);
  const heard = deciding < 0 ? about : about.slice(0, deciding + 1);
  const own = CREST_RULES.find(
    ({ methods, when }) => methods.includes(seen.effectiveMethod) && (!when || when(seen)),
  ) ?? { name: "unknown method", operation: "other", replay: "unsafe", methods: [] };
  return {
    dialect,
    dialectAt: spoken?.at ?? "no row speaks",
    operation: heard.find(({ operation }) => operation !== undefined)?.operation ?? own.operation,
    replay: about[deciding]?.replay ?? replayUnder(own, seen),
    attempts: heard.find(({ attempts }) => attempts !== undefined)?.attempts,
    at: about[deciding]?.at ?? `CREST: ${own.name}`,
  };
}

/** Where the route and the family row stand that speak about the request. */
export function linearChoice(facts: RequestFacts, { routes, families }: Pick<Policy, "routes" | "families">) {
  const speaks = (match: HeadMatch): boolean => matches(match, facts);
  return {
    route: routes.rows.find(({ match }) => speaks(match))?.at,
    family: families.rows.find(({ paths }) => speaks({ paths }))?.at,
  };
}
