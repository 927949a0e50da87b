/** What protects the tenant: circuit, throttle gate, concurrency, and callers who leave. */
import http from "node:http";
import { describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { manualClock, turnsUntil } from "../support/manual-clock.ts";

const start = gateways();

const READ = "/openidm/managed/alpha_user?_queryFilter=true";
const USER = "/openidm/managed/alpha_user";
const NEW_USER = JSON.stringify({ userName: "new", givenName: "New", sn: "User", mail: "new@example.com" });

describe("the circuit", () => {
  const policy =
    "retry: { attempts: 1 }\nbreaker: { window: 30s, minimum: 5, failures: 50%, open: 10s, openMax: 2m }\n";

  it("opens when the tenant keeps failing, and says when to come back", async () => {
    const clock = manualClock();
    const g = await start({ clock, policy });
    for (let i = 0; i < 5; i++) g.tenant.will(503);
    for (let i = 0; i < 5; i++) await ask(g.url, "GET", READ);
    await clock.advance(4_000);
    const refused = await ask(g.url, "GET", READ);
    expect(refused.status).toBe(503);
    expect(refused.headers).toMatchObject({
      "retry-after": "6",
      "x-gateway-attempts": "0",
      "proxy-status":
        "crest-gateway; error=destination_unavailable; attempts=0; reason=circuit-open; processed=no; origin=gateway",
    });
    expect(refused.json()).toMatchObject({ code: 503, reason: "Service Unavailable" });
    expect(g.tenant.saw).toHaveLength(5);
  });

  it("lets one read try when its time is over, then others, and closes when eight went well", async () => {
    const clock = manualClock();
    const g = await start({ clock, policy });
    for (let i = 0; i < 5; i++) g.tenant.will(503);
    for (let i = 0; i < 5; i++) await ask(g.url, "GET", READ);
    await clock.advance(10_000);
    expect((await ask(g.url, "GET", READ)).status).toBe(200);
    for (let i = 0; i < 7; i++)
      expect((await ask(g.url, "POST", `${USER}?_action=create`, { body: NEW_USER })).status).toBe(201);
    const states = g.events.flatMap((event) => (event.kind === "breaker" ? [event.to] : []));
    expect(states).toEqual(["open", "half-open", "closed"]);
  });

  it("of one family leaves the others alone", async () => {
    const g = await start({ policy });
    for (let i = 0; i < 5; i++) g.tenant.will(503);
    for (let i = 0; i < 5; i++) await ask(g.url, "GET", READ);
    expect((await ask(g.url, "GET", READ)).headers["x-gateway-attempts"]).toBe("0");
    expect((await ask(g.url, "GET", "/environment/variables/x")).headers["x-gateway-attempts"]).toBe("1");
  });

  it("does not open for what callers do wrong, nor for one payload that breaks", async () => {
    const g = await start({ policy });
    for (let i = 0; i < 20; i++) await ask(g.url, "GET", `${USER}/no-such-user-${i}`);
    for (let i = 0; i < 20; i++) g.tenant.will(500);
    for (let i = 0; i < 20; i++) await ask(g.url, "POST", `${USER}?_action=create`, { body: NEW_USER });
    expect((await ask(g.url, "GET", READ)).status).toBe(200);
    expect(g.events.filter((event) => event.kind === "breaker")).toEqual([]);
  });
});

describe("the throttle gate", () => {
  it("holds back the whole family until the told time, then lets callers through one by one", async () => {
    const clock = manualClock();
    clock.setRandom(0);
    const g = await start({ clock });
    g.tenant.will(429, { "retry-after": "3" });
    const first = ask(g.url, "GET", READ);
    await g.until((event) => event.kind === "decision" && event.decision === "retried");
    const others = [1, 2, 3].map(() => ask(g.url, "GET", READ));
    // Each of them waits at the gate, on a timer of its own.
    await turnsUntil(() => clock.pending() === 4);
    await clock.advance(2_999);
    expect(g.tenant.saw).toHaveLength(1);
    for (let going = 2; going <= 5; going++) {
      await clock.advance(going === 2 ? 1 : 50);
      await g.tenant.waitFor(going);
      expect(g.tenant.saw).toHaveLength(going);
    }
    const answers = await Promise.all([first, ...others]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
  });

  it("answers at once with a true Retry-After when the caller's deadline cannot wait", async () => {
    const clock = manualClock();
    const g = await start({
      clock,
      policy:
        "deadline: 5s\nattempt: { timeout: 2s, connect: 1s }\nretry: { retryAfter: { max: 4s }, backoff: { base: 1ms, max: 2ms } }\n",
    });
    g.tenant.will(429, { "retry-after": "60" });
    expect((await ask(g.url, "GET", READ)).headers["retry-after"]).toBe("60");
    await clock.advance(20_000);
    const second = await ask(g.url, "GET", READ);
    expect(second.status).toBe(429);
    expect(second.headers["retry-after"]).toBe("40");
    expect(second.headers["proxy-status"]).toContain("reason=throttled; processed=no");
    expect(g.tenant.saw).toHaveLength(1);
  });
});

describe("concurrency", () => {
  it("refuses beyond the queue and after the wait, and serves the rest", async () => {
    const clock = manualClock();
    const g = await start({ clock, policy: "limits: { concurrency: 1, queue: 1, wait: 1s }\n" });
    g.tenant.hang();
    const hanging = ask(g.url, "GET", READ);
    await g.tenant.waitFor(1);
    const queued = ask(g.url, "GET", READ);
    await clock.advance(1);
    const surplus = await ask(g.url, "GET", READ);
    expect(surplus.status).toBe(503);
    expect(surplus.headers["proxy-status"]).toContain("error=connection_limit_reached");
    expect(surplus.headers["proxy-status"]).toContain("reason=overloaded");
    await clock.advance(1_000);
    expect((await queued).status).toBe(503);
    await clock.advance(60_000);
    expect((await hanging).status).toBe(504);
    const reasons = g.events.flatMap((event) => (event.kind === "refused" ? [event.reason] : []));
    expect(reasons).toContain("queue-full");
    expect(reasons).toContain("queue-wait");
  });
});

describe("a caller who leaves", () => {
  const leave = (url: string, method: string, path: string, body?: string): (() => void) => {
    const request = http.request(`${url}${path}`, {
      method,
      agent: false,
      headers: { "content-type": "application/json" },
    });
    request.on("error", () => {});
    request.end(body);
    return () => request.destroy();
  };

  it("ends a read at the tenant, and nothing is sent again", async () => {
    const g = await start();
    g.tenant.hang();
    const hangUp = leave(g.url, "GET", READ);
    await g.tenant.waitFor(1);
    hangUp();
    await g.ended(1);
    expect(g.exchanges()[0]).toMatchObject({ status: 499, meaning: "abandoned", attempts: 1 });
    expect(g.gateway.families.snapshot()[0]?.inFlight).toBe(0);
  });

  it("does not end a write: its outcome is logged, and nothing is sent again", async () => {
    const clock = manualClock();
    const g = await start({ clock });
    g.tenant.hangAfterCommit();
    const hangUp = leave(g.url, "PUT", `${USER}/3b0c3a3e-0000-4000-8000-000000000001`, NEW_USER);
    await g.tenant.waitFor(1);
    hangUp();
    for (let i = 0; i < 10; i++) await clock.advance(1_000);
    await g.ended(1);
    expect(g.exchanges()[0]).toMatchObject({
      status: 499,
      meaning: "silent",
      processed: "unknown",
      attempts: 1,
      reason: "caller-left",
    });
    expect(g.tenant.applied).toHaveLength(1);
  });

  it("in the middle of its body is not sent to the tenant at all", async () => {
    const g = await start();
    const request = http.request(`${g.url}${USER}`, {
      method: "POST",
      agent: false,
      headers: { "content-length": "100" },
    });
    request.on("error", () => {});
    request.write("{");
    await new Promise((resolve) => g.server.http.once("request", resolve));
    request.destroy();
    await g.ended(1);
    expect(g.exchanges()[0]).toMatchObject({ status: 499, attempts: 0, reason: "caller-left" });
    expect(g.tenant.saw).toHaveLength(0);
    expect(g.gateway.heldMemory.usedBytes).toBe(0);
  });
});
