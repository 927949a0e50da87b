/**
 * One cell of the matrix: one request of one kind meets one fault. It has a tenant, a fault proxy and a gateway of its own,
 * and says what the caller was told, what the tenant really did, and what is left when all is over.
 */
import { readFileSync } from "node:fs";
import type { LookupFunction } from "node:net";
import { sleep } from "../../src/clock.ts";
import { startTenant } from "../../src/demo/tenant.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { FAULTS } from "../support/faults.ts";
import { type Running, startGateway } from "../support/gateway.ts";
import { someTurns } from "../support/manual-clock.ts";
import { forerunnerOf, type Kind, READ, requestOf } from "./kinds.ts";
import type { Loopback } from "./loopback.ts";
import type { Scenario } from "./scenarios.ts";
import { type Asking, asking, type Told } from "./told.ts";
import { passTime, type VirtualClock, virtualClock } from "./virtual-time.ts";

/** Limits that can be told from each other, and their sums as well. Nothing but the fault limits a retry. */
export const POLICY = [
  "deadline: 5s",
  "attempt: { timeout: 2s, connect: 500ms, idle: 2500ms }",
  "retry: { attempts: 3, backoff: { base: 1ms, max: 2ms }, retryAfter: { max: 2s }, budget: { percent: 100%, perSecond: 100 } }",
  "replay: { maxBody: 16KiB }",
  "",
].join("\n");

export type Outcome = {
  readonly told: Told;
  /** Attempts, by the gateway's own record. */
  readonly tries: number;
  /** What the record says of an exchange whose caller is told nothing. */
  readonly record: { readonly status: number; readonly processed: string };
  /** How often the tenant did what it was asked. */
  readonly done: number;
  /** What is not as it was before; empty when all is. */
  readonly left: string;
};

/** What the cells of a run share. */
export type Surroundings = {
  /** TLS between gateway and tenant. */
  readonly secure: boolean;
  /** Where nobody answers. */
  readonly blackHole: string;
  readonly loopback: Loopback;
};

export async function runCell(
  scenario: Scenario,
  kind: Kind,
  { secure, blackHole, loopback }: Surroundings,
): Promise<Outcome> {
  const closing: { close(): unknown }[] = [];
  try {
    let mishaps = 0;
    let caller: Asking | undefined;
    let servedAt: Promise<void> | undefined;
    const clock = virtualClock();
    const tenant = await startTenant({
      clock,
      choose: async () => {
        if (caller && scenario.leaves) {
          caller.leave(scenario.leaves);
          servedAt = sleep(clock, HEARD_MS);
          await servedAt;
        }
        return scenario.step && mishaps-- > 0 ? scenario.step : undefined;
      },
    });
    closing.push(tenant);
    const certificate = scenario.certificate ?? (secure ? "good" : undefined);
    const proxy = await startFaultProxy(tenant.url, clock, certificate && CERTIFICATES[certificate]);
    closing.push(proxy);
    const trusting = { ca: pem("ca") };
    const g = await startGateway({
      clock,
      policy: POLICY,
      upstream: addressOf(scenario, proxy, blackHole),
      reach: {
        lookup: resolver(scenario),
        ...(certificate === "unknown authority" ? {} : { tls: () => trusting }),
      },
    });
    closing.push(g);

    const request = await requestOf(kind, tenant);
    const ahead = await forerunnerOf(kind, tenant);
    const fault: Fault | undefined = scenario.fault && FAULTS[scenario.fault];
    if (fault?.reusedOnly) {
      await asking(g.url, ahead, clock).told;
      await g.ended(1);
      await someTurns();
    }
    const [ended, applied] = [g.exchanges().length, tenant.applied.length];
    const times = scenario.times === "once" ? 1 : Number.POSITIVE_INFINITY;
    mishaps = times;
    if (fault) proxy.spoil(fault, times);

    const asked = asking(g.url, request, clock);
    caller = asked;
    const moves = (): number => proxy.moves + asked.moves() + g.events.length;
    const told = await passTime(clock, loopback, moves, asked.told);
    caller = undefined;
    await passTime(clock, loopback, moves, Promise.all([g.ended(ended + 1), servedAt]));
    const record = g.exchanges()[ended];
    const done = tenant.applied.length - applied;
    mishaps = 0;
    proxy.heal();
    return {
      told,
      tries: record?.attempts ?? 0,
      record: { status: record?.status ?? 0, processed: record?.processed ?? "" },
      done,
      left: await passTime(clock, loopback, moves, leftOver(scenario, g, proxy, clock)),
    };
  } finally {
    for (const each of closing.reverse()) await each.close();
  }
}

