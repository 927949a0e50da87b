/**
 * Lost answers in numbers: five thousand guarded writes and some creates by POST, one answer in five lost after the
 * commit, through the gateway and, with the same dice, through a bare http-proxy with a client that retries blindly.
 * No write here is in conflict with any other: every 412 that a caller hears is the echo of its own success. Every other
 * create goes to a collection whose creates the gateway may send again (`replayableCreates`).
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import httpProxy from "http-proxy-original";
import { afterAll, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { type Answer, ask, gateways } from "../support/gateway.ts";
import { seededRandom } from "../support/random.ts";

const start = gateways();

const OBJECTS = 1_667;
const POSTS = 300;
const LOST = 0.2;
const CALLERS = 16;
const NAIVE_TRIES = 3;
const USERS = "/openidm/managed/alpha_user";
const ROLES = "/openidm/managed/alpha_role";

const agent = new http.Agent({ keepAlive: true, maxSockets: CALLERS });
afterAll(() => agent.destroy());

type Call = (
  method: string,
  path: string,
  headers: Record<string, string>,
  body: unknown,
) => Promise<Answer | undefined>;

type Told = { conflicts: number; unknown: number; created: number };

const user = (n: number, sn: string) => ({
  userName: `u${n}`,
  givenName: "A",
  sn,
  mail: `u${n}@example.com`,
});
const objectId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** The same writes in the same order for each object, and the same answers lost. */
async function run(tenant: Tenant, call: Call): Promise<Told> {
  const told: Told = { conflicts: 0, unknown: 0, created: 0 };
  const dice = seededRandom(5_000);
  const fates = Array.from({ length: OBJECTS * 3 + POSTS }, () => dice() < LOST);
  const write: Call = async (method, path, headers, body) => {
    const marker = Number(/[?&]n=(\d+)$/.exec(path)?.[1]);
    if (fates[marker]) tenant.dropAfterCommit({ path: new RegExp(`[?&]n=${marker}$`) });
    const answer = await call(method, path, headers, body);
    if (answer?.status === 412) told.conflicts++;
    else if (answer === undefined || answer.status >= 500) told.unknown++;
    return answer;
  };
  const revision = async (path: string): Promise<string> =>
    String((await ask(tenant.url, "GET", path)).json()._rev);

  const guardedWrites = async (n: number): Promise<void> => {
    const path = `${USERS}/${objectId(n)}`;
    await write("PUT", `${path}?n=${n * 3}`, { "if-none-match": "*" }, user(n, "one"));
    await write("PUT", `${path}?n=${n * 3 + 1}`, { "if-match": `"${await revision(path)}"` }, user(n, "two"));
    const patch = [{ operation: "replace", field: "/sn", value: "three" }];
    await write("PATCH", `${path}?n=${n * 3 + 2}`, { "if-match": `"${await revision(path)}"` }, patch);
  };
  const post = async (n: number): Promise<void> => {
    const path = `${n % 2 ? USERS : ROLES}?_action=create&n=${OBJECTS * 3 + n}`;
    if ((await write("POST", path, {}, user(OBJECTS + n, "one")))?.status === 201) told.created++;
  };

  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < OBJECTS + POSTS) {
      const n = next++;
      await (n < OBJECTS ? guardedWrites(n) : post(n - OBJECTS));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return told;
}

/** Changes beyond the one that each write asked for. */
function duplicates(tenant: Tenant): number {
  const made = new Map<string, number>();
  for (const { saw } of tenant.applied) {
    const { method, url } = tenant.saw[saw] ?? { method: "", url: "" };
    // A create that the gateway sends as a PUT carries the marker of the POST.
    const key = /n=(\d+)/.exec(url)?.[1] ?? `${method} ${url}`;
    made.set(key, (made.get(key) ?? 0) + 1);
  }
  return [...made.values()].reduce((sum, times) => sum + times - 1, 0);
}

function sent(base: string): Call {
  return (method, path, headers, body) =>
    ask(base, method, path, { agent, headers, body: JSON.stringify(body) }).catch(() => undefined);
}

/** Tries again after every failure, as many clients do. */
function naively(call: Call): Call {
  return async (...request) => {
    for (let tries = 1; ; tries++) {
      const answer = await call(...request);
      const failed = answer === undefined || answer.status >= 500;
      if (!failed || tries === NAIVE_TRIES) return answer;
    }
  };
}

async function startBareProxy(target: string) {
  const upstream = new http.Agent({ keepAlive: true });
  const proxy = httpProxy.createProxyServer({ target, agent: upstream });
  const server = http.createServer((request, response) =>
    proxy.web(request, response, {}, () => response.writeHead(502).end()),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
      upstream.destroy();
    },
  };
}

it("5,000 guarded writes, one answer in five lost: no false conflict and nothing twice; a blind retry has both", async () => {
  const policy = `
retry: { attempts: 4, backoff: { base: 1ms, max: 2ms }, budget: { percent: 100%, perSecond: 100 } }
routes:
  - { name: roles, match: { path: '${ROLES}/**' }, replayableCreates: true }
`;
  const g = await start({ policy });
  const ours = await run(g.tenant, sent(g.url));

  const tenant = await startTenant({ clock: systemClock });
  const bare = await startBareProxy(tenant.url);
  const naive = await run(tenant, naively(sent(bare.url)));

  const rows = [
    ["", "crest-gateway", "bare http-proxy, blind retry"],
    ["guarded writes", String(OBJECTS * 3), String(OBJECTS * 3)],
    ["false conflicts", String(ours.conflicts), String(naive.conflicts)],
    ["done twice", String(duplicates(g.tenant)), String(duplicates(tenant))],
    ["creates by POST", String(POSTS), String(POSTS)],
    ["told 201", String(ours.created), String(naive.created)],
    ["told that nobody knows", String(ours.unknown), String(naive.unknown)],
  ];
  console.info(
    rows
      .map(([what = "", a = "", b = ""]) => `${what.padEnd(24)}${a.padStart(14)}${b.padStart(30)}`)
      .join("\n"),
  );
  expect({ conflicts: ours.conflicts, twice: duplicates(g.tenant) }).toEqual({ conflicts: 0, twice: 0 });
  expect(ours.created + ours.unknown).toBe(POSTS);
  // One in five of the half that must not be sent again.
  expect(ours.unknown).toBeLessThan((POSTS / 2) * LOST * 1.5);
  expect(naive.conflicts).toBeGreaterThan(500);
  expect(duplicates(tenant)).toBeGreaterThan(10);
  bare.close();
  await tenant.close();
}, 120_000);
