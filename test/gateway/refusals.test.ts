/** A refusal is told to the observers once: a metric counts it. */
import { expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { manualClock, turnsUntil } from "../support/manual-clock.ts";

const start = gateways();

it("beyond the line before a closed gate: told at once how long it is", async () => {
  const clock = manualClock();
  const g = await start({ clock, policy: "limits: { queue: 2 }\n" });
  g.tenant.will(429, { "retry-after": "5" });
  const first = ask(g.url, "GET", "/openidm/managed/alpha_user/1");
  await g.until((event) => event.kind === "decision");
  const waiting = [1, 2].map(() => ask(g.url, "GET", "/openidm/managed/alpha_user/1"));
  await turnsUntil(() => clock.pending() === 3);
  const surplus = await ask(g.url, "GET", "/openidm/managed/alpha_user/1");
  expect([surplus.status, surplus.headers["retry-after"]]).toEqual([429, "6"]);
  for (let i = 0; i < 60; i++) await clock.advance(100);
  for (const each of [first, ...waiting]) expect((await each).status).toBe(404);
});

it("beyond the queue, after the wait, and at a closed gate: one event each", async () => {
  const clock = manualClock();
  const g = await start({ clock, policy: "limits: { concurrency: 1, queue: 1, wait: 1s }\n" });
  g.tenant.hang();
  const hanging = ask(g.url, "POST", "/openidm/script");
  await g.tenant.waitFor(1);
  const queued = ask(g.url, "POST", "/openidm/script");
  await clock.advance(1);
  expect((await ask(g.url, "POST", "/openidm/script")).status).toBe(503);
  await clock.advance(1_000);
  expect((await queued).status).toBe(503);
  await clock.advance(60_000);
  expect((await hanging).status).toBe(504);
  g.tenant.will(429, { "retry-after": "90" });
  expect((await ask(g.url, "POST", "/openidm/script")).status).toBe(429);
  expect((await ask(g.url, "POST", "/openidm/script")).status).toBe(429);
  const refusals = g.events.flatMap((event) => (event.kind === "refused" ? [event.reason] : []));
  expect(refusals).toEqual(["queue-full", "queue-wait", "throttled"]);
});
