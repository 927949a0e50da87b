/**
 * The main job, in numbers: the default policy in front of a tenant where one answer in ten goes wrong.
 * The dice have a fixed seed, so that a failure comes back.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import { afterAll, expect, it } from "vitest";
import { type Clock, systemClock } from "../../src/clock.ts";
import { edgeSays, tenantSays } from "../../src/demo/steps.ts";
import type { Weather } from "../../src/demo/weather.ts";
import { ask, gateways, type Running } from "../support/gateway.ts";
import { seededRandom } from "../support/random.ts";

const start = gateways();

const DEFAULT_POLICY = readFileSync(new URL("../../config/policy.yaml", import.meta.url), "utf8")
  .replace(/^version:.*$/m, "")
  .replace(/^extends:.*$/m, "");

/** One in ten: 503 of the tenant and of the edge, resets before and after the commit, now and then a 429. */
const WEATHER: Weather = [
  { chance: 0.03, step: tenantSays(503) },
  { chance: 0.02, step: edgeSays(503) },
  { chance: 0.0235, step: { kind: "drop", applied: false } },
  { chance: 0.0235, step: { kind: "drop", applied: true } },
  { chance: 0.003, step: tenantSays(429, { "retry-after": "1" }) },
];

const USERS = "/openidm/managed/alpha_user";
const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
afterAll(() => agent.destroy());

/** So many requests by twenty callers at once. */
async function inParallel<T>(count: number, one: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await one(index);
    }
  };
  await Promise.all(Array.from({ length: 20 }, caller));
  return results;
}

const startSick = (): Promise<Running> => {
  const clock: Clock = { ...systemClock, random: seededRandom(20_261_122) };
  return start({ clock, policy: DEFAULT_POLICY, tenant: { weather: WEATHER } });
};

it("of 2,000 reads at least 99.5 % succeed", async () => {
  const g = await startSick();
  const statuses = await inParallel(
    2_000,
    async () => (await ask(g.url, "GET", `${USERS}?_queryFilter=true`, { agent })).status,
  );
  const good = statuses.filter((status) => status === 200).length;
  const added = g.tenant.saw.length - 2_000;
  console.info(`reads: ${good} of 2000 succeeded, ${added} attempts were added`);
  expect(good).toBeGreaterThanOrEqual(1_990);
  expect(g.tenant.saw.length).toBeGreaterThan(2_100);
});

it("of 500 creates none is done twice, and each answer is true", async () => {
  const g = await startSick();
  const answers = await inParallel(500, async (index) => {
    const user = { userName: `user-${index}`, givenName: "A", sn: "B", mail: `user-${index}@example.com` };
    const answer = await ask(g.url, "POST", `${USERS}?_action=create`, { agent, body: JSON.stringify(user) });
    return { index, status: answer.status, says: String(answer.headers["proxy-status"] ?? "") };
  });
  const made = new Map<string, number>();
  for (const change of g.tenant.applied) {
    const body: { userName: string } = JSON.parse(g.tenant.saw[change.saw]?.body ?? "{}");
    made.set(body.userName, (made.get(body.userName) ?? 0) + 1);
  }
  expect([...made.values()].filter((times) => times > 1)).toEqual([]);
  for (const { index, status, says } of answers) {
    const times = made.get(`user-${index}`) ?? 0;
    if (status === 201) expect([index, times]).toEqual([index, 1]);
    else if (says.includes("processed=no")) expect([index, times]).toEqual([index, 0]);
    else expect([index, says]).toEqual([index, expect.stringContaining("processed=unknown")]);
  }
  const created = answers.filter(({ status }) => status === 201).length;
  const unknown = answers.filter(({ says }) => says.includes("processed=unknown")).length;
  console.info(`creates: ${created} of 500 created, ${unknown} told that their fate is unknown, none twice`);
  expect(unknown).toBeGreaterThan(0);
});
