/**
 * Load without a pause for some seconds: by wrk where it is installed, which takes the least from the machine, else by
 * our own callers. It knows whether the answers were those that were to come.
 */
import { type Called, callFor } from "./callers.ts";
import { here, installed, launch } from "./processes.ts";
import { type Ask, IDS } from "./requests.ts";
import { quantile } from "./statistics.ts";

export const CALLERS = 16;

export type Loaded = {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

type Counted = Loaded & { readonly statusErrors: number; readonly failures: number };

/** Retries are given up now and then: three attempts at a tenant that fails so often would be too few. */
const SOME = 0.01;

const wrk = installed("wrk");

export const loadedBy = wrk === undefined ? "our own callers" : "wrk";

/** Rejects when answers are not what was asked for: what is measured then is something else. */
export async function load(url: string, what: Ask, seconds: number): Promise<Loaded> {
  const { statusErrors, failures, ...loaded } = await (wrk === undefined
    ? ownLoad(url, what, seconds)
    : wrkLoad(wrk, url, what, seconds));
  const { requests } = loaded;
  const most = { none: 0, some: requests * SOME, all: requests }[what.errors];
  const least = what.errors === "all" ? requests : 0;
  if (requests === 0 || failures > 0 || statusErrors > most || statusErrors < least)
    throw new Error(
      `${what.method} ${what.prefix}…: of ${requests} requests ${failures} got no answer and ${statusErrors} an error status`,
    );
  return loaded;
}

async function ownLoad(url: string, what: Ask, seconds: number): Promise<Counted> {
  const { times, statusErrors }: Called = await callFor(url, what, CALLERS, seconds);
  return {
    requests: times.length,
    seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    statusErrors,
    failures: 0,
  };
}

function wrkLoad(command: string, url: string, what: Ask, seconds: number): Promise<Counted> {
  const script = [here("wrk.lua"), url, "--", what.method, what.prefix, String(IDS), String(what.bodyBytes)];
  const child = launch(command, ["-t1", `-c${CALLERS}`, `-d${seconds}s`, "-s", ...script], {
    stdout: "pipe",
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", () => {
      const line = /^\{"requests".*\}$/m.exec(text)?.[0];
      if (line === undefined) reject(new Error(`wrk said:\n${text}`));
      else resolve(JSON.parse(line));
    });
  });
}
