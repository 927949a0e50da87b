/**
 * What the gateway costs: CPU time per request of the gateway's process, beside that of a bare http-proxy 1.18.1 doing
 * nothing but passing on, in one run, in turns, so that both see the same machine. Run it with `npm run bench`.
 *
 * Upstream and both proxies are processes of their own; this one makes the load and reads their CPU time from the
 * system. It measures; it never fails a build.
 */
import { cpus } from "node:os";
import { call } from "./callers.ts";
import { cpuTimeUs, end, here, type Program, start } from "./processes.ts";

const WARM_UP = 5_000;
const REQUESTS = 10_000;
const ROUNDS = 3;
const CALLERS = 16;

/** The address that a program has announced. */
const urlOf = ({ said }: Program): string => said[1] ?? "";

const load = (program: Program, requests: number): Promise<readonly number[]> =>
  call(urlOf(program), [{ callers: CALLERS, call: "read", requests }]);

type Measured = { cpuUs: number; p50: number; p99: number };

async function measure(program: Program): Promise<Measured> {
  const before = cpuTimeUs(program);
  const times = await load(program, REQUESTS);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { cpuUs: (cpuTimeUs(program) - before) / times.length, p50: at(0.5), p99: at(0.99) };
}

const upstream = await start([here("upstream.ts")], /(http:\S+)/);
const bare = await start([here("bare-http-proxy.ts"), urlOf(upstream)], /(http:\S+)/);
const gateway = await start(
  [
    here("../bin/crest-gateway"),
    "--upstream",
    urlOf(upstream),
    "--listen",
    "127.0.0.1:0",
    "--admin",
    "127.0.0.1:0",
  ],
  /callers at (http:\S+)/,
);
const rivals = [
  { name: "bare http-proxy 1.18.1", program: bare, rounds: [] as Measured[] },
  { name: "crest-gateway", program: gateway, rounds: [] as Measured[] },
];

console.info(
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores`,
);
console.info(
  `${ROUNDS} rounds of ${REQUESTS} GETs of 1 KiB by ${CALLERS} callers, keep-alive, after ${WARM_UP} to warm up\n`,
);
for (const { program } of rivals) await load(program, WARM_UP);
for (let round = 0; round < ROUNDS; round++)
  for (const rival of rivals) rival.rounds.push(await measure(rival.program));

const best = (rounds: readonly Measured[], what: keyof Measured): number =>
  Math.min(...rounds.map((each) => each[what]));
console.info("                          CPU µs/request   p50 ms   p99 ms   (best of the rounds)");
for (const { name, rounds } of rivals) {
  const [cpu, p50, p99] = [best(rounds, "cpuUs"), best(rounds, "p50"), best(rounds, "p99")];
  console.info(
    `${name.padEnd(26)}${cpu.toFixed(0).padStart(14)}${p50.toFixed(2).padStart(9)}${p99.toFixed(2).padStart(9)}`,
  );
}

for (const program of [bare, gateway, upstream]) await end(program);
