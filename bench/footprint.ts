/**
 * What the gateway takes of a machine beside CPU time: memory after its start and after many requests, and the time
 * from the start of its process until it takes callers. It runs as the image does.
 */
import { CASES } from "./cases.ts";
import { load } from "./load.ts";
import { end, type Memory, memory, start } from "./processes.ts";
import { type Patience, quietest, quietly, type Watched } from "./quiet.ts";
import { ASKS } from "./requests.ts";
import { BUNDLE, gatewayFlags, NODE_OPTIONS, READY, type Site, serve } from "./site.ts";
import { type Spread, spread } from "./statistics.ts";

export const REQUESTS = 200_000;
const STARTS = 7;

/** Until what a start leaves behind has come to rest. */
const SETTLE_MS = 1_000;
/** Its pace changes while it gets warm. */
const LONGEST_LOAD_SECONDS = 10;
const LONGEST_SECONDS = 300;

export type Footprint = { readonly started: Memory; readonly loaded: Memory; readonly requests: number };

/** A gateway of its own, which has answered nothing else. */
export async function footprint(site: Site, tell: (progress: string) => void): Promise<Footprint> {
  const what = CASES.find(({ name }) => name === "gateway");
  const serving = what && (await serve(site, what));
  if (serving === undefined) throw new Error("there is no gateway to measure");
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const started = memory(serving);
  let [requests, seconds, perSecond] = [0, 0, 0];
  while (requests < REQUESTS && seconds < LONGEST_SECONDS) {
    const left = perSecond === 0 ? 1 : Math.ceil((REQUESTS - requests) / perSecond);
    tell(`${requests} of ${REQUESTS} requests, then its memory`);
    const loaded = await load(serving.url, ASKS.read, Math.min(left, LONGEST_LOAD_SECONDS));
    requests += loaded.requests;
    seconds += loaded.seconds;
    perSecond = loaded.requests / loaded.seconds;
  }
  const loaded = memory(serving);
  await end(serving);
  return { started, loaded, requests };
}

export type Starts = {
  readonly gatewayMs: Spread;
  readonly emptyMs: Spread;
  readonly ratio: Spread;
  readonly othersPercent: Spread;
};

/** The least that Node needs to listen. */
const EMPTY = `require("node:http").createServer().listen(0, "127.0.0.1", () => console.error("listens"))`;

/** In turns with an empty HTTP server, of which most of the time is Node's own. */
export async function starts(
  site: Site,
  patience: Patience,
  tell: (progress: string) => void,
): Promise<Starts> {
  tell(`${STARTS} starts`);
  const flags = gatewayFlags(site, { name: "gateway", program: "gateway" });
  const both = async () => ({
    emptyMs: await timed(["-e", EMPTY], /listens/),
    gatewayMs: await timed([BUNDLE, ...flags], READY),
  });
  // The first time reads files that the system does not hold in memory yet.
  await both();
  const all: Watched<{ readonly emptyMs: number; readonly gatewayMs: number }>[] = [];
  for (let round = 0; round < STARTS; round++) all.push(await quietly(both, patience));
  const counted = quietest(all.map(({ othersPercent }) => othersPercent)).flatMap(
    (index) => all[index] ?? [],
  );
  return {
    gatewayMs: spread(counted.map(({ result }) => result.gatewayMs)),
    emptyMs: spread(counted.map(({ result }) => result.emptyMs)),
    ratio: spread(counted.map(({ result }) => result.gatewayMs / result.emptyMs)),
    othersPercent: spread(counted.map(({ othersPercent }) => othersPercent)),
  };
}

async function timed(args: readonly string[], announces: RegExp): Promise<number> {
  const startedAt = performance.now();
  const program = await start(args, announces, { NODE_OPTIONS });
  const ms = performance.now() - startedAt;
  await end(program);
  return ms;
}
