/** Answers that stop in the middle: before the commit point they can still be mended, and the deadline ends them. */
import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { ask, gateways, type Running } from "../support/gateway.ts";
import { manualClock, someTurns, turnsUntil } from "../support/manual-clock.ts";
import { rawRequest } from "../support/raw-client.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";

const start = gateways();

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const LARGE = "HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n";

/** Gives each connection's request the next of these answers, and then ends or stays. */
function scripted(answers: readonly string[], then: "ends" | "stays"): Promise<RawUpstream> {
  let next = 0;
  return startRawUpstream((socket) => {
    const answer = answers[next++] ?? plainAnswer(200, "good");
    if (then === "ends") socket.end(answer);
    else socket.write(answer);
  });
}

describe("an answer that ends before the first byte of its body", () => {
  it.each([
    ["in chunks", CHUNKED],
    ["of known length", LARGE],
  ])("%s, is asked for again", async (_name, head) => {
    const raw = await scripted([head], "ends");
    const g = await start({ upstream: raw.url });
    const answer = await ask(g.url, "GET", "/x");
    expect([answer.status, answer.text]).toEqual([200, "good"]);
    expect(answer.headers["x-gateway-attempts"]).toBe("2");
    await raw.close();
  });

  it("is told as what it is when it was a write", async () => {
    const raw = await scripted([CHUNKED], "ends");
    const g = await start({ upstream: raw.url });
    const answer = await ask(g.url, "POST", "/x", { body: "{}" });
    expect(answer.status).toBe(502);
    expect(answer.headers["proxy-status"]).toContain("error=http_response_incomplete; attempts=1");
    expect(answer.headers["proxy-status"]).toContain("processed=unknown");
    await raw.close();
  });
});

describe("the deadline", () => {
  const policy = "deadline: 5s\nattempt: { timeout: 2s, connect: 1s }\nretry: { attempts: 1 }\n";

  it.each([
    ["a small body that comes no further", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{", 504, 5_000],
    ["a head that nothing follows", LARGE, 504, 5_000],
    [
      "before that the time of one attempt, an error",
      "HTTP/1.1 503 X\r\ncontent-length: 10\r\n\r\n{",
      503,
      2_000,
    ],
  ])("ends %s", async (_name, bytes, status, endsAtMs) => {
    const clock = manualClock();
    const raw = await scripted([bytes], "stays");
    const g = await start({ upstream: raw.url, clock, policy });
    const pending = ask(g.url, "GET", "/x");
    await raw.until("GET");
    // The head has come: it is the body that is waited for.
    await someTurns();
    await clock.advance(5_000);
    const answer = await pending;
    await g.ended(1);
    expect([answer.status, g.exchanges()[0]?.durationMs]).toEqual([status, endsAtMs]);
    await turnsUntil(() => raw.sockets.size === 0);
    expect(clock.pending()).toBe(0);
    await raw.close();
  });

  it("is not used up by the body of an error: the next attempt gets its time", async () => {
    const clock = manualClock();
    clock.setRandom(0);
    const raw = await scripted(["HTTP/1.1 503 X\r\ncontent-length: 10\r\n\r\n{"], "stays");
    const g = await start({ upstream: raw.url, clock, policy: policy.replace("attempts: 1", "attempts: 2") });
    const pending = ask(g.url, "GET", "/x");
    await raw.until("GET");
    await someTurns();
    await clock.advance(2_000);
    expect((await pending).text).toBe("good");
    await raw.close();
  });

  it("does not end what has begun: there the tenant's silence counts", async () => {
    const clock = manualClock();
    const raw = await scripted([`${LARGE}${"x".repeat(100_000)}`], "stays");
    const g = await start({ upstream: raw.url, clock, policy });
    const pending = ask(g.url, "GET", "/x").catch((error: Error) => error.message);
    await g.until((event) => event.kind === "attempt");
    await turnsUntil(() => clock.pending() === 1);
    await clock.advance(29_999);
    expect(g.exchanges()).toHaveLength(0);
    await clock.advance(1);
    expect(await pending).toMatch(/aborted|ECONNRESET/);
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ delivery: "cut" }]);
    await raw.close();
  });

  it("leaves no time for an attempt that a wait has used up: what was clear stays clear", async () => {
    const manual = manualClock();
    manual.setRandom(0);
    let lateMs = 0;
    const clock: Clock = { ...manual, after: (ms, then) => manual.after(ms + lateMs, then) };
    const g = await start({ clock, policy: policy.replace("attempts: 1", "attempts: 2") });
    g.tenant.will(429, { "retry-after": "2" });
    const pending = ask(g.url, "PUT", "/openidm/managed/alpha_role/r1", { body: '{"name":"r1"}' });
    await g.tenant.waitFor(1);
    // A machine that stood still: timers fire long after their time.
    lateMs = 10_000;
    await g.until((event) => event.kind === "decision" && event.decision === "retried");
    await manual.advance(30_000);
    const answer = await pending;
    expect(answer.status).toBe(429);
    expect(answer.headers["proxy-status"]).toContain("processed=no");
    expect(g.tenant.saw).toHaveLength(1);
  });
});

describe("when to come back", () => {
  const policy =
    "retry: { attempts: 2, backoff: { base: 1ms, max: 2ms } }\nbreaker: { minimum: 2, open: 10s, openMax: 10s }\n";

  const openBy = async (g: Running, last: () => unknown) => {
    g.tenant.will(503);
    last();
    return ask(g.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true");
  };

  it("is told truly when the circuit has just opened: not before it lets anybody through", async () => {
    const clock = manualClock();
    clock.setRandom(0);
    const g = await start({ clock, policy });
    const pending = openBy(g, () => g.tenant.will(503));
    await g.until((event) => event.kind === "decision" && event.decision === "retried");
    await clock.advance(2);
    const answer = await pending;
    expect(g.events).toContainEqual({ kind: "breaker", family: "openidm", to: "open" });
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "10"]);
  });

  it("is told truly of a failure of ours as well", async () => {
    const clock = manualClock();
    clock.setRandom(0);
    const g = await start({ clock, policy });
    const pending = openBy(g, () => g.tenant.dropBeforeCommit());
    await g.until((event) => event.kind === "decision" && event.decision === "retried");
    await clock.advance(2);
    const answer = await pending;
    expect([answer.status, answer.headers["retry-after"]]).toEqual([502, "10"]);
  });
});

it("a caller who has no Host gets links that lead somewhere", async () => {
  const g = await start();
  g.tenant.will(201, { location: `${g.tenant.url}/openidm/x` }, {});
  const answer = await rawRequest(g.url, "GET /openidm/x HTTP/1.0\r\n\r\n");
  expect(answer.head).toContain(`location: ${g.url}/openidm/x`);
});
