/** Runs the tests that a policy file brings along, by what `explain` says. */
import type { Policy, PolicyTest } from "../policy/policy.ts";
import type { ExpectedWritten } from "../policy/written/schema.ts";
import { explain } from "./explain.ts";

export type TestResult = {
  readonly test: PolicyTest;
  /** One sentence for each expectation that does not hold; none when the test passes. */
  readonly failures: readonly string[];
};

/** `wallMs` is the moment from which dates in answers are counted. */
export function runPolicyTests(policy: Policy, wallMs: number): TestResult[] {
  return policy.tests.map((test) => ({ test, failures: failuresOf(policy, test, wallMs) }));
}

function failuresOf(policy: Policy, test: PolicyTest, wallMs: number): string[] {
  const told = test.outcome && { outcome: test.outcome, attempts: 1, wallMs };
  const { body, ...request } = test.request;
  const explained = explain(
    policy,
    { ...request, body: body === undefined ? undefined : Buffer.from(body) },
    told,
  );
  if ("problem" in explained) return [explained.problem];
  const { chosen, asked } = explained;
  const judged = explained.told?.judged;
  const next = explained.told?.next.soonest;
  const actual: Readonly<Record<keyof ExpectedWritten, string | boolean | undefined>> = {
    route: chosen.label,
    family: chosen.familyName,
    operation: asked.operation,
    replay: asked.replay,
    refused: explained.barred ?? "no",
    origin: judged?.origin,
    meaning: judged?.meaning,
    processed: judged?.processed,
    retry: next && next.kind === "retry",
    reason: next?.kind === "stop" ? next.reason : judged?.meaning,
  };
  return (Object.keys(test.expect) as (keyof ExpectedWritten)[])
    .filter((key) => test.expect[key] !== undefined && test.expect[key] !== actual[key])
    .map((key) => {
      if (actual[key] === undefined)
        return `expected ${key} ${test.expect[key]}, but the test says no answer`;
      return `expected ${key} ${test.expect[key]}, got ${actual[key]}${whoSaysSo(key, explained)}`;
    });
}

/** The row behind a word, so that the operator knows where to look. */
function whoSaysSo(
  key: keyof ExpectedWritten,
  explained: Exclude<ReturnType<typeof explain>, { problem: string }>,
): string {
  const { chosen, route, asked, told } = explained;
  const places: Partial<Record<keyof ExpectedWritten, string | undefined>> = {
    route: route.at,
    family: chosen.familyAt,
    operation: asked.at,
    replay: asked.at,
    refused: route.at,
    origin: told?.judged.originAt,
    meaning: told?.judged.at,
    processed: told?.judged.verdict.at,
    retry: told?.judged.verdict.at,
    reason: told?.judged.verdict.at,
  };
  const place = places[key];
  return place === undefined ? "" : ` (${place})`;
}
