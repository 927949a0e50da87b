/**
 * Some hundred exchanges in which tenants and callers do what they should not, all mixed: afterwards nothing is held,
 * counted, waited for or open that was not before, and what must not be done twice has not been sent twice.
 */
import type { Agent } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { FAULTS, type Fault, type FaultyUpstream, startFaultyUpstream } from "../support/faulty-upstream.ts";
import { ask, gateways, type Running } from "../support/gateway.ts";
import { type ManualClock, manualClock, someTurns, turnsUntil } from "../support/manual-clock.ts";
import { seededRandom } from "../support/random.ts";
import { plainAnswer, startRawUpstream } from "../support/raw-upstream.ts";
import { talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const faults = Object.keys(FAULTS) as Fault[];

const POLICY = [
  "deadline: 5s",
  "attempt: { timeout: 2s, connect: 1s, idle: 2s }",
  "retry: { attempts: 3, backoff: { base: 100ms, max: 200ms }, budget: { percent: 100%, perSecond: 100 } }",
  "replay: { maxBody: 16KiB, memory: 1MiB }",
  "limits: { concurrency: 8, queue: 16, wait: 1s }",
  "breaker: { minimum: 100000 }",
  "",
].join("\n");

type Caller = (g: Running, path: string) => Promise<unknown>;

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const chunk = (size: number): string => `${size.toString(16)}\r\n${"u".repeat(size)}\r\n`;
const chunkedPut = (path: string): string =>
  `PUT ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;

/** Says this, and leaves in this way once something has come back, or everything has when it is never to leave. */
const says =
  (bytes: (path: string) => string, leaves: "at the end" | "at once" | "by reset" | "half"): Caller =>
  async (g, path) => {
    const talking = talk(g.url, bytes(path));
    if (leaves === "half") talking.socket.end();
    if (leaves === "at the end")
      await Promise.race([talking.over, talking.until(/(\}|ok|b|all of it|\r\n\r\n)$/)]);
    else await new Promise((resolve) => setImmediate(resolve));
    if (leaves === "by reset") talking.socket.resetAndDestroy();
    else talking.socket.destroy();
  };

const asks =
  (method: string, body?: string): Caller =>
  (g, path) =>
    ask(g.url, method, path, body === undefined ? {} : { body }).catch(() => {});

const CALLERS: readonly Caller[] = [
  asks("GET"),
  asks("HEAD"),
  asks("DELETE"),
  asks("POST", '{"a":1}'),
  asks("PUT", '{"a":1}'),
  asks("PUT", "x".repeat(100_000)),
  asks("POST", "x".repeat(1_000_000)),
  says(get, "at the end"),
  says(get, "at once"),
  says(get, "by reset"),
  says(get, "half"),
  says((path) => get(path) + get(`${path}-second`), "at the end"),
  says((path) => get(path) + get(`${path}-second`), "at once"),
  says((path) => `${get(path)}\0\0\0\r\n\r\n`, "at the end"),
  says((path) => `${get(path)}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`, "at the end"),
  says((path) => `${chunkedPut(path)}${chunk(50_000)}0\r\n\r\n`, "at the end"),
  says((path) => `${chunkedPut(path)}${chunk(50_000)}`, "at once"),
  says((path) => `${chunkedPut(path)}${chunk(50_000)}`, "by reset"),
  says((path) => `${chunkedPut(path)}${chunk(50_000)}zz\r\n`, "at the end"),
  says((path) => `${chunkedPut(path)}${chunk(50)}zz\r\n`, "at the end"),
  says((path) => `PUT ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`, "at once"),
  says((path) => `GET ${path} HTTP/1.1\r\nHost: a/b\r\nContent-Length: 9\r\n\r\n{`, "at once"),
  says(() => "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "by reset"),
  says(() => "GET / HTTP/1.1\r\nbad header\r\n\r\n", "by reset"),
];

/** Lets time pass, a little at a time, until all of it is done. */
async function passTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const noted = work.finally(() => {
    done = true;
  });
  while (!done) await clock.advance(50);
  return noted;
}

const inUse = (agent: Agent): number => Object.values(agent.sockets).flat().length;

async function expectNothingLeft(g: Running, clock: ManualClock): Promise<void> {
  await passTime(clock, g.server.idle());
  const { tenant, families, heldMemory } = g.gateway;
  await turnsUntil(
    () =>
      inUse(tenant.socketsFor({ replay: "read", anew: false })) +
        inUse(tenant.socketsFor({ replay: "unsafe", anew: false })) ===
      0,
  );
  for (const { inFlight, queued } of families.snapshot())
    expect({ inFlight, queued }).toEqual({ inFlight: 0, queued: 0 });
  expect(heldMemory.usedBytes).toBe(0);
  await turnsUntil(() => clock.pending() === 0);
}

const listenersOf = (g: Running): number[] =>
  g.server.http.eventNames().map((name) => g.server.http.listenerCount(name));

it.each([1, 2, 3])("a mixture of four hundred (dice %d) leaves nothing behind", async (seed) => {
  const random = seededRandom(seed);
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const warnings: string[] = [];
  const onWarning = (warning: Error): unknown => warnings.push(warning.name);
  process.on("warning", onWarning);
  open.push({ close: () => process.off("warning", onWarning) });
  const clock = manualClock();
  const upstream: FaultyUpstream = await startFaultyUpstream();
  open.push(upstream);
  const g = await start({ upstream: upstream.url, clock, policy: POLICY });
  const listeners = listenersOf(g);

  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < 400) {
      const index = next++;
      await one(CALLERS)(g, `/${one(faults)}/${index}`);
    }
  };
  await passTime(clock, Promise.all(Array.from({ length: 20 }, caller)));

  await expectNothingLeft(g, clock);
  expect(listenersOf(g)).toEqual(listeners);
  expect(warnings).toEqual([]);
  const records = g.exchanges();
  expect(new Set(records.filter(({ id }) => id !== "").map(({ id }) => id)).size).toBe(
    records.filter(({ id }) => id !== "").length,
  );
  for (const [line, times] of upstream.came)
    if (line.startsWith("POST") && !line.includes("/throttled/")) expect([line, times]).toEqual([line, 1]);
  expect((await passTime(clock, ask(g.url, "GET", "/good/last"))).status).toBe(200);
});

describe("a probe of the circuit", () => {
  const policy = `${POLICY.replace("attempts: 3", "attempts: 1").replace("minimum: 100000", "minimum: 2, open: 10s, openMax: 20s")}`;

  it.each(faults)("that ends with %s does not keep the next one out", async (fault) => {
    const clock = manualClock();
    const upstream = await startFaultyUpstream();
    open.push(upstream);
    const g = await start({ upstream: upstream.url, clock, policy });
    for (let i = 0; i < 2; i++) await ask(g.url, "GET", "/reset/x");
    expect((await ask(g.url, "GET", "/good/x")).headers["x-gateway-attempts"]).toBe("0");
    await clock.advance(10_000);
    await passTime(
      clock,
      ask(g.url, "GET", `/${fault}/x`).catch(() => {}),
    );
    await expectNothingLeft(g, clock);
    await clock.advance(20_000);
    expect((await ask(g.url, "GET", "/good/x")).status).toBe(200);
  });

  it.each(["at once", "by reset"] as const)(
    "whose caller leaves %s does not keep the next one out",
    async (how) => {
      const clock = manualClock();
      const upstream = await startFaultyUpstream();
      open.push(upstream);
      const g = await start({ upstream: upstream.url, clock, policy });
      for (let i = 0; i < 2; i++) await ask(g.url, "GET", "/reset/x");
      await clock.advance(10_000);
      await says(get, how)(g, "/silent/x");
      // Who closes is found to be gone by asking, and the second question takes a moment.
      await passTime(clock, g.ended(3));
      expect((await ask(g.url, "GET", "/good/x")).status).toBe(200);
    },
  );
});

it("a large refusal that turns out to be an echo is let go", async () => {
  const user = { userName: "a", mail: "a@example.com" };
  const refusal = JSON.stringify({ code: 412, message: "x".repeat(200_000) });
  const tenant = "via: 1.1 google\r\n";
  const answers = [
    undefined,
    plainAnswer(412, refusal, tenant),
    plainAnswer(200, JSON.stringify({ ...user, _rev: "2" }), tenant),
  ];
  const raw = await startRawUpstream((socket, soFar) => {
    if (!soFar.endsWith("\r\n\r\n") && !soFar.endsWith("}")) return;
    const answer = answers.shift();
    if (answer === undefined) socket.resetAndDestroy();
    else socket.write(answer);
  });
  open.push(raw);
  const g = await start({ upstream: raw.url });
  const answer = await ask(g.url, "PUT", "/openidm/managed/alpha_user/1", {
    headers: { "if-match": '"1"' },
    body: JSON.stringify(user),
  });
  expect([answer.status, answer.headers["x-gateway-attempts"]]).toEqual([200, "2"]);
  await turnsUntil(() => inUse(g.gateway.tenant.socketsFor({ replay: "guarded", anew: false })) === 0);
  expect(g.gateway.families.snapshot()).toMatchObject([{ inFlight: 0 }]);
});

it("what was read of a body too large to hold counts as held until it has left", async () => {
  const raw = await startRawUpstream((socket) => socket.pause());
  open.push(raw);
  const asked = Promise.withResolvers<() => void>();
  const g = await start({
    upstream: raw.url.replace("127.0.0.1", "tenant.example"),
    reach: {
      lookup: (_name, _options, found) =>
        asked.resolve(() => found(null, [{ address: "127.0.0.1", family: 4 }])),
    },
    policy: "replay: { maxBody: 16KiB, memory: 1MiB }\n",
  });
  const talking = talk(g.url, `${chunkedPut("/x")}${chunk(10_000)}`);
  await turnsUntil(() => g.gateway.heldMemory.usedBytes === 10_000);
  talking.socket.write(chunk(10_000));
  const connect = await asked.promise;
  await someTurns();
  expect(g.gateway.heldMemory.usedBytes).toBe(10_000);
  connect();
  await raw.until("PUT");
  await turnsUntil(() => g.gateway.heldMemory.usedBytes === 0);
  talking.socket.destroy();
  await g.ended(1);
  expect(g.gateway.heldMemory.usedBytes).toBe(0);
});

it("an exception in the middle of an exchange gives everything back", async () => {
  const upstream = await startFaultyUpstream();
  open.push(upstream);
  const g = await start({ upstream: upstream.url });
  const { observe } = g.gateway;
  const failing: typeof observe = (event) => {
    if (event.kind === "attempt" || event.kind === "decision") throw new Error("a mistake");
    observe(event);
  };
  Object.assign(g.gateway, { observe: failing });
  for (const path of ["/unavailable-big/1", "/big/1", "/good/1"])
    expect((await ask(g.url, "GET", path)).headers["proxy-status"]).toContain("processed=unknown");
  const { tenant, families } = g.gateway;
  await turnsUntil(() => inUse(tenant.socketsFor({ replay: "read", anew: false })) === 0);
  expect(families.snapshot()).toMatchObject([{ inFlight: 0 }]);
});
