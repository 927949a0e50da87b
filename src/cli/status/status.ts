/**
 * The command `status`: what a running gateway sees and does, asked of its admin address; once, or again and again. It
 * prints what `/status.json` says and judges nothing.
 */
import type { Status } from "../../admin/status.ts";
import { systemClock } from "../../clock.ts";
import { isRecord, jsonOf } from "../../json.ts";
import { readFlags } from "../flags.ts";
import { adminUrl } from "../healthcheck.ts";
import { SERVE_OPTIONS } from "../options.ts";
import { statusText } from "./status-text.ts";

const NOT_REACHED = 1;
const USAGE_ERROR = 2;

/** From the first byte asked to the last one of the answer. */
const LIMIT_MS = 3_000;

const EVERY_MS = 2_000;

/** To the upper left corner, and clear from there on (ECMA-48: CUP, ED). */
const ANEW = "\u001b[H\u001b[J";

export const STATUS_FLAGS = {
  admin: { type: "string" },
  watch: { type: "boolean" },
  json: { type: "boolean" },
} as const;

export const STATUS_USAGE = `crest-gateway status [--admin [HOST:]PORT] [--watch] [--json]
  what the gateway at that admin address (or ADMIN in the environment) sees and does: circuits, limits, and the last
  exchanges that did not go straight, each with its story; 0 when it answers, else 1
  --watch  again every two seconds, until Ctrl-C
  --json   as /status.json says it, for programs`;

export async function statusCommand(args: readonly string[]): Promise<number> {
  const given = readFlags(args, STATUS_FLAGS);
  if ("problems" in given) return misused(given.problems);
  const { values, positionals } = given.value;
  if (positionals.length > 0) return misused([`"${positionals[0]}" is not asked for`]);
  const asked = adminUrl(values.admin ?? process.env.ADMIN ?? usualAdmin(), "/status.json");
  if ("problem" in asked) return misused([asked.problem]);
  for (;;) {
    const told = await ask(asked.url);
    if ("problem" in told) {
      process.stderr.write(`crest-gateway status: ${told.problem}\n`);
      if (!values.watch) return NOT_REACHED;
    } else {
      const text = values.json ? `${told.text.trimEnd()}\n` : statusText(told.status);
      const anew = values.watch && !values.json && process.stdout.isTTY;
      process.stdout.write(anew ? ANEW + text : text);
    }
    if (!values.watch) return 0;
    await new Promise<void>((resolve) => systemClock.after(EVERY_MS, resolve));
  }
}

function misused(problems: readonly string[]): number {
  for (const problem of problems) process.stderr.write(`crest-gateway status: ${problem}\n`);
  process.stderr.write(`\n${STATUS_USAGE}\n`);
  return USAGE_ERROR;
}

function usualAdmin(): string {
  return SERVE_OPTIONS.find(({ flag }) => flag === "admin")?.fallback ?? "";
}

type Told = { readonly text: string; readonly status: Status } | { readonly problem: string };

async function ask(url: string): Promise<Told> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS), redirect: "error" });
    const text = await answer.text();
    const status = jsonOf(text);
    if (answer.status !== 200 || !isStatus(status))
      return { problem: `${url} answers ${answer.status}: this is not the admin address of a gateway` };
    return { text, status };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    return {
      problem: `${url} cannot be reached: ${why}. Is it running, and is --admin what it was started with?`,
    };
  }
}

/** Enough of its shape to know it from what something else says. */
function isStatus(value: unknown): value is Status {
  if (!isRecord(value)) return false;
  const { policy, trouble, families } = value;
  return isRecord(policy) && Array.isArray(trouble) && Array.isArray(families) && families.every(isRecord);
}
