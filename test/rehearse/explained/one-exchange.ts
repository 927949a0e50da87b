/**
 * One exchange through a real gateway that is at rest: families of its own, freshly made, nobody else there, and a
 * clock that is moved from timer to timer whenever time is the only thing waited for.
 */
import { RefusingCollections } from "../../../src/gateway/lost/replayable-create.ts";
import { Families } from "../../../src/guard/families.ts";
import type { Event, ExchangeRecord } from "../../../src/observe/events.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import type { Running } from "../../support/gateway.ts";
import { manualClock, turnsUntil } from "../../support/manual-clock.ts";
import { rawRequest } from "../../support/raw-client.ts";
import type { AskedRequest } from "./requests.ts";
import { type Deed, requestBytes, type Upstream } from "./upstream.ts";
import type { Wire } from "./wires.ts";

export type Question = {
  readonly request: AskedRequest;
  readonly wire: Wire;
  /** Whether every attempt meets the same; else the second is answered 200. */
  readonly always: boolean;
  /** Where the dice fall. */
  readonly random: number;
};

type OfKind<K extends Event["kind"]> = Extract<Event, { kind: K }>;

/** What the gateway did. */
export type Done = {
  readonly attempts: readonly OfKind<"attempt">[];
  /** The moments at which attempts began. */
  readonly begun: readonly number[];
  /** After each attempt that did not end `ok`. */
  readonly decisions: readonly (OfKind<"decision"> & { readonly at: number; readonly wallMs: number })[];
  readonly refusals: readonly OfKind<"refused">[];
  readonly record: ExchangeRecord;
};

/** A clock that can be moved to whatever is waited for next. */
export function steppedClock() {
  const manual = manualClock();
  const timers = new Set<{ readonly due: number }>();
  const after = (delayMs: number, then: () => void): (() => void) => {
    const timer = { due: manual.now() + Math.max(0, delayMs) };
    timers.add(timer);
    const cancel = manual.after(delayMs, () => {
      timers.delete(timer);
      then();
    });
    return () => {
      timers.delete(timer);
      cancel();
    };
  };
  return {
    ...manual,
    after,
    limit: after,
    async step() {
      await manual.advance(Math.min(...[...timers].map(({ due }) => due)) - manual.now());
    },
  };
}

export async function exchangeAtRest(
  policy: Policy,
  { request, wire, random }: Question,
  deeds: (nth: number) => Deed,
  tools: {
    readonly clock: ReturnType<typeof steppedClock>;
    readonly gateway: Running;
    readonly upstream: Upstream;
  },
): Promise<Done> {
  const { clock, gateway, upstream } = tools;
  const begun: number[] = [];
  const events: Event[] = [];
  const decisions: Done["decisions"][number][] = [];
  let record: ExchangeRecord | undefined;
  const ofKind = <K extends Event["kind"]>(kind: K) =>
    events.filter((event): event is OfKind<K> => event.kind === kind);
  const tenant = upstream.tenantFor(wire);
  Object.assign(gateway.gateway, {
    policy: () => policy,
    families: new Families(clock, () => {}),
    refusing: new RefusingCollections(),
    tenant: {
      ...tenant,
      poolFor: (wanted: Parameters<typeof tenant.poolFor>[0]) => {
        begun.push(clock.now());
        return tenant.poolFor(wanted);
      },
      socketsFor: (wanted: Parameters<typeof tenant.socketsFor>[0]) => {
        begun.push(clock.now());
        return tenant.socketsFor(wanted);
      },
    },
    observe: (event: Event) => {
      events.push(event);
      if (event.kind === "decision") decisions.push({ ...event, at: clock.now(), wallMs: clock.wall() });
      if (event.kind === "exchange") record = event;
    },
  });
  clock.setRandom(random);
  upstream.begin(deeds);

  let hangUp = (): void => {};
  const caller = rawRequest(gateway.url, requestBytes(request), (socket) => {
    // A reset is heard at once; who closes has to be asked first, and this clock stands.
    hangUp = () => socket.resetAndDestroy();
  });
  const failure = wire.kind === "failure" ? wire.failure : undefined;
  const underway = () => begun.length > ofKind("attempt").length;
  const arrived = () => upstream.seen() === begun.length;
  const sendsAgain = () =>
    decisions.length === ofKind("attempt").length && decisions.at(-1)?.decision === "retried";
  const pausing = () => sendsAgain() && !underway() && clock.pending() > 0;
  const unheard = () =>
    underway() &&
    clock.pending() > 0 &&
    (failure === "connect-timeout" || (failure === "timeout" && arrived()));
  const leaving = () => failure === "caller-left" && underway() && arrived();
  for (;;) {
    await turnsUntil(() => record !== undefined || pausing() || unheard() || leaving());
    if (record) break;
    if (leaving()) {
      hangUp();
      await turnsUntil(() => record !== undefined);
    } else await clock.step();
  }
  await caller;
  return { attempts: ofKind("attempt"), begun, decisions, refusals: ofKind("refused"), record };
}
