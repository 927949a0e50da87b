/**
 * What the gateway needs: memory and CPU time of the bundle under named loads, at each of the sizes that
 * docs/deploy.md names. Run it with `npm run bench:memory`. Each load gets a process of its own, so that no row shows
 * what an earlier one left behind; the tenant and the callers are in others.
 *
 * No limit is enforced: it shows what would be taken. It measures; it never fails a build.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { type Callers, call } from "./callers.ts";
import { cpuTimeUs, end, here, memory, type Program, start } from "./processes.ts";
import { SIZES, type Size } from "./sizes.ts";

/** Time is told of this one alone: sizes differ in memory, hardly in time. */
const TIMED_MEBIBYTES = 256;

type Load = { readonly name: string; readonly callers: readonly Callers[] };

const LOADS: readonly Load[] = [
  { name: "idle", callers: [] },
  { name: "1 KiB answers, 16 callers", callers: [{ callers: 16, call: "read", requests: 2_500 }] },
  { name: "1 KiB answers, 64 callers", callers: [{ callers: 64, call: "read", requests: 2_500 }] },
  { name: "1 MiB answers, 32 callers", callers: [{ callers: 32, call: "large", requests: 256 }] },
  { name: "1 MiB bodies, 16 callers", callers: [{ callers: 16, call: "write", requests: 96 }] },
  { name: "1 MiB bodies, 64 callers", callers: [{ callers: 64, call: "write", requests: 256 }] },
  { name: "1 MiB bodies, 128 callers", callers: [{ callers: 128, call: "write", requests: 384 }] },
  {
    name: "bodies of 64, answers to 32",
    callers: [
      { callers: 64, call: "write", requests: 192 },
      { callers: 32, call: "large", requests: 192 },
    ],
  },
];

/** Until what is called often has been compiled, as in a gateway that has run for a while. */
const WARM_UP: Callers = { callers: 16, call: "read", requests: 1_000 };

const SAMPLE_MS = 25;
const SCRAPE_MS = 250;
const IDLE_MS = 1_000;
const LONGEST_RUN_MS = 600_000;

const MIB = 1024 * 1024;
const BUNDLE = here("../dist/bin/crest-gateway.mjs");

/** The heap as the charts give it to a container of that size: Node sees the whole machine here, and would take more. */
const nodeOptions = ({ limitMebibytes }: Size): string =>
  `--max-old-space-size=${Math.floor(limitMebibytes * 0.6)} --max-semi-space-size=${Math.min(16, limitMebibytes / 64)}`;

const policyText = ({ replayMebibytes }: Size): string =>
  `version: 1\nextends: aic\nreplay: { memory: ${replayMebibytes}MiB }\n`;

type Measured = {
  readonly times: readonly number[];
  readonly cpuUs: number;
  readonly peakMebibytes: number;
  readonly anonymousMebibytes: number;
  readonly heldMebibytes: number;
};

async function measure(tenant: string, size: Size, { callers }: Load): Promise<Measured> {
  const policy = join(folder, `${size.limitMebibytes}.yaml`);
  writeFileSync(policy, policyText(size));
  const gateway = await start(
    [
      BUNDLE,
      `--upstream=${tenant}`,
      `--upstream-ca=${here("../test/fixtures/tls/ca.pem")}`,
      `--policy=${policy}`,
      "--listen=127.0.0.1:0",
      "--admin=127.0.0.1:0",
    ],
    /callers at (http:\S+) and for operators at (http:\S+)\/status\n/,
    { NODE_OPTIONS: nodeOptions(size) },
  );
  try {
    const [, url = "", admin = ""] = gateway.said;
    const idle = callers.length === 0;
    if (!idle) await call(url, [WARM_UP]);
    return await watch(gateway, admin, () => (idle ? pause(IDLE_MS) : call(url, callers)));
  } finally {
    await end(gateway);
  }
}

