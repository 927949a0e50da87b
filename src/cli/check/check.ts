/**
 * The command `check`: every mistake in a policy file, what looks odd about it, and its own tests. The policy may also
 * stand on standard input, or in the ConfigMaps of rendered manifests.
 */
import { systemClock } from "../../clock.ts";
import { compilePolicy, type Loaded, loadPolicy } from "../../policy/load.ts";
import type { Environment } from "../../policy/written/interpolate.ts";
import { runPolicyTests } from "../../rehearse/policy-tests.ts";
import { readFlags } from "../flags.ts";
import { readInput } from "../read-input.ts";
import { policiesIn } from "./check-manifests.ts";
import { type Checked, checkedJson, checkedText, isGood } from "./check-report.ts";

const MISTAKES = 1;
const USAGE_ERROR = 2;

export const CHECK_FLAGS = { json: { type: "boolean" }, manifests: { type: "boolean" } } as const;

export const CHECK_USAGE = `crest-gateway check [--manifests] FILE|- [--json]
  every mistake with its place, what looks odd, and the file's own tests; 0 when it can be used, else 1
  --manifests  FILE holds Kubernetes manifests: every policy in their ConfigMaps
  --json       for programs; with --manifests one JSON value for each policy
    helm template app . | crest-gateway check --manifests -`;

export async function checkCommand(args: readonly string[]): Promise<number> {
  const read = readCommand(args);
  if ("problem" in read) {
    process.stderr.write(`crest-gateway check: ${read.problem}\n\n${CHECK_USAGE}\n`);
    return USAGE_ERROR;
  }
  const found = await allChecked(read);
  if ("problem" in found) {
    process.stderr.write(`crest-gateway check: ${found.problem}\n`);
    return MISTAKES;
  }
  for (const checked of found.all)
    process.stdout.write(read.json ? checkedJson(checked) : checkedText(checked));
  return found.all.every(isGood) ? 0 : MISTAKES;
}

type Command = { readonly file: string; readonly manifests: boolean; readonly json: boolean };

function readCommand(args: readonly string[]): Command | { problem: string } {
  const given = readFlags(args, CHECK_FLAGS);
  if ("problems" in given) return { problem: given.problems.join("\ncrest-gateway check: ") };
  const { json = false, manifests = false } = given.value.values;
  const [file, ...rest] = given.value.positionals;
  if (file === undefined || rest.length > 0)
    return { problem: `exactly one ${manifests ? "file of manifests" : "policy file"} is needed` };
  return { file, manifests, json };
}

async function allChecked({
  file,
  manifests,
}: Command): Promise<{ readonly all: readonly Checked[] } | { readonly problem: string }> {
  const wallMs = systemClock.wall();
  if (file !== "-" && !manifests) return { all: [checkFile(file, process.env, wallMs)] };
  const read = await readInput(file);
  if ("problem" in read) return read;
  const found = manifests
    ? policiesIn(read.text)
    : { policies: [{ name: "standard input", text: read.text }] };
  if ("problem" in found) return found;
  return { all: found.policies.map(({ name, text }) => checkText(text, name, process.env, wallMs)) };
}

/** As `check` does it; `wallMs` is the moment from which dates in the tests' answers are counted. */
export function checkFile(file: string, env: Environment, wallMs: number): Checked {
  return withTests(loadPolicy({ file, env }), file, wallMs);
}

/** The same of a policy's text; `name` is shown where a file's would be. */
export function checkText(text: string, name: string, env: Environment, wallMs: number): Checked {
  return withTests(compilePolicy(text, { file: name, env }), name, wallMs);
}

function withTests(loaded: Loaded, file: string, wallMs: number): Checked {
  if ("mistakes" in loaded) return { file, policy: undefined, mistakes: loaded.mistakes, tests: [] };
  const { policy } = loaded;
  return { file, policy, mistakes: [], tests: runPolicyTests(policy, wallMs) };
}
