/** The policy of a file that says nothing of its own: profile `aic`, every number the default. */
import { compilePolicy } from "../src/policy/load.ts";
import type { Policy } from "../src/policy/policy.ts";
import { formatMistakes } from "../src/policy/written/mistakes.ts";

export function defaultPolicy(): Policy {
  const loaded = compilePolicy("version: 1\n", { file: "policy.yaml", env: {} });
  if ("mistakes" in loaded) throw new Error(formatMistakes(loaded.mistakes));
  return loaded.policy;
}
