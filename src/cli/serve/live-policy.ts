/**
 * The policy in force, and how another takes its place: only when it is whole and its own tests pass. A bad file changes
 * nothing. Exchanges that have begun keep the policy they began with.
 */
import { readFileSync } from "node:fs";
import { loadPolicy } from "../../policy/load.ts";
import type { Policy } from "../../policy/policy.ts";
import type { Environment } from "../../policy/written/interpolate.ts";
import { formatMistakes } from "../../policy/written/mistakes.ts";
import { runPolicyTests } from "../../rehearse/policy-tests.ts";

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

export type Reloaded =
  | { readonly kind: "unchanged" }
  /** It was bad, and now says again what is in force. */
  | { readonly kind: "mended" }
  | { readonly kind: "success"; readonly policy: Policy }
  | { readonly kind: "failure"; readonly problem: string };

export class LivePolicy {
  readonly #file: string;
  readonly #env: Environment;
  #policy: Policy;
  /** What was last looked at and found bad: the same bad file is one failure, however often it is looked at. */
  #knownBad: string | undefined;

  constructor(file: string, env: Environment, policy: Policy) {
    this.#file = file;
    this.#env = env;
    this.#policy = policy;
  }

  get current(): Policy {
    return this.#policy;
  }

  /** False from a refused file until the file is good again, be it by saying what is in force anyway. */
  get lastReloadSuccessful(): boolean {
    return this.#knownBad === undefined;
  }

  /** Reads the file anew and takes it over if it is good and says something else. */
  reload(wallMs: number): Reloaded {
    const read = readPolicy(this.#file, this.#env, wallMs);
    if ("problem" in read) {
      const bad = `${contentOf(this.#file)}\0${read.problem}`;
      if (bad === this.#knownBad) return { kind: "unchanged" };
      this.#knownBad = bad;
      return { kind: "failure", problem: read.problem };
    }
    const wasBad = this.#knownBad !== undefined;
    this.#knownBad = undefined;
    if (read.policy.hash === this.#policy.hash) return { kind: wasBad ? "mended" : "unchanged" };
    this.#policy = read.policy;
    return { kind: "success", policy: read.policy };
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
