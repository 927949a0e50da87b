/**
 * What the gateway costs: CPU time per request of the gateway's process, beside that of a bare http-proxy 1.18.1 doing
 * nothing but passing on, in one run, in turns, so that both see the same machine. Run it with `npm run bench`.
 *
 * Upstream and both proxies are processes of their own; this one makes the load and reads their CPU time from the
 * system. It measures; it never fails a build.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const WARM_UP = 5_000;
const REQUESTS = 10_000;
const ROUNDS = 3;
const CALLERS = 16;
/** Linux counts CPU time in hundredths of a second. */
const TICK_US = 10_000;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

type Running = { readonly url: string; readonly child: ChildProcess };

function start(args: readonly string[], announces: RegExp): Promise<Running> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const url = announces.exec(said)?.[1];
      if (url !== undefined) resolve({ url, child });
    });
    child.on("exit", (code) => reject(new Error(`${args.join(" ")} ended with ${code}: ${said}`)));
  });
}

function cpuTimeUs(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: CALLERS });

function one(url: string): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    http
      .get(`${url}/openidm/managed/alpha_user/1`, { agent }, (response) => {
        response.resume().on("end", () => resolve(performance.now() - startedAt));
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      })
      .on("error", reject);
  });
}

async function load(url: string, count: number): Promise<number[]> {
  const times: number[] = [];
  const caller = async (): Promise<void> => {
    while (times.length < count) times.push(await one(url));
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return times.sort((a, b) => a - b);
}

type Measured = { cpuUs: number; p50: number; p99: number };

async function measure({ url, child }: Running): Promise<Measured> {
  const before = cpuTimeUs(child);
  const times = await load(url, REQUESTS);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { cpuUs: (cpuTimeUs(child) - before) / times.length, p50: at(0.5), p99: at(0.99) };
}

const upstream = await start([here("upstream.ts")], /(http:\S+)/);
const bare = await start([here("bare-http-proxy.ts"), upstream.url], /(http:\S+)/);
const gateway = await start(
  [
    here("../bin/crest-gateway"),
    "--upstream",
    upstream.url,
    "--listen",
    "127.0.0.1:0",
    "--admin",
    "127.0.0.1:0",
  ],
  /callers at (http:\S+)/,
);
const rivals = [
  { name: "bare http-proxy 1.18.1", running: bare, rounds: [] as Measured[] },
  { name: "crest-gateway", running: gateway, rounds: [] as Measured[] },
];

console.info(
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores`,
);
console.info(
  `${ROUNDS} rounds of ${REQUESTS} GETs of 1 KiB by ${CALLERS} callers, keep-alive, after ${WARM_UP} to warm up\n`,
);
for (const { running } of rivals) await load(running.url, WARM_UP);
for (let round = 0; round < ROUNDS; round++)
  for (const rival of rivals) rival.rounds.push(await measure(rival.running));

const best = (rounds: readonly Measured[], what: keyof Measured): number =>
  Math.min(...rounds.map((each) => each[what]));
console.info("                          CPU µs/request   p50 ms   p99 ms   (best of the rounds)");
for (const { name, rounds } of rivals) {
  const [cpu, p50, p99] = [best(rounds, "cpuUs"), best(rounds, "p50"), best(rounds, "p99")];
  console.info(
    `${name.padEnd(26)}${cpu.toFixed(0).padStart(14)}${p50.toFixed(2).padStart(9)}${p99.toFixed(2).padStart(9)}`,
  );
}

agent.destroy();
for (const { child } of [bare, gateway, upstream]) child.removeAllListeners("exit").kill();
