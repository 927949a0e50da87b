/** What is sent again, what is not, and what the caller is told about it. */
import { describe, expect, it } from "vitest";
import { ask, gateways, type Running } from "../support/gateway.ts";
import { manualClock } from "../support/manual-clock.ts";

const start = gateways();

const USER = "/openidm/managed/alpha_user";
const NEW_USER = JSON.stringify({ userName: "new", givenName: "New", sn: "User", mail: "new@example.com" });

type Request = { method: string; path: string; headers?: Record<string, string>; body?: string };

const read: Request = { method: "GET", path: `${USER}?_queryFilter=true` };
const guarded: Request = {
  method: "PUT",
  path: `${USER}/3b0c3a3e-0000-4000-8000-000000000001`,
  headers: { "If-None-Match": "*" },
  body: NEW_USER,
};
const idempotent: Request = { ...guarded, headers: {} };
const unsafe: Request = { method: "POST", path: `${USER}?_action=create`, body: NEW_USER };

const classes = { read, guarded, idempotent, unsafe };

/** What one bad answer does to a request of each class: the number of attempts. */
const TABLE: readonly (readonly [string, (g: Running) => unknown, Record<keyof typeof classes, number>])[] = [
  ["a 503 of the tenant", (g) => g.tenant.will(503), { read: 2, guarded: 2, idempotent: 2, unsafe: 1 }],
  ["a 503 of the edge", (g) => g.tenant.edge(503), { read: 2, guarded: 2, idempotent: 2, unsafe: 1 }],
  ["a 502", (g) => g.tenant.edge(502), { read: 2, guarded: 2, idempotent: 2, unsafe: 1 }],
  ["a 500", (g) => g.tenant.will(500), { read: 2, guarded: 1, idempotent: 1, unsafe: 1 }],
  ["a 501", (g) => g.tenant.will(501), { read: 1, guarded: 1, idempotent: 1, unsafe: 1 }],
  ["a 409", (g) => g.tenant.will(409), { read: 1, guarded: 1, idempotent: 1, unsafe: 1 }],
  ["a 401", (g) => g.tenant.will(401), { read: 1, guarded: 1, idempotent: 1, unsafe: 1 }],
  ["a 403 page of the edge", (g) => g.tenant.edge(403), { read: 1, guarded: 1, idempotent: 1, unsafe: 1 }],
  ["a 425", (g) => g.tenant.will(425), { read: 2, guarded: 2, idempotent: 2, unsafe: 2 }],
  [
    "a 429",
    (g) => g.tenant.will(429, { "retry-after": "0" }),
    { read: 2, guarded: 2, idempotent: 2, unsafe: 2 },
  ],
  [
    "maintenance",
    (g) =>
      g.tenant.will(
        503,
        {},
        { code: 503, message: "Unable to create on managed/alpha_user in maintenance mode." },
      ),
    { read: 2, guarded: 2, idempotent: 2, unsafe: 2 },
  ],
  [
    "a reset before the commit",
    (g) => g.tenant.dropBeforeCommit(),
    { read: 2, guarded: 2, idempotent: 2, unsafe: 1 },
  ],
  [
    "a reset after the commit",
    (g) => g.tenant.dropAfterCommit(),
    { read: 2, guarded: 2, idempotent: 2, unsafe: 1 },
  ],
  ["half a head", (g) => g.tenant.cutHead(), { read: 2, guarded: 2, idempotent: 2, unsafe: 1 }],
  ["half a body", (g) => g.tenant.cutBody(), { read: 2, guarded: 2, idempotent: 1, unsafe: 1 }],
  ["what is not HTTP", (g) => g.tenant.raw("hello\r\n"), { read: 2, guarded: 2, idempotent: 1, unsafe: 1 }],
];

describe.each(TABLE)("after %s", (_name, goesWrong, attempts) => {
  it.each(Object.keys(classes) as (keyof typeof classes)[])("a request of class %s", async (name) => {
    const g = await start();
    const { method, path, headers, body } = classes[name];
    goesWrong(g);
    const answer = await ask(g.url, method, path, {
      ...(headers ? { headers } : {}),
      ...(body ? { body } : {}),
    });
    // What an answer's loss leaves open is found out by reading: those are no attempts.
    const sent = g.tenant.saw.filter((seen) => seen.method === method);
    expect({ saw: sent.length, told: answer.headers["x-gateway-attempts"] }).toEqual({
      saw: attempts[name],
      told: String(attempts[name]),
    });
    await g.ended(1);
    expect(g.exchanges()[0]).toMatchObject({ replay: name, attempts: attempts[name], status: answer.status });
  });
});

it("a create whose answer was lost is applied once, and the caller is told that nobody knows", async () => {
  const g = await start();
  g.tenant.dropAfterCommit();
  const answer = await ask(g.url, "POST", `${USER}?_action=create`, { body: NEW_USER });
  expect(answer.status).toBe(502);
  expect(answer.headers["proxy-status"]).toBe(
    "crest-gateway; error=connection_terminated; attempts=1; meaning=cut-off; reason=not-replayable; processed=unknown; origin=gateway",
  );
  expect(answer.headers["retry-after"]).toBeUndefined();
  expect(answer.json()).toMatchObject({ code: 502, reason: "Bad Gateway", detail: { processed: "unknown" } });
  expect(g.tenant.applied).toHaveLength(1);
});

