/**
 * What was measured, as a file: named by the commit whose code it was, so that two versions can be compared later. A
 * tree with changes in what is measured gets a name that says so.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { here } from "./processes.ts";
import { rounded } from "./statistics.ts";

/** What the figures depend on; the rest of the tree may differ from the commit. */
const MEASURED = ["src", "config", "scripts/bundle.ts"];

const git = (...args: readonly string[]): string =>
  execFileSync("git", args, { cwd: here(".."), encoding: "utf8" }).trim();

/** The last commit that changed what is measured: others before or after it have the same figures. */
export function measuredCommit(): string {
  try {
    const dirty = git("status", "--porcelain", "--", ...MEASURED) !== "";
    return git("log", "-1", "--format=%h", "--abbrev=7", "--", ...MEASURED) + (dirty ? "-dirty" : "");
  } catch {
    return "unknown";
  }
}

type Named = { readonly name: string };
type Result = { readonly prices?: readonly Named[] };

/** Puts it in place of the same parts of an earlier run; what it lacks stays. Returns where that is. */
export function writeResult(commit: string, result: Result): string {
  mkdirSync(here("results"), { recursive: true });
  const file = here(`results/${commit}.json`);
  const earlier: Result = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const fresh = result.prices ?? [];
  const kept = (earlier.prices ?? []).filter(({ name }) => !fresh.some((each) => each.name === name));
  const merged = { ...earlier, ...defined(result), prices: [...kept, ...fresh] };
  writeFileSync(file, `${textOf(merged)}\n`);
  return `bench/results/${commit}.json`;
}

const defined = (result: object): object =>
  Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined));

function textOf(result: object): string {
  const short = (_: string, value: unknown): unknown =>
    typeof value === "number" ? rounded(value, 3) : value;
  // One line for each spread, which is how they are read.
  return JSON.stringify(result, short, 2).replace(
    /\{\s+"median": (\S+),\s+"min": (\S+),\s+"max": (\S+)\s+\}/g,
    '{ "median": $1, "min": $2, "max": $3 }',
  );
}
