/** The command `check`: every mistake in a policy file, what looks odd about it, and its own tests. */
import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import { runPolicyTests } from "../gateway/policy-tests.ts";
import { loadPolicy } from "../policy/load.ts";
import { type Checked, checkedJson, checkedText, isGood } from "./check-report.ts";

const MISTAKES = 1;
const USAGE_ERROR = 2;

export const CHECK_USAGE = `crest-gateway check FILE [--json]
  every mistake with its place, what looks odd, and the file's own tests; 0 when it can be used, else 1`;

type Environment = Readonly<Record<string, string | undefined>>;

export async function checkCommand(args: readonly string[]): Promise<number> {
  const read = readCommand(args);
  if ("problem" in read) {
    process.stderr.write(`crest-gateway check: ${read.problem}\n\n${CHECK_USAGE}\n`);
    return USAGE_ERROR;
  }
  const checked = checkFile(read.file, process.env, systemClock.wall());
  process.stdout.write(read.json ? checkedJson(checked) : checkedText(checked));
  return isGood(checked) ? 0 : MISTAKES;
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

/** As `check` does it; `wallMs` is the moment from which dates in the tests' answers are counted. */
export function checkFile(file: string, env: Environment, wallMs: number): Checked {
  const loaded = loadPolicy({ file, env });
  if ("mistakes" in loaded) return { file, policy: undefined, mistakes: loaded.mistakes, tests: [] };
  const { policy } = loaded;
  return { file, policy, mistakes: [], tests: runPolicyTests(policy, wallMs) };
}