const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), "utf8");
const pair = (name: string) => ({ cert: pem(name), key: pem(`${name}.key`) });
const CERTIFICATES: Readonly<Record<NonNullable<Scenario["certificate"]>, ReturnType<typeof pair>>> = {
  good: pair("server"),
  expired: pair("expired"),
  "other name": pair("other-name"),
  "unknown authority": pair("server"),
};

/** Port 1 of this machine: nobody listens there. */
const NOBODY = "http://127.0.0.1:1";

function addressOf({ nobody }: Scenario, proxy: FaultProxy, blackHole: string): string {
  if (nobody === "refuses") return NOBODY;
  return nobody === "black hole" ? blackHole : proxy.url;
}

const HERE = { address: "127.0.0.1", family: 4 };
/** Also this machine, and nobody listens there. */
const NOWHERE = { address: "127.0.0.2", family: 4 };

/** What a resolver says, by Node's codes. */
const RESOLVED: Readonly<Record<NonNullable<Scenario["resolves"]>, (asked: number) => string | typeof HERE>> =
  {
    "to nothing": () => "ENOTFOUND",
    "not at the moment": () => "EAI_AGAIN",
    "first to where nobody is": (asked) => (asked === 0 ? NOWHERE : HERE),
  };

/** Needs no thread, which would have to be waited for; like a resolver, it never answers before it returns. */
function resolver({ resolves }: Scenario): LookupFunction {
  let asked = 0;
  return (_name, _options, done) => {
    const said = resolves ? RESOLVED[resolves](asked++) : HERE;
    setImmediate(() => {
      if (typeof said === "string") done(Object.assign(new Error(said), { code: said }), []);
      else done(null, [said]);
    });
  };
}

async function leftOver(
  scenario: Scenario,
  { url, gateway, server }: Running,
  proxy: FaultProxy,
  clock: VirtualClock,
): Promise<string> {
  await server.idle();
  const families = gateway.families.snapshot();
  const counts = (): Readonly<Record<string, number>> => ({
    places: sum(families.map(({ inFlight }) => inFlight)),
    queued: sum(families.map(({ queued }) => queued)),
    "held bytes": gateway.heldMemory.usedBytes,
    timers: clock.next() ? 1 : 0,
    "connections in use": proxy.sockets().busy,
  });
  // That a connection was given up is news that travels.
  const given = (): boolean => sum(Object.values(counts())) === 0;
  for (let turn = 0; turn < GIVEN_BACK_TURNS && !given(); turn++) await someTurns();
  const left = Object.entries(counts()).filter(([, count]) => count !== 0);
  if (left.length > 0) return left.map(([what, count]) => `${count} ${what}`).join(", ");

  // Whoever asks next gets what is meant for him, unless there is nobody to ask or the tenant said not to.
  const untrusted = scenario.certificate !== undefined && scenario.certificate !== "good";
  if (scenario.nobody || scenario.resolves || untrusted || families.some(({ throttled }) => throttled))
    return "";
  const next = await asking(url, READ, clock).told;
  return next.status === 200 && next.body.includes(READ.path.slice(-36)) ? "" : `next read: ${next.status}`;
}

/** So soon the gateway knows that its caller has left. */
const HEARD_MS = 100;

const GIVEN_BACK_TURNS = 20;

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
