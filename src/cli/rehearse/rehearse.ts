/**
 * The command `rehearse`: what a policy would have done differently with the exchanges of the gateway's own log. It reads
 * line by line, so that a log may be as long as it likes.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { loadPolicy } from "../../policy/load.ts";
import { formatMistakes } from "../../policy/written/mistakes.ts";
import { Rehearsing } from "../../rehearse/rehearsal.ts";
import { readFlags } from "../flags.ts";
import { unreadable } from "../read-input.ts";
import { rehearsalText } from "./rehearsal-text.ts";

const CANNOT = 1;
const USAGE_ERROR = 2;

/** On a terminal, how many lines were read is told this often. */
const PROGRESS_LINES = 100_000;

export const REHEARSE_FLAGS = { log: { type: "string" }, json: { type: "boolean" } } as const;

export const REHEARSE_USAGE = `crest-gateway rehearse POLICY [--log FILE] [--json]
  what this policy would have done differently with the exchanges of the gateway's log, from FILE or standard input:
  attempts made or spared, other reasons, other meanings, each with an example for explain; what a log cannot tell is
  said, and not guessed
  --json  the same for programs
    kubectl logs deploy/crest-gateway --since=24h | crest-gateway rehearse policy.yaml`;

export async function rehearseCommand(args: readonly string[]): Promise<number> {
  const given = readFlags(args, REHEARSE_FLAGS);
  if ("problems" in given) return complain(USAGE_ERROR, ...given.problems, `\n${REHEARSE_USAGE}`);
  const { values, positionals } = given.value;
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0)
    return complain(USAGE_ERROR, "exactly one policy file is needed", `\n${REHEARSE_USAGE}`);
  const from = values.log ?? "-";
  if (from === "-" && process.stdin.isTTY)
    return complain(USAGE_ERROR, "a log is expected on standard input, or name one with --log FILE");
  const loaded = loadPolicy({ file, env: process.env });
  if ("mistakes" in loaded)
    return complain(CANNOT, `the policy cannot be used:\n${formatMistakes(loaded.mistakes)}`);
  const rehearsing = new Rehearsing(loaded.policy);
  try {
    await eachLine(from === "-" ? process.stdin : createReadStream(from), (line) => rehearsing.add(line));
  } catch (error) {
    return complain(CANNOT, unreadable(from === "-" ? "standard input" : from, error));
  }
  const result = rehearsing.result();
  process.stdout.write(
    values.json ? `${JSON.stringify(result, undefined, 2)}\n` : rehearsalText(file, result),
  );
  return 0;
}

async function eachLine(input: Readable, take: (line: string) => void): Promise<void> {
  let count = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    take(line);
    count++;
    if (count % PROGRESS_LINES === 0 && process.stderr.isTTY) process.stderr.write(`… ${count} lines\n`);
  }
}

function complain(exitCode: number, ...problems: readonly string[]): number {
  for (const problem of problems)
    process.stderr.write(problem.startsWith("\n") ? `${problem}\n` : `crest-gateway rehearse: ${problem}\n`);
  return exitCode;
}
