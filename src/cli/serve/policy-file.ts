/**
 * What a policy file has to be before it may be in force: whole, and its own tests pass. Exchanges that have begun keep the
 * policy they began with.
 */
import { readFileSync } from "node:fs";
import type { Clock } from "../../clock.ts";
import { loadPolicy } from "../../policy/load.ts";
import type { Policy } from "../../policy/policy.ts";
import type { Environment } from "../../policy/written/interpolate.ts";
import { formatMistakes } from "../../policy/written/mistakes.ts";
import { runPolicyTests } from "../../rehearse/policy-tests.ts";
import type { Source } from "./live.ts";

/** The file's policy, or every reason why it cannot be used, one to a line. */
export function readPolicy(
  file: string,
  env: Environment,
  wallMs: number,
): { policy: Policy } | { problem: string } {
  const loaded = loadPolicy({ file, env });
  if ("mistakes" in loaded) return { problem: formatMistakes(loaded.mistakes) };
  try {
    const failed = runPolicyTests(loaded.policy, wallMs).flatMap(({ test, failures }) =>
      failures.map((failure) => `${test.at} test "${test.name}": ${failure}`),
    );
    return failed.length > 0 ? { problem: failed.join("\n") } : loaded;
  } catch (error) {
    return { problem: `${file}: its tests cannot be run: ${error instanceof Error ? error.message : error}` };
  }
}

/** Where the policy in force comes from, and the next one. */
export function policySource(file: string, env: Environment, clock: Clock): Source<Policy> {
  return {
    read: () => {
      const read = readPolicy(file, env, clock.wall());
      return "problem" in read ? read : { value: read.policy };
    },
    identity: ({ hash }) => hash,
    content: () => contentOf(file),
  };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