/** What it takes while `work` goes on. */
async function watch(
  gateway: Program,
  admin: string,
  work: () => Promise<readonly number[]>,
): Promise<Measured> {
  let [anonymousMebibytes, heldMebibytes] = [0, 0];
  const sample = (): void => {
    anonymousMebibytes = Math.max(anonymousMebibytes, memory(gateway).anonymousMebibytes);
  };
  const scrape = async (): Promise<void> => {
    const text = await (await fetch(`${admin}/metrics`)).text();
    const held = Number(/^crest_gateway_held_body_bytes (\S+)$/m.exec(text)?.[1]);
    heldMebibytes = Math.max(heldMebibytes, held / MIB);
  };
  const timers = [
    setInterval(sample, SAMPLE_MS),
    // The last one may find the gateway gone.
    setInterval(() => scrape().catch(() => {}), SCRAPE_MS),
  ];
  try {
    const before = cpuTimeUs(gateway);
    const times = await work();
    const cpuUs = (cpuTimeUs(gateway) - before) / times.length;
    sample();
    const { peakMebibytes } = memory(gateway);
    return { times, cpuUs, peakMebibytes, anonymousMebibytes, heldMebibytes };
  } finally {
    for (const timer of timers) clearInterval(timer);
  }
}

const pause = (ms: number): Promise<readonly number[]> =>
  new Promise((resolve) => setTimeout(() => resolve([]), ms));

const WIDTHS = [29, 10, 8, 6, 6];
const OTHER_WIDTH = 14;

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, index) =>
      index === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[index] ?? OTHER_WIDTH),
    )
    .join("")
    .trimEnd();

function timeCells({ times, cpuUs }: Measured): readonly string[] {
  if (times.length === 0) return ["-", "-", "-", "-"];
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return [cpuUs, 1_000_000 / cpuUs, at(0.5), at(0.99)].map((each) => each.toFixed(0));
}

/** Held, anonymous, resident; with a mark when the limit would not allow it. */
function memoryCell(size: Size, measured: Measured): string {
  const { heldMebibytes, anonymousMebibytes, peakMebibytes } = measured;
  const numbers = [heldMebibytes, anonymousMebibytes, peakMebibytes].map((each) => each.toFixed(0));
  return numbers.join("/") + (anonymousMebibytes > size.limitMebibytes ? "!" : " ");
}

if (!existsSync(BUNDLE)) {
  console.error(`${BUNDLE} is not there: run "npm run bench:memory", which makes it first`);
  process.exit(1);
}
setTimeout(() => {
  console.error(`not done after ${LONGEST_RUN_MS / 1000} s, giving up`);
  process.exit(1);
}, LONGEST_RUN_MS).unref();
const folder = mkdtempSync(join(tmpdir(), "crest-gateway-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true }));

const tenant = await start([here("memory-tenant.ts")], /(https:\S+)/);
const processor = cpus()[0]?.model ?? "unknown processor";
console.info(`Node ${process.versions.node}, ${processor}, ${cpus().length} cores`);
console.info(
  "MiB at most: held bodies/anonymous/resident, ! where anonymous memory is more than the limit\n",
);
const limits = SIZES.map(({ limitMebibytes }) => `limit ${limitMebibytes} `);
const replays = SIZES.map(({ replayMebibytes }) => `replay ${replayMebibytes} `);
console.info(line(["", "CPU µs", "req/s", "p50", "p99", ...limits]));
console.info(line(["load", "/request", "a core", "ms", "ms", ...replays]));
for (const load of LOADS) {
  const all: (readonly [Size, Measured])[] = [];
  for (const size of SIZES) all.push([size, await measure(tenant.said[1] ?? "", size, load)]);
  const timed = all.find(([{ limitMebibytes }]) => limitMebibytes === TIMED_MEBIBYTES)?.[1];
  const times = timed ? timeCells(timed) : [];
  console.info(line([load.name, ...times, ...all.map(([size, measured]) => memoryCell(size, measured))]));
}
await end(tenant);
