/**
 * What the gateway adds to an answer's time at a load it carries easily: requests are sent at a fixed rate, whether or
 * not earlier ones have been answered, and measured from when they were due, so that a pause of the proxy counts for
 * everybody who would have asked in it. Added is what remains when the time without a proxy, of the same round, is
 * taken away.
 */
import http from "node:http";
import { Worker } from "node:worker_threads";
import { CASES } from "./cases.ts";
import { load } from "./load.ts";
import { nowMs, type Pace } from "./pacer.ts";
import { end, here } from "./processes.ts";
import { type Patience, quietest, quietly } from "./quiet.ts";
import { ASKS, type Ask, IDS } from "./requests.ts";
import { type Site, serve } from "./site.ts";
import { quantile, type Spread, spread } from "./statistics.ts";

export const PER_SECOND = 500;
/** Short, so that some of them find the machine quiet. */
const SECONDS = 1;
const ROUNDS = 10;
const WARM_UP_SECONDS = 4;

type Times = { readonly p50Ms: number; readonly p99Ms: number; readonly othersPercent: number };

export type Added = {
  readonly name: string;
  readonly title: string;
  /** Of the upstream itself: the times as they are; of a proxy: what it adds. */
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly othersPercent: Spread;
};

/** Sends at that rate; the times in milliseconds, sorted. */
async function callAtRate(url: string, what: Ask, pace: Pace): Promise<readonly number[]> {
  const agent = new http.Agent({ keepAlive: true });
  const pacer = new Worker(here("pacer.ts"), { workerData: pace });
  const total = pace.perSecond * pace.seconds;
  const times: number[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      let sent = 0;
      pacer.once("error", reject);
      pacer.on("message", (dueMs: number) => {
        const path = `${what.prefix}${(sent++ % IDS) + 1}`;
        http
          .get(`${url}${path}`, { agent }, (response) => {
            if (response.statusCode !== 200) reject(new Error(`${path}: status ${response.statusCode}`));
            response.resume().on("end", () => {
              times.push(nowMs() - dueMs);
              if (times.length === total) resolve();
            });
          })
          .on("error", reject);
      });
    });
  } finally {
    agent.destroy();
    await pacer.terminate();
  }
  return times.sort((a, b) => a - b);
}

const DIRECT = { name: "direct", title: "straight to the upstream" };

/** The first is the upstream itself. */
export async function addedTimes(
  site: Site,
  patience: Patience,
  tell: (progress: string) => void,
): Promise<readonly Added[]> {
  const proxies = [];
  for (const each of CASES.filter(({ name }) => name === "http-proxy" || name === "gateway")) {
    const serving = await serve(site, each);
    if (serving) proxies.push({ name: each.name, title: each.title, ...serving });
  }
  for (const { url } of proxies) await load(url, ASKS.read, WARM_UP_SECONDS);
  const all = [{ ...DIRECT, url: site.url }, ...proxies].map((each) => ({ ...each, rounds: [] as Times[] }));
  for (let round = 1; round <= ROUNDS; round++) {
    tell(`${PER_SECOND} requests a second, round ${round} of ${ROUNDS}`);
    for (const each of round % 2 === 1 ? all : all.toReversed()) {
      const call = () => callAtRate(each.url, ASKS.read, { perSecond: PER_SECOND, seconds: SECONDS });
      const { result: times, othersPercent } = await quietly(call, patience);
      each.rounds.push({ p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), othersPercent });
    }
  }
  for (const proxy of proxies) await end(proxy);
  // A round counts for all of them or for none.
  const others = Array.from({ length: ROUNDS }, (_, index) =>
    Math.max(...all.map(({ rounds }) => rounds[index]?.othersPercent ?? 0)),
  );
  const counted = quietest(others);
  const [direct] = all;
  return all.map(({ name, title, rounds }) => {
    const over = (of: (times: Times) => number): Spread =>
      spread(counted.flatMap((index) => rounds[index] ?? []).map(of));
    const added = (what: "p50Ms" | "p99Ms"): Spread =>
      spread(
        counted.map(
          (index) =>
            (rounds[index]?.[what] ?? Number.NaN) -
            (name === direct?.name ? 0 : (direct?.rounds[index]?.[what] ?? Number.NaN)),
        ),
      );
    return {
      name,
      title,
      p50Ms: added("p50Ms"),
      p99Ms: added("p99Ms"),
      othersPercent: over((times) => times.othersPercent),
    };
  });
}
