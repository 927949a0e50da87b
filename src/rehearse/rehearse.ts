/**
 * What a policy would have done with an exchange that a log tells of. It runs the functions of the gateway on what the
 * line holds, and says so where the line does not hold enough: rows that ask for a header, a query or a body are not
 * guessed at, and neither is the state of circuits, gates and budgets at that moment.
 */
import { barredByClass, barredByHead } from "../decide/access.ts";
import { classify } from "../decide/classify.ts";
import { byStatusClass, type Judgement } from "../decide/judge.ts";
import { nextStep } from "../decide/next-step.ts";
import type { Outcome } from "../decide/outcome.ts";
import { headMatches, type RequestHead, requestHead, withBody } from "../decide/request.ts";
import type { RetryAnswer } from "../decide/retry.ts";
import type { AnswerRow } from "../decide/rows.ts";
import { rowsOn } from "../decide/table.ts";
import type { Meaning } from "../decide/words.ts";
import { chooseRoute } from "../gateway/routing.ts";
import { parseTarget } from "../http/target.ts";
import type { Policy, Route } from "../policy/policy.ts";
import type { Logged, LoggedAttempt } from "./logged.ts";

export type Difference = {
  readonly kind: "route" | "refused" | "meaning" | "more" | "fewer" | "reason";
  /** By the new policy. */
  readonly route: string;
  readonly what: string;
  /** Attempts that would not have been made, for `refused` all of them; for `more`, that one would have been. */
  readonly attempts: number;
  /** Which attempt it is about, the first being 1. */
  readonly attempt: number;
};

/** What the line does not tell. */
export type Doubt = "path" | "replay" | "meaning" | "state" | "body-size" | "time";

export type Rehearsed = { readonly differences: readonly Difference[]; readonly doubts: readonly Doubt[] };

/** Reasons that were of the moment: whether they would hold again depends on all the traffic. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set(["circuit-open", "throttled", "budget-spent"]);

/** What hardly ever has a body. */
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

const HIDDEN = /…/g;

export function rehearse(policy: Policy, logged: Logged): Rehearsed {
  const { method, path, operation, replay } = logged;
  const parsed = parseTarget(method, path.replaceAll(HIDDEN, "x"));
  if ("problem" in parsed) return { differences: [], doubts: ["path"] };
  const head = requestHead({ method, target: parsed.target, headers: [] });
  const { route, label, bounds } = chooseRoute(head, policy, []);
  const differences: Difference[] = [];
  const doubts = new Set<Doubt>();
  const differs = (kind: Difference["kind"], what: string, attempt: number, attempts = 0): void => {
    differences.push({ kind, route: label, what, attempt, attempts });
  };
  if (label !== logged.route) differs("route", `${logged.route} → ${label}`, 1);
  const barred = barredByHead(bounds, undefined) ?? barredByClass(bounds, replay);
  if (barred === undefined && bounds.maxRequestBytes !== undefined && !BODILESS.has(method))
    doubts.add("body-size");

  const byHead = classify(withBody(head, undefined), {
    dialects: policy.dialects,
    operations: route.operations,
  });
  const same = byHead.operation === operation && byHead.replay === replay;
  if (!same) doubts.add("replay");
  if (barred !== undefined) {
    differs("refused", barred, 1, logged.attempts.length);
    // Whoever may do nothing there is refused whatever the request is.
    return { differences, doubts: barred === "read-only" ? [...doubts] : [] };
  }
  const asked = { ...byHead, operation, replay, attempts: same ? byHead.attempts : undefined };

  for (const [index, attempt] of logged.attempts.entries()) {
    const nth = index + 1;
    if (tookTooLong(attempt, route)) doubts.add("time");
    const meaning = meaningOf(attempt, route, head, logged);
    if (meaning === undefined) {
      doubts.add("meaning");
      break;
    }
    if (meaning !== attempt.meaning)
      differs("meaning", `${spoken(attempt)}: ${attempt.meaning} → ${meaning}`, nth);
    const next = followed(attempt, judgedAs(meaning, attempt, route), asked, route, nth);
    const now = next.kind === "retry" ? "retried" : next.reason;
    if (now === attempt.next) continue;
    if (OF_THE_MOMENT.has(attempt.next)) doubts.add("state");
    else if (now === "retried") differs("more", `${meaning}: ${attempt.next} → retried`, nth, 1);
    else if (attempt.next === "retried")
      differs("fewer", `${meaning}: retried → ${now}`, nth, logged.attempts.length - nth);
    else differs("reason", `${meaning}: ${attempt.next} → ${now}`, nth);
    // What would have come then nobody knows.
    if (now === "retried" || attempt.next === "retried") break;
  }
  return { differences, doubts: [...doubts] };
}

