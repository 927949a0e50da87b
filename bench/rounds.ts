/**
 * Rounds in turns: each case once in every round, forth and then back, so that all of them see the same machine. A
 * case's ratio is made within a round, from what stood nearest to it in time.
 */
import type { Case } from "./cases.ts";
import { type Loaded, load } from "./load.ts";
import { cpuTimeUs, end, memory } from "./processes.ts";
import { type Patience, quietest, quietly } from "./quiet.ts";
import { ASKS } from "./requests.ts";
import { type Serving, type Site, serve } from "./site.ts";
import { type Spread, spread } from "./statistics.ts";

/**
 * Until Node has compiled what is called often. Counted once (`node --trace-opt`): 259 functions of the gateway and what
 * it calls were compiled after 23,000 requests, 362 after 37,000, and 17 more until 115,000.
 */
const WARM_UP_SECONDS = 12;
/** There is nothing to compile in nginx and HAProxy. */
const SHORT_WARM_UP_SECONDS = 1;

export type Length = { readonly rounds: number; readonly seconds: number };

export type Price = {
  readonly name: string;
  readonly title: string;
  readonly against: string | undefined;
  /** How many rounds count, and how long each was. */
  readonly rounds: number;
  readonly seconds: number;
  /** Undefined for a case that others are compared with. */
  readonly ratio: Spread | undefined;
  /** Per request, or per attempt where the case says so. */
  readonly cpuUs: Spread;
  readonly requestsPerSecond: Spread;
  /** How much of the machine others took meanwhile. */
  readonly othersPercent: Spread;
  readonly attemptsPerRequest: number | undefined;
  readonly residentMebibytes: number;
};

/** A case that could not be measured, and why. */
export type Skipped = { readonly name: string; readonly title: string; readonly why: string };

type Round = {
  readonly cpuUs: number;
  readonly loaded: Loaded;
  readonly attempts: number;
  readonly othersPercent: number;
};
type Running = { readonly what: Case; readonly serving: Serving; readonly rounds: Round[] };

export async function priceAll(
  site: Site,
  cases: readonly Case[],
  { rounds, seconds }: Length,
  patience: Patience,
  tell: (progress: string) => void,
): Promise<{ prices: readonly Price[]; skipped: readonly Skipped[] }> {
  const skipped: Skipped[] = [];
  const running: Running[] = [];
  /** One that fails is left out from then on, and harms no other. */
  const attempt = async (what: Case, work: () => Promise<void>): Promise<void> => {
    if (skipped.some(({ name }) => name === what.name)) return;
    await work().catch((error: Error) =>
      skipped.push({ name: what.name, title: what.title, why: error.message }),
    );
  };
  for (const what of cases)
    await attempt(what, async () => {
      tell(`warming up ${what.name}`);
      const serving = await serve(site, what);
      if (serving === undefined) throw new Error("not installed");
      running.push({ what, serving, rounds: [] });
      const compiled = what.program === "nginx" || what.program === "haproxy";
      await load(serving.url, ASKS[what.asks], compiled ? SHORT_WARM_UP_SECONDS : WARM_UP_SECONDS);
    });
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}`);
    for (const each of round % 2 === 1 ? running : running.toReversed())
      await attempt(each.what, async () => {
        const { result, othersPercent } = await quietly(() => priceOnce(each, seconds), patience);
        each.rounds.push({ ...result, othersPercent });
      });
  }
  const measured = running.filter(({ rounds: done }) => done.length === rounds);
  const prices = measured.map((each) => price(each, measured, seconds));
  for (const { serving } of running) await end(serving);
  return { prices, skipped };
}

async function priceOnce({ what, serving }: Running, seconds: number): Promise<Omit<Round, "othersPercent">> {
  const counted = what.per === "attempt";
  const attemptsBefore = counted ? await attemptsOf(serving) : 0;
  const before = cpuTimeUs(serving);
  const loaded = await load(serving.url, ASKS[what.asks], seconds);
  const cpuUs = cpuTimeUs(serving) - before;
  const attempts = counted ? (await attemptsOf(serving)) - attemptsBefore : loaded.requests;
  return { cpuUs: cpuUs / attempts, loaded, attempts };
}

function price({ what, serving, rounds }: Running, all: readonly Running[], seconds: number): Price {
  const { name, title, against } = what;
  const references = all.find((other) => other.what.name === against)?.rounds;
  const pairs = rounds.map((round, index) => ({ round, reference: references?.[index] }));
  const others = pairs.map(({ round, reference }) =>
    Math.max(round.othersPercent, reference?.othersPercent ?? 0),
  );
  const counted = quietest(others).flatMap((index) => pairs[index] ?? []);
  const over = (of: (pair: { round: Round; reference: Round | undefined }) => number): Spread =>
    spread(counted.map(of));
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, each) => total + of(each), 0);
  return {
    name,
    title,
    against,
    rounds: counted.length,
    seconds,
    ratio: references && over(({ round, reference }) => round.cpuUs / (reference?.cpuUs ?? Number.NaN)),
    cpuUs: over(({ round }) => round.cpuUs),
    requestsPerSecond: over(({ round }) => round.loaded.requests / round.loaded.seconds),
    othersPercent: over(({ round }) => round.othersPercent),
    attemptsPerRequest:
      what.per === "attempt"
        ? sum(({ attempts }) => attempts) / sum(({ loaded }) => loaded.requests)
        : undefined,
    residentMebibytes: memory(serving).residentMebibytes,
  };
}

/** How often the gateway has asked the tenant, by its own account. */
async function attemptsOf({ adminUrl }: Serving): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const lines = text.matchAll(/^crest_gateway_attempts_total\{.*\} (\S+)$/gm);
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}
