/** Short ways from a policy's text to what was made of it. */
import { compilePolicy, type Loaded } from "../../src/policy/load.ts";
import type { Policy, Route, RouteSettings } from "../../src/policy/policy.ts";
import { formatMistakes } from "../../src/policy/written/mistakes.ts";

/** The policy, or an error with every mistake. */
export function unwrap(loaded: Loaded): Policy {
  if ("mistakes" in loaded) throw new Error(formatMistakes(loaded.mistakes));
  return loaded.policy;
}

/** `version: 1` stands in front. */
export function policyOf(yaml: string, env: Record<string, string> = {}): Policy {
  return unwrap(compilePolicy(`version: 1\n${yaml}`, { file: "config/policy.yaml", env }));
}

/** What is in force where no route matches. */
export function settingsOf(loaded: Loaded): RouteSettings {
  return unwrap(loaded).fallback.settings;
}

export function routeOf(policy: Policy, name: string): Route {
  const route = policy.routes.rows.find((each) => each.name === name);
  if (!route) throw new Error(`no route ${name}`);
  return route;
}