/** It would have been given up before that came of it. What ran into a limit then says nothing about another one. */
function tookTooLong({ came, durationMs }: LoggedAttempt, { settings }: Route): boolean {
  const ranOut = came.kind === "failed" && (came.failure === "timeout" || came.failure === "connect-timeout");
  return !ranOut && durationMs > settings.attempt.timeoutMs;
}

function spoken({ came }: LoggedAttempt): string {
  return came.kind === "answered" ? String(came.status) : came.failure;
}

/**
 * What the answer means. Where rows that ask for more than a line tells might speak, it is what it was before, if one of
 * them still says so; undefined when none does.
 */
function meaningOf(
  attempt: LoggedAttempt,
  route: Route,
  head: RequestHead,
  { operation }: Logged,
): Meaning | undefined {
  const outcome = outcomeOf(attempt);
  const possible = new Set<Meaning>();
  let settled = false;
  for (const row of rowsOn(route.answers, outcome, operation)) {
    const holds = surely(row.when, head);
    if (holds !== false) possible.add(row.means);
    settled = holds === true;
    if (settled) break;
  }
  if (!settled) possible.add(byStatusClass(outcome));
  if (possible.has(attempt.meaning)) return attempt.meaning;
  return possible.size === 1 ? [...possible][0] : undefined;
}

/** Whether a row's conditions hold, as far as a log line tells. */
function surely(when: AnswerRow["when"], head: RequestHead): boolean | "perhaps" {
  const { request } = when;
  if (request) {
    const { methods, paths } = request;
    if (!headMatches({ ...(methods && { methods }), ...(paths && { paths }) }, head)) return false;
    if (request.query || request.headers || request.body) return "perhaps";
  }
  const asksMore = when.origin ?? when.contentType ?? when.headers ?? when.message ?? when.body;
  return asksMore === undefined ? true : "perhaps";
}

function outcomeOf({ came }: LoggedAttempt): Outcome {
  return came.kind === "answered"
    ? { kind: "answered", status: came.status, headers: [], text: undefined }
    : { kind: "failed", failure: came.failure, code: "LOGGED", sent: came.sent };
}

function judgedAs(meaning: Meaning, { came }: LoggedAttempt, route: Route): Judgement {
  const verdict = route.meanings[meaning];
  const unsent = came.kind === "failed" && !came.sent;
  return {
    origin: "tenant",
    originAt: "the log",
    meaning,
    verdict,
    processed: unsent ? "no" : verdict.processed,
    retry: unsent && verdict.retry !== "never" ? "any" : verdict.retry,
    at: "the log",
  };
}

/** The next step, at the moment that the line tells of. */
function followed(
  { next, toldMs, endedAtMs }: LoggedAttempt,
  judged: Judgement,
  asked: Parameters<typeof nextStep>[0]["asked"],
  { settings }: Route,
  attempts: number,
): RetryAnswer {
  return nextStep({
    judged,
    asked,
    settings: settings.retry,
    callerLeft: next === "caller-left",
    bodyHeld: next !== "body-not-held",
    attempts,
    toldMs,
    random: 0.5,
    timeLeftMs: settings.deadlineMs - endedAtMs,
    circuitOpen: false,
    gateWaitMs: 0,
    withdraw: () => true,
  });
}