it("a 503 that outlasts its retries arrives as the tenant said it, with what the gateway knows in headers", async () => {
  const g = await start();
  g.tenant.will(503).will(503).will(503);
  const answer = await ask(g.url, "GET", read.path);
  expect(answer.status).toBe(503);
  expect(answer.json()).toMatchObject({ code: 503, reason: "Service Unavailable" });
  expect(answer.headers).toMatchObject({
    "retry-after": "1",
    "x-gateway-attempts": "3",
    "proxy-status":
      "crest-gateway; received-status=503; attempts=3; meaning=unavailable; reason=attempts-spent; processed=unknown; origin=tenant",
  });
});

it("a refusal after a lost answer does not pretend that nothing happened", async () => {
  const g = await start({ policy: "lostAnswers: annotate\n" });
  g.tenant.dropAfterCommit();
  const { method, path, headers, body } = guarded;
  const answer = await ask(g.url, method, path, { headers: headers ?? {}, body: body ?? "" });
  expect(answer.status).toBe(412);
  expect(answer.headers["proxy-status"]).toContain("meaning=version-mismatch");
  expect(answer.headers["proxy-status"]).toContain("processed=unknown");
  expect(g.tenant.applied).toHaveLength(1);
});

it("a told wait is kept to the millisecond: not an attempt earlier", async () => {
  const clock = manualClock();
  clock.setRandom(0);
  const g = await start({ clock });
  g.tenant.will(503, { "retry-after": "7" });
  const answer = ask(g.url, "GET", read.path);
  await g.until((event) => event.kind === "decision" && event.decision === "retried");
  await clock.advance(6_999);
  expect(g.tenant.saw).toHaveLength(1);
  await clock.advance(1);
  expect((await answer).status).toBe(200);
});

it.each([
  ["longer than the policy obeys", "25", "25"],
  ["longer than the deadline", "3600", "3600"],
])("a told wait %s is handed to the caller at once", async (_name, told, kept) => {
  const g = await start();
  g.tenant.will(503, { "retry-after": told });
  const answer = await ask(g.url, "GET", read.path);
  expect(answer.status).toBe(503);
  expect(answer.headers["retry-after"]).toBe(kept);
  expect(answer.headers["proxy-status"]).toContain("reason=no-time");
  expect(g.tenant.saw).toHaveLength(1);
});

it("an HTTP date is handed on as seconds, counted by the tenant's own clock", async () => {
  const g = await start();
  g.tenant.will(503, {
    date: "Thu, 01 Jan 2015 00:00:00 GMT",
    "retry-after": "Thu, 01 Jan 2015 00:05:00 GMT",
  });
  const answer = await ask(g.url, "GET", read.path);
  expect(answer.headers["retry-after"]).toBe("300");
});

it("what a tenant never received may be sent again, whatever it is", async () => {
  const g = await start({ upstream: "http://127.0.0.1:9" });
  const answer = await ask(g.url, "POST", unsafe.path, { body: NEW_USER });
  expect(answer.status).toBe(502);
  expect(answer.headers["x-gateway-attempts"]).toBe("3");
  expect(answer.headers["proxy-status"]).toContain("error=connection_refused");
  expect(answer.headers["proxy-status"]).toContain("processed=no");
  expect(answer.headers["retry-after"]).toBe("1");
});

it("a tenant that hangs is given up at the attempt's limit, and altogether at the deadline", async () => {
  const clock = manualClock();
  clock.setRandom(0);
  const g = await start({ clock, policy: "deadline: 5s\nattempt: { timeout: 2s, connect: 1s }\n" });
  g.tenant.hang().hang().hang();
  const answer = ask(g.url, "GET", read.path);
  await g.tenant.waitFor(1);
  await clock.advance(2_000);
  await g.tenant.waitFor(2);
  await clock.advance(2_000);
  await g.tenant.waitFor(3);
  await clock.advance(1_000);
  const { status, headers } = await answer;
  expect(status).toBe(504);
  expect(headers["proxy-status"]).toContain("error=http_response_timeout");
  expect(clock.now()).toBe(5_000);
});

it("the retry budget bounds what an outage can add", async () => {
  const g = await start({
    policy:
      "retry: { attempts: 3, backoff: { base: 1ms, max: 2ms }, budget: { percent: 10%, perSecond: 0 } }\nbreaker: { minimum: 1000 }\n",
  });
  for (let i = 0; i < 300; i++) g.tenant.will(503);
  for (let i = 0; i < 100; i++) await ask(g.url, "GET", read.path);
  expect(g.tenant.saw.length).toBeLessThanOrEqual(110);
  expect(g.tenant.saw.length).toBeGreaterThan(105);
  const spent = g.events.filter((event) => event.kind === "decision" && event.reason === "budget-spent");
  expect(spent.length).toBeGreaterThan(80);
});
