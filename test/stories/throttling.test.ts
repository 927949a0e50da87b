/** A limit of the tenant's, and many callers: nearly all of it is used, and it is hardly ever hit. */
import { describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { manualClock, turnsUntil } from "../support/manual-clock.ts";

const start = gateways();

it("twenty callers against 60 a minute: at least 95 % of the limit, at most 2 % told 429 after the first", async () => {
  const clock = manualClock();
  const g = await start({
    clock,
    policy: "routes:\n  - { name: logs, match: { path: '/monitoring/logs/**' }, deadline: 90s }\n",
  });
  let stop = false;
  let idle = 0;
  const statuses = new Map<number, number>();
  const caller = async (): Promise<void> => {
    while (!stop) {
      const { status } = await ask(g.url, "GET", "/monitoring/logs");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      idle = 0;
    }
  };
  const callers = Array.from({ length: 20 }, caller);
  const minutes = 5;
  // Time moves on only when the sockets have nothing more to say.
  while (clock.now() < minutes * 60_000) {
    for (idle = 0; idle < 20; idle++) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);
  }
  stop = true;
  const through = statuses.get(200) ?? 0;
  const refused = statuses.get(429) ?? 0;
  const seen = g.tenant.saw.length;
  const told429 = g.events.filter(
    (event) => event.kind === "attempt" && event.meaning === "throttled",
  ).length;
  console.info(
    `throttling: ${through} of ${60 * minutes} through in ${minutes} minutes; ${told429} of ${seen} told 429; callers told 429: ${refused}`,
  );
  expect(through).toBeGreaterThanOrEqual(0.95 * 60 * minutes);
  expect(Math.max(0, told429 - 1)).toBeLessThanOrEqual(0.02 * seen);
  let done = false;
  void Promise.all(callers).then(() => {
    done = true;
  });
  while (!done) await clock.advance(1_000);
  await turnsUntil(() => done);
});

describe("a wait that nobody has the time for", () => {
  it.each([
    ["thirty days", "2592000", "2592000"],
    ["a fraction of a second more", "299.997", "300"],
  ])("%s: the caller hears no less than the tenant said", async (_name, said, heard) => {
    const g = await start({ policy: "deadline: 2s\nattempt: { timeout: 1s, connect: 500ms }\n" });
    g.tenant.will(429, { "retry-after": said });
    const answer = await ask(g.url, "GET", "/openidm/managed/alpha_user/1");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([429, heard]);
    expect(answer.headers["x-gateway-attempts"]).toBe("1");
    expect(g.gateway.families.snapshot()[0]?.throttledForMs).toBeGreaterThan(290_000);
  });
});
