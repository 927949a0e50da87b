/**
 * A process that is stopped for a while, and a clock that is set: neither opens, closes or freezes anything. What has been
 * waited for is there when the process goes on, and counts as having come.
 */
import { writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { startTenant } from "../../src/demo/tenant.ts";
import { ask, gateways } from "../support/gateway.ts";
import { serving } from "../support/process.ts";
import { talk } from "../support/talk.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const USERS = "/openidm/managed/alpha_user";
const CALLERS = 30;

/** Long enough for every limit of the policy below to pass, on the clock of another process, which takes no argument. */
const STOPPED_MS = 4500;

describe("a process that was stopped", () => {
  it("takes the answers that came meanwhile, although every limit has passed", async () => {
    const policy = join(await mkdtemp(join(tmpdir(), "stopped-")), "policy.yaml");
    writeFileSync(
      policy,
      "version: 1\nextends: aic\nattempt: { timeout: 4s, connect: 4s }\nlistener: { headers: 4s, stall: 4s }\n",
    );
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const tenant = await startTenant({ clock: systemClock, choose: () => held.then(() => undefined) });
    open.push(tenant);
    const program = await serving(["--upstream", tenant.url, "--policy", policy]);
    open.push({ close: () => program.child.kill("SIGKILL") });

    // Half of what it has to say comes while nobody listens.
    const upload = talk(
      program.url,
      `PUT ${USERS}/late HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 64\r\n\r\n{`,
    );
    open.push({ close: () => upload.socket.destroy() });
    const asked = Array.from({ length: CALLERS }, (_, index) =>
      index % 2 === 0
        ? ask(program.url, "GET", `${USERS}?_queryFilter=true`)
        : ask(program.url, "POST", `${USERS}?_action=create`, {
            body: JSON.stringify({ userName: `u${index}`, givenName: "A", sn: "B", mail: "a@example.com" }),
          }),
    );
    await tenant.waitFor(CALLERS);
    program.child.kill("SIGSTOP");
    letGo();
    upload.socket.write('"userName":"l","givenName":"A","sn":"B","mail":"a@example.com"}');
    await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
    program.child.kill("SIGCONT");

    const told = (await Promise.all(asked)).map(
      ({ status, headers }) => `${status} ${headers["x-gateway-attempts"]}`,
    );
    expect(new Set(told)).toEqual(new Set(["200 1", "201 1"]));
    await upload.until(/HTTP/);
    expect(upload.statuses()).toEqual([201]);
    expect(tenant.applied).toHaveLength(CALLERS / 2 + 1);
  });
});

describe.each([
  ["an hour ahead", 3_600_000],
  ["an hour back", -3_600_000],
])("a clock that is set %s", (_name, stepMs) => {
  const start = gateways();
  afterEach(() => void vi.useRealTimers());

  /** What a time server does: the time of day is another, and no timer knows. */
  const step = (): void => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + stepMs });
  };
  const READ = `${USERS}?_queryFilter=true`;

  it("ends no request that is under way, and no connection", async () => {
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const g = await start({ tenant: { choose: () => held.then(() => undefined) } });
    const asked = ask(g.url, "GET", READ);
    await g.tenant.waitFor(1);
    step();
    letGo();
    const { status, headers } = await asked;
    expect([status, headers["x-gateway-attempts"]]).toEqual([200, "1"]);
    await ask(g.url, "GET", READ);
    expect(new Set(g.tenant.saw.map(({ remotePort }) => remotePort)).size).toBe(1);
  });

  it("keeps nobody waiting longer than the tenant said, nor shorter", async () => {
    const g = await start();
    g.tenant.will(429, { "retry-after": "1" });
    const asked = ask(g.url, "GET", READ);
    await g.until(({ kind }) => kind === "decision");
    step();
    expect((await asked).status).toBe(200);
    const [first, second] = g.tenant.saw.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it("neither opens a circuit nor keeps one open", async () => {
    const policy = "retry: { attempts: 1 }\nbreaker: { minimum: 2, open: 100ms, openMax: 100ms }\n";
    const g = await start({ policy });
    g.tenant.will(503).will(503);
    await ask(g.url, "GET", READ);
    await ask(g.url, "GET", READ);
    expect(g.gateway.families.snapshot()).toMatchObject([{ breaker: "open" }]);
    step();
    await g.until((event) => event.kind === "breaker" && event.to === "open");
    let status = 503;
    while (status === 503) status = (await ask(g.url, "GET", READ)).status;
    expect(status).toBe(200);
    step();
    expect((await ask(g.url, "GET", READ)).status).toBe(200);
  });
});
