/**
 * A gateway and a simulated tenant on real sockets where one thing moves at a time: every request waits at the tenant
 * until it is told its fate, and every wait of the gateway waits until time is made to pass. So a history of concurrent
 * callers runs the same way every time, and no wait costs any.
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Step } from "../../src/demo/steps.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import { RefusingCollections } from "../../src/gateway/lost/replayable-create.ts";
import { Families } from "../../src/guard/families.ts";
import { HeldMemory } from "../../src/guard/held-memory.ts";
import { headerValue } from "../../src/http/headers.ts";
import type { Event } from "../../src/observe/events.ts";
import { createGatewayServer } from "../../src/server/server.ts";
import { type Answer, ask, policyOf } from "./gateway.ts";
import { steppedClock } from "./stepped-clock.ts";
import { tenantAt } from "./tenant.ts";

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

/** One request of a caller, and all that the gateway makes of it. */
export type Exchange = {
  readonly name: string;
  readonly requests: Request[];
  readonly startedAt: number;
  answer: Answer | undefined;
  /** Called when it moves no more: a request of it is at the tenant, it waits for time to pass, or it is answered. */
  stands: (error?: Error) => void;
};

/** A request of the gateway that has come to the tenant. */
export type Request = {
  readonly exchange: Exchange;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly at: number;
  /** `waiting` for its answer, `abandoned` by the gateway and yet to be dealt with, or dealt with. */
  state: "waiting" | "abandoned" | "over";
  readonly meet: (fate: Step) => void;
};

export type Lockstep = {
  readonly tenant: Tenant;
  readonly now: () => number;
  readonly events: readonly Event[];
  /** Forgets circuits, budgets, events and all objects: what comes now knows nothing of what was before. */
  begin(): void;
  /** A caller asks; until its first request is at the tenant, or it is answered. */
  call(name: string, asked: Asked): Promise<Exchange>;
  /** The request meets its fate, and its exchange moves on. */
  release(request: Request, fate: Step): Promise<void>;
  /** Until the next timer; false when nobody waits for one. */
  passTime(): Promise<boolean>;
  /** Somebody asks the tenant itself. */
  elsewhere(asked: Asked): Promise<Answer>;
  close(): Promise<void>;
};

export const DEADLINE_MS = 30_000;

const POLICY = `
deadline: ${DEADLINE_MS}ms
attempt: { timeout: 10s }
retry: { budget: { perSecond: 1000 } }
breaker: { minimum: 100000 }
routes:
  - { name: keyed, match: { path: '/openidm/managed/keyed/**' }, replayableCreates: true }
  - { name: refusing, match: { path: '/openidm/system/ldap/**' }, replayableCreates: true }
`;

/** Of real time: a move takes a few milliseconds. */
const STANDS_WITHIN_MS = 10_000;

const ELSEWHERE = "elsewhere";

export async function startLockstep(): Promise<Lockstep> {
  const policy = policyOf(POLICY);
  const exchanges = new Map<string, Exchange>();
  const clock = steppedClock<Exchange>((exchange) => exchange.stands());

  const tenant = await startTenant({
    clock,
    choose: ({ method, url, rawHeaders, body }) => {
      const [name = ""] = (headerValue(rawHeaders, "x-forgerock-transactionid") ?? "").split("/");
      const exchange = exchanges.get(name);
      if (!exchange) return Promise.resolve({ kind: "serve" });
      const [path = "", query = ""] = url.split(/\?(.*)/s);
      return new Promise((meet) => {
        exchange.requests.push({
          exchange,
          method,
          path,
          query,
          body,
          at: clock.now(),
          state: "waiting",
          meet,
        });
        exchange.stands();
      });
    },
  });

  let families = new Families(clock, () => {});
  let refusing = new RefusingCollections();
  const events: Event[] = [];
  const upstream = tenantAt(tenant.url);
  const gateway: Gateway = {
    clock,
    policy: () => policy,
    heldMemory: new HeldMemory(),
    tenant: upstream,
    observe: (event) => events.push(event),
    get families() {
      return families;
    },
    get refusing() {
      return refusing;
    },
  };
  const server = createGatewayServer(gateway).http;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent = new http.Agent({ keepAlive: true });

  /** Until the exchange that this sets in motion stands still again. */
  const move = async (exchange: Exchange, push: () => void): Promise<void> => {
    clock.owner = exchange;
    await new Promise<void>((resolve, reject) => {
      const lost = new Error(`${exchange.name} neither waits for anything nor is answered`);
      const watchdog = setTimeout(reject, STANDS_WITHIN_MS, lost);
      exchange.stands = (error) => {
        clearTimeout(watchdog);
        if (error) reject(error);
        else resolve();
      };
      push();
    });
    clock.owner = undefined;
  };

  const send = (base: string, name: string, { method, path, headers, body }: Asked): Promise<Answer> =>
    ask(base, method, path, {
      headers: { ...headers, "x-forgerock-transactionid": name },
      ...(body === undefined ? {} : { body }),
      agent,
    });

  return {
    tenant,
    now: clock.now,
    events,
    begin() {
      families = new Families(clock, () => {});
      refusing = new RefusingCollections();
      events.length = 0;
      exchanges.clear();
      tenant.reset();
    },
    async call(name, asked) {
      const startedAt = clock.now();
      const exchange: Exchange = { name, requests: [], startedAt, answer: undefined, stands: () => {} };
      exchanges.set(name, exchange);
      await move(exchange, () => {
        void send(url, name, asked).then((answer) => {
          exchange.answer = answer;
          exchange.stands();
        }, exchange.stands);
      });
      return exchange;
    },
    async release(request, fate) {
      const awaited = request.state === "waiting";
      request.state = "over";
      if (awaited) return move(request.exchange, () => request.meet(fate));
      request.meet(fate);
      await new Promise((resolve) => setImmediate(resolve));
    },
    async passTime() {
      const timer = clock.next();
      if (!timer) return false;
      const { owner } = timer;
      // An exchange that waits for an answer has no timer but the limit of that wait.
      for (const request of owner?.requests ?? [])
        if (request.state === "waiting") request.state = "abandoned";
      if (owner && !owner.answer) await move(owner, () => clock.fire(timer));
      else clock.fire(timer);
      return true;
    },
    elsewhere: (asked) => send(tenant.url, ELSEWHERE, asked),
    async close() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      upstream.close();
      await tenant.close();
    },
  };
}
