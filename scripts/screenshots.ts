/**
 * Takes the pictures of the status page in `docs/images/`: `node scripts/screenshots.ts`, with Chromium installed (or
 * where `CHROMIUM` says). Half a minute of a real gateway before the simulated tenant, which is ill for a while; the clock
 * by which the page counts runs thirty times as fast, so that a quarter of an hour is there.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { createHistory } from "../src/admin/history.ts";
import { createRecent } from "../src/admin/recent.ts";
import { createAdmin } from "../src/admin/server.ts";
import { VERSION } from "../src/cli/version.ts";
import { type Clock, systemClock } from "../src/clock.ts";
import { edgeSays, type Step, tenantSays } from "../src/demo/steps.ts";
import { startTenant } from "../src/demo/tenant.ts";
import { mishap, type Weather } from "../src/demo/weather.ts";
import { RefusingCollections } from "../src/gateway/lost/replayable-create.ts";
import { Families } from "../src/guard/families.ts";
import { HeldMemory } from "../src/guard/held-memory.ts";
import type { Observe } from "../src/observe/events.ts";
import { tellAll } from "../src/observe/observers.ts";
import { loadPolicy } from "../src/policy/load.ts";
import { formatMistakes } from "../src/policy/written/mistakes.ts";
import { createGatewayServer } from "../src/server/server.ts";
import { createTenant } from "../src/upstream/tenant.ts";

const IMAGES = fileURLToPath(new URL("../docs/images/", import.meta.url));

const PICTURES = [
  { name: "status-light", width: 1200, height: 1320, colorScheme: "light" },
  { name: "status-dark", width: 1200, height: 1320, colorScheme: "dark" },
  { name: "status-360", width: 360, height: 900, colorScheme: "light" },
] as const;

/** Without 429, of which one holds back everybody for a second: half a minute by the page's clock. */
const SHOWERS: Weather = [
  { chance: 0.04, step: tenantSays(503) },
  { chance: 0.02, step: edgeSays(502) },
  { chance: 0.03, step: { kind: "drop", applied: true } },
];

const SPEED = 30;
const LASTS_MS = 31_000;
const PAUSE_MS = 45;

/** Of the time that it lasts: from when until when the tenant is ill, and then nearly well again. */
const ILL = { from: 0.45, until: 0.6 };

const startedAt = systemClock.now();

/** Stands still in the end, while the pictures are taken. */
const fast: Clock = {
  ...systemClock,
  now: () => Math.min(systemClock.now() - startedAt, LASTS_MS) * SPEED,
};

const share = (): number => (systemClock.now() - startedAt) / LASTS_MS;

async function fate(): Promise<Step | undefined> {
  if (share() > ILL.from && share() < ILL.until)
    return systemClock.random() < 0.6 ? tenantSays(503) : edgeSays(502);
  return mishap(SHOWERS, systemClock.random());
}

const USER = "/openidm/managed/alpha_user/3f5c1c1e-8a77-4a0b-9d53-6f1f0c5b7a01";

const REQUESTS = [
  ["GET", "/openidm/managed/alpha_user?_queryFilter=true"],
  ["GET", USER],
  ["PATCH", USER],
  ["GET", "/openidm/managed/alpha_role/support"],
  ["GET", "/openidm/managed/alpha_role?_queryFilter=true"],
] as const;

async function send(base: string, number: number): Promise<void> {
  const [method, path] = REQUESTS[number % REQUESTS.length] ?? REQUESTS[0];
  const patch = [{ operation: "replace", field: "/description", value: "x" }];
  const body = method === "PATCH" ? { body: JSON.stringify(patch) } : {};
  const headers = { "content-type": "application/json", "x-forgerock-transactionid": `order-${number}` };
  await (await fetch(base + path, { method, headers, ...body })).text();
}

const read = loadPolicy({ file: "config/policy.yaml", env: {} });
if ("mistakes" in read) throw new Error(formatMistakes(read.mistakes));
const { policy } = read;
const simulated = await startTenant({ clock: systemClock, choose: fate, recording: false });
const recent = createRecent(systemClock);
const history = createHistory(fast);
const observe: Observe = tellAll([recent.observe, history.observe], (_, error) => console.error(error));
const families = new Families(systemClock, (family, to) => observe({ kind: "breaker", family, to }));
const tenant = createTenant(new URL(simulated.url), { connection: policy.connection });
const { http: gateway } = createGatewayServer({
  clock: systemClock,
  policy: () => policy,
  families,
  heldMemory: new HeldMemory(),
  tenant,
  observe,
  refusing: new RefusingCollections(),
});
const admin = createAdmin({
  metrics: { expose: async () => ({ contentType: "text/plain", body: "" }) },
  families: () => families.snapshot(),
  policy: () => policy,
  lastReloadSuccessful: () => true,
  state: () => "ready",
  clock: systemClock,
  build: { version: VERSION, node: process.versions.node },
  upstream: "https://openam-example.forgeblocks.com",
  hostNames: new Set(),
  recent,
  history,
});
for (const each of [gateway, admin.http])
  await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
const portOf = (server: typeof gateway): number => (server.address() as AddressInfo).port;

const sent: Promise<unknown>[] = [];
while (share() < 1) {
  sent.push(send(`http://127.0.0.1:${portOf(gateway)}`, sent.length).catch(() => {}));
  await new Promise<void>((resolve) => systemClock.after(PAUSE_MS, resolve));
}
await Promise.all(sent);

mkdirSync(IMAGES, { recursive: true });
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
for (const { name, width, height, colorScheme } of PICTURES) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(`http://127.0.0.1:${portOf(admin.http)}/status`);
  await page.locator("#exchanges details").first().waitFor();
  await page
    .locator("#exchanges details", { hasText: /[23] attempts/ })
    .first()
    .evaluate((box: HTMLDetailsElement) => {
      box.open = true;
    });
  const path = `${IMAGES}${name}.png`;
  await page.screenshot({ path });
  // Half the size, where the program is there.
  spawnSync("pngquant", ["--force", "--output", path, "64", path]);
  await page.close();
}
await browser.close();
admin.close();
gateway.closeAllConnections();
gateway.close();
tenant.close();
await simulated.close();
