/**
 * `npm run soak`: a gateway under mixed traffic in bad weather, with a reload every ten seconds and one restart. When it is
 * over, memory, sockets, timers and handles have to be what they were. Prints one table; ends with 1 when something grew.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../../src/clock.ts";
import { startTenant } from "../../src/demo/tenant.ts";
import { RAIN } from "../../src/demo/weather.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Probed, probed } from "./probed.ts";
import type { Held } from "./soak-probe.ts";
import { breakSomething, leave, next, policyOf } from "./soak-traffic.ts";
import { callers, type Tally, written } from "./steady-callers.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const RUN_MS = Number(values.minutes) * 60_000;
if (!(RUN_MS > 0)) throw new Error(`--minutes ${values.minutes}: expected a number above 0`);

const CALLERS = 16;
const RELOAD_MS = 10_000;
const BREAK_MS = 200;
const LEAVE_MS = 100;
const SAMPLE_MS = Math.min(5000, RUN_MS / 40);
/** One restart, early: what is compared afterwards is one process. */
const RESTART_AT = 0.15;
/** Code is compiled, pools and caches are filled: until then more is no growth. */
const WARM_UP_UNTIL = 0.4;
/** Longer than any connection is kept. */
const QUIET_MS = 15_000;

const folder = mkdtempSync(join(tmpdir(), "soak-"));
const policy = join(folder, "policy.yaml");
const startedAt = performance.now();
const part = (): number => (performance.now() - startedAt) / RUN_MS;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const say = (text: string): void => console.error(`${Math.round(part() * 100)} %  ${text}`);

const tenant = await startTenant({ clock: systemClock, weather: RAIN, recording: false });
const proxy = await startFaultProxy(tenant.url, systemClock);

const start = (listen = "127.0.0.1:0"): Promise<Probed> =>
  probed(["--upstream", proxy.url, "--policy", policy, "--log-level", "silent", "--listen", listen]);

let reloads = 0;
writeFileSync(policy, policyOf(reloads));
let program = await start();
const { host } = new URL(program.url);
let fresh = await program.held();
const load: Tally = callers(program.url, CALLERS, next);
const every = [
  setInterval(() => writeFileSync(policy, policyOf(++reloads)), RELOAD_MS),
  setInterval(() => tenant.reset(), RELOAD_MS),
  setInterval(() => leave(program.url), LEAVE_MS),
];
let broken = 0;
every.push(setInterval(() => breakSomething(proxy, broken++), BREAK_MS));

while (part() < RESTART_AT) await pause(SAMPLE_MS);
say("restart");
program.child.kill("SIGTERM");
const { code } = await program.ended;
program = await start(host);
fresh = await program.held();
const turnedAway = load.unanswered.length;

const samples: Held[] = [];
let told = 0;
while (part() < 1) {
  await pause(SAMPLE_MS);
  const sample = await program.held();
  if (part() >= WARM_UP_UNTIL) samples.push(sample);
  if (part() - told < 0.1) continue;
  told = part();
  say(`${load.total()} requests, heap ${mebibytes(sample.heapBytes)}, ${sample.sockets} sockets`);
}
for (const timer of every) clearInterval(timer);
proxy.heal();
await load.stop();
say("quiet");
await pause(QUIET_MS);
const after = await program.held();
const alive = program.child.exitCode === null;
program.child.kill("SIGKILL");
await program.ended;
await proxy.close();
await tenant.close();
rmSync(folder, { recursive: true });

const third = Math.floor(samples.length / 3);
const early = samples.slice(0, third);
const late = samples.slice(-third);
const median = (of: readonly Held[], what: keyof Held): number =>
  of.map((held) => held[what]).sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;

/** What may be more in the last third than in the first, and at the end than at the start: what garbage and chance need. */
const SLACK: Readonly<
  Record<keyof Held, { readonly share: number; readonly more: number; readonly atEnd?: number }>
> = {
  heapBytes: { share: 0.1, more: 2 * 1024 * 1024 },
  residentBytes: { share: 0.1, more: 8 * 1024 * 1024 },
  sockets: { share: 0.5, more: 8, atEnd: 0 },
  timers: { share: 0.5, more: 8, atEnd: 1 },
  handles: { share: 0, more: 2, atEnd: 0 },
};

const rows = (Object.keys(SLACK) as (keyof Held)[]).map((what) => {
  const { share, more, atEnd } = SLACK[what];
  const [first, last] = [median(early, what), median(late, what)];
  const steady = last <= first * (1 + share) + more;
  const back = atEnd === undefined || after[what] <= fresh[what] + atEnd;
  return {
    what,
    fresh: fresh[what],
    "first third": first,
    "last third": last,
    "quiet again": after[what],
    ok: steady && back,
  };
});
const shown = (value: number, what: string): string =>
  what.endsWith("Bytes") ? mebibytes(value) : String(value);
console.table(
  rows.map(({ what, ok, ...counts }) => ({
    what: what.replace("Bytes", ""),
    ...Object.fromEntries(Object.entries(counts).map(([when, value]) => [when, shown(value, what)])),
    ok,
  })),
);
console.log(
  `${load.total()} requests: ${written(load.counts)} (${turnedAway} while it was restarted, the others cut in the middle); ` +
    `${reloads} reloads, ${broken} faults; restart: exit ${code}`,
);
const good = alive && code === 0 && rows.every(({ ok }) => ok);
console.log(good ? "as it was" : "not as it was");
process.exitCode = good ? 0 : 1;

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
