/** The command `check`: every mistake in a policy file, what looks odd about it, and its own tests. */
import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import { runPolicyTests, type TestResult } from "../gateway/policy-tests.ts";
import { loadPolicy } from "../policy/load.ts";
import type { Mistake } from "../policy/mistakes.ts";
import { formatMistakes } from "../policy/mistakes.ts";
import type { Policy } from "../policy/policy.ts";

const MISTAKES = 1;
const USAGE_ERROR = 2;

export const CHECK_USAGE = `crest-gateway check FILE [--json]
  every mistake with its place, what looks odd, and the file's own tests; 0 when it can be used, else 1`;

type Checked = {
  readonly file: string;
  readonly policy: Policy | undefined;
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Mistake[];
  readonly tests: readonly TestResult[];
};

export async function checkCommand(args: readonly string[]): Promise<number> {
  const read = readCommand(args);
  if ("problem" in read) {
    process.stderr.write(`crest-gateway check: ${read.problem}\n\n${CHECK_USAGE}\n`);
    return USAGE_ERROR;
  }
  const checked = check(read.file);
  const good = checked.mistakes.length === 0 && checked.tests.every(({ failures }) => failures.length === 0);
  process.stdout.write(read.json ? checkedJson(checked, good) : checkedText(checked, good));
  return good ? 0 : MISTAKES;
}

function readCommand(args: readonly string[]): { file: string; json: boolean } | { problem: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: "boolean" } },
      allowPositionals: true,
    });
    const [file, ...rest] = positionals;
    if (file === undefined || rest.length > 0) return { problem: "exactly one policy file is needed" };
    return { file, json: values.json ?? false };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function check(file: string): Checked {
  const loaded = loadPolicy({ file, env: process.env });
  if ("mistakes" in loaded)
    return { file, policy: undefined, mistakes: loaded.mistakes, warnings: [], tests: [] };
  const { policy } = loaded;
  return {
    file,
    policy,
    mistakes: [],
    warnings: policy.warnings,
    tests: runPolicyTests(policy, systemClock.wall()),
  };
}

function checkedText({ file, policy, mistakes, warnings, tests }: Checked, good: boolean): string {
  const failed = tests.filter(({ failures }) => failures.length > 0);
  const lines = [
    ...(mistakes.length > 0 ? [formatMistakes(mistakes)] : []),
    ...warnings.map((each) => `warning ${formatMistakes([each])}`),
    ...failed.flatMap(({ test, failures }) =>
      failures.map((each) => `${test.at} test "${test.name}": ${each}`),
    ),
  ];
  const built = policy ? `, builds on ${policy.profile}, hash ${policy.hash}` : "";
  const summary = [
    count(mistakes.length, "mistake"),
    count(warnings.length, "warning"),
    testsInWords(policy, tests.length, failed.length),
  ].join(", ");
  return `${[...lines, `${good ? "ok" : "NOT OK"} ${file}: ${summary}${built}`].join("\n")}\n`;
}

function checkedJson({ file, policy, mistakes, warnings, tests }: Checked, good: boolean): string {
  return `${JSON.stringify(
    {
      ok: good,
      file,
      ...(policy && { hash: policy.hash, profile: policy.profile }),
      mistakes,
      warnings,
      tests: tests.map(({ test, failures }) => ({
        name: test.name,
        at: test.at,
        passed: failures.length === 0,
        failures,
      })),
    },
    null,
    2,
  )}\n`;
}

function testsInWords(policy: Policy | undefined, all: number, failed: number): string {
  if (!policy) return "tests not run";
  return all === 0 ? "no tests" : `${all - failed} of ${count(all, "test")} passed`;
}

function count(number: number, what: string): string {
  return `${number === 0 ? "no" : number} ${what}${number === 1 ? "" : "s"}`;
}
