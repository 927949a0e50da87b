/**
 * What `check` found, as people read it in a build's log and as programs read it. Each finding is one line that begins
 * with its place; the verdict is the last line.
 */
import type { FamilyRow } from "../../decide/rows.ts";
import { FALLBACK_NAME } from "../../policy/compile-routes.ts";
import { pathCovers, pathsOverlap } from "../../policy/patterns.ts";
import type { Policy, Route } from "../../policy/policy.ts";
import { formatMistakes, type Mistake } from "../../policy/written/mistakes.ts";
import { formatDuration } from "../../policy/written/units.ts";
import type { TestResult } from "../../rehearse/policy-tests.ts";

export type Checked = {
  readonly file: string;
  /** Undefined when there are mistakes. */
  readonly policy: Policy | undefined;
  readonly mistakes: readonly Mistake[];
  readonly tests: readonly TestResult[];
};

/** Whether the gateway would take the file. */
export function isGood({ mistakes, tests }: Checked): boolean {
  return mistakes.length === 0 && tests.every(({ failures }) => failures.length === 0);
}

export function checkedText(checked: Checked): string {
  const { file, policy, mistakes, tests } = checked;
  const warnings = policy?.warnings ?? [];
  const failed = tests.filter(({ failures }) => failures.length > 0);
  const findings = [
    ...mistakes.map((each) => formatMistakes([each])),
    ...warnings.map((each) => formatMistakes([{ ...each, message: `warning: ${each.message}` }])),
    ...failed.flatMap(({ test, failures }) =>
      failures.map((each) => `${test.at} test "${test.name}": ${each}`),
    ),
  ];
  const verdict = [
    count(mistakes.length, "mistake"),
    count(warnings.length, "warning"),
    testsInWords(policy, tests.length, failed.length),
    ...(policy ? [`builds on ${policy.profile}`, `hash ${policy.hash}`] : []),
  ].join(", ");
  const good = isGood(checked);
  return `${[
    ...findings,
    ...(policy && good ? inForce(policy) : []),
    `${good ? "ok" : "NOT OK"} ${file}: ${verdict}`,
  ].join("\n")}\n`;
}

/** The same keys whatever was found: those that cannot be known are null. */
export function checkedJson(checked: Checked): string {
  const { file, policy, mistakes, tests } = checked;
  const report = {
    ok: isGood(checked),
    file,
    hash: policy?.hash ?? null,
    profile: policy?.profile ?? null,
    mistakes,
    warnings: policy?.warnings ?? [],
    tests: tests.map(({ test: { name, at, request, expect }, failures }) => ({
      name,
      at,
      request: `${request.method} ${request.target}`,
      expect,
      passed: failures.length === 0,
      failures,
    })),
    routes: policy ? [...policy.routes.rows, policy.fallback].map((route) => summary(route, policy)) : [],
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** More families than this are left to the request. */
const NAMED_FAMILIES = 3;

function summary(route: Route, policy: Policy) {
  const families = familiesOf(route, policy.families.rows);
  const { deadlineMs, attempt, retry } = route.settings;
  return {
    name: route.name,
    at: route.at,
    // Null: each request's path decides.
    families: families && families.length <= NAMED_FAMILIES ? families : null,
    deadlineMs,
    attemptTimeoutMs: attempt.timeoutMs,
    attempts: retry.attempts,
  };
}

/** The route's own family, else the profile's for its paths; undefined when that is left to each request. */
function familiesOf(
  { family, match }: Pick<Route, "family" | "match">,
  rows: readonly FamilyRow[],
): readonly string[] | undefined {
  if (family !== undefined) return [family];
  return match.paths && [...new Set(match.paths.flatMap(({ source }) => familiesOfPath(source, rows)))];
}

/** As far as the patterns alone can tell. */
function familiesOfPath(pattern: string, rows: readonly FamilyRow[]): string[] {
  const possible: string[] = [];
  for (const { paths, family } of rows) {
    const whole = paths.find((path) => pathCovers(path.source, pattern));
    // What the star stands for is known when the route names it.
    const segment = whole?.star(pattern) ?? "*";
    if (whole) return [...possible, segment.includes("*") ? family : family.replace("*", segment)];
    if (paths.some((path) => pathsOverlap(path.source, pattern))) possible.push(family);
  }
  return [...possible, FALLBACK_NAME];
}

/** A table of the routes, with a line of space around it. */
function inForce(policy: Policy): string[] {
  const rows = [...policy.routes.rows, policy.fallback].map((route) => {
    const { name, families, deadlineMs, attemptTimeoutMs, attempts } = summary(route, policy);
    return [
      route === policy.fallback ? "(others)" : name,
      families?.join(", ") ?? "by path",
      formatDuration(deadlineMs),
      `${attempts} of ${formatDuration(attemptTimeoutMs)}`,
    ];
  });
  const lines = [["route", "family", "deadline", "attempts"], ...rows];
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return [
    "",
    ...lines.map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
    "",
  ];
}

function testsInWords(policy: Policy | undefined, all: number, failed: number): string {
  if (!policy) return "tests not run";
  return all === 0 ? "no tests" : `${all - failed} of ${count(all, "test")} passed`;
}

function count(number: number, what: string): string {
  return `${number === 0 ? "no" : number} ${what}${number === 1 ? "" : "s"}`;
}
