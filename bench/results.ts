/**
 * What was measured, as a file: named by the commit whose code it was, so that two versions can be compared later. A
 * tree with changes in what is measured gets a name that says so.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
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

/** Where it was written. */
export function writeResult(commit: string, result: object): string {
  mkdirSync(here("results"), { recursive: true });
  const file = here(`results/${commit}.json`);
  const short = (_: string, value: unknown): unknown =>
    typeof value === "number" ? rounded(value, 3) : value;
  // One line for each spread, which is how they are read.
  const text = JSON.stringify(result, short, 2).replace(
    /\{\s+"median": (\S+),\s+"min": (\S+),\s+"max": (\S+)\s+\}/g,
    '{ "median": $1, "min": $2, "max": $3 }',
  );
  writeFileSync(file, `${text}\n`);
  return `bench/results/${commit}.json`;
}
