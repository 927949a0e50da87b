/**
 * Callers by the thousand, before the whole gateway but its listener, and a tenant that is a model; by a clock of their
 * own. What came of it is told in numbers by the second.
 */
import { Departure } from "../../src/clock.ts";
import { exchange } from "../../src/gateway/exchange.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import { RefusingCollections } from "../../src/gateway/lost/replayable-create.ts";
import { Families } from "../../src/guard/families.ts";
import { HeldMemory } from "../../src/guard/held-memory.ts";
import { headerValue } from "../../src/http/headers.ts";
import { parseTarget } from "../../src/http/target.ts";
import { compilePolicy } from "../../src/policy/load.ts";
import { seededRandom } from "../support/random.ts";
import { type EventClock, eventClock } from "./event-clock.ts";
import { type Illness, type ModelledTenant, modelledTenant } from "./modelled-tenant.ts";

/** What one caller asked and was told. */
export type Asked = {
  readonly at: number;
  readonly status: number;
  readonly afterMs: number;
  readonly retryAfter: string | undefined;
  /** Requests to the tenant that it took. */
  readonly attempts: number;
};

export type Load = {
  readonly clock: EventClock;
  readonly tenant: ModelledTenant;
  readonly asked: Asked[];
  /** One caller asks now. */
  ask(): Promise<Asked>;
  /** So many a second ask, one after the other, whatever becomes of the others. */
  openLoop(perSecond: number, fromMs: number, untilMs: number): void;
};

/** One in five does something that must not be done twice. */
const WRITES = 0.2;

export function startLoad(tenantPerSecond: number, illnesses: readonly Illness[]): Load {
  const dice = seededRandom(20_261_129);
  const clock = eventClock(dice);
  const tenant = modelledTenant(clock, tenantPerSecond, illnesses);
  const loaded = compilePolicy("version: 1\nextends: aic\n", { file: "policy.yaml", env: {} });
  if ("mistakes" in loaded) throw new Error("the default policy has mistakes");
  const gateway: Gateway = {
    clock,
    policy: () => loaded.policy,
    families: new Families(clock, () => {}),
    heldMemory: new HeldMemory(),
    tenant,
    observe: () => {},
    refusing: new RefusingCollections(),
  };
  const asked: Asked[] = [];

  const ask = async (): Promise<Asked> => {
    const at = clock.now();
    const method = dice() < WRITES ? "POST" : "GET";
    const target = parseTarget(method, `/openidm/managed/alpha_user/${asked.length}`);
    if ("problem" in target) throw new Error(target.problem);
    const reply = await exchange(
      {
        id: "",
        method,
        target: target.target,
        httpVersion: "1.1",
        headers: ["host", "gateway"],
        body: undefined,
        accept: undefined,
        streams: () => {},
        contentLength: undefined,
        callerOrigin: "http://gateway",
        callerAddress: "127.0.0.1",
        interim: undefined,
        left: new Departure(),
        slow: undefined,
        insteadOfAnswer: { status: undefined },
      },
      gateway,
    );
    reply.ended("delivered");
    const told = {
      at,
      status: reply.status,
      afterMs: clock.now() - at,
      retryAfter: headerValue(reply.headers, "retry-after"),
      attempts: Number(headerValue(reply.headers, "x-gateway-attempts")),
    };
    asked.push(told);
    return told;
  };

  return {
    clock,
    tenant,
    asked,
    ask,
    openLoop(perSecond, fromMs, untilMs) {
      const everyMs = 1000 / perSecond;
      for (let slot = fromMs; slot < untilMs; slot += everyMs)
        clock.at(slot + dice() * everyMs, () => void ask());
    },
  };
}
