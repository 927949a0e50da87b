/** A running gateway takes another policy over, or does not, and drops nothing meanwhile. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { startTenant } from "../../src/demo/tenant.ts";
import { mountConfigMap } from "../support/config-map.ts";
import { ask } from "../support/gateway.ts";
import { turnsUntil } from "../support/manual-clock.ts";
import { type Program, run, serving } from "../support/process.ts";

const started: Program[] = [];
afterEach(async () => {
  for (const program of started.splice(0)) {
    program.child.kill("SIGKILL");
    await program.ended;
  }
});

const folder = (): string => mkdtempSync(join(tmpdir(), "crest-gateway-"));
const policy = (name: string): string =>
  `version: 1\nextends: aic\nroutes:\n  - { name: ${name}, match: { path: '/**' } }\n`;

async function serve(file: string, ...more: string[]) {
  const program = await serving(["--policy", file, ...more]);
  started.push(program);
  const inForce = async () => (await ask(program.admin, "GET", "/policy")).json();
  const reloads = async (result: string): Promise<string | undefined> =>
    new RegExp(`crest_gateway_policy_reloads_total\\{result="${result}"\\} (\\d+)`).exec(
      (await ask(program.admin, "GET", "/metrics")).text,
    )?.[1];
  const lastReloadSuccessful = async (): Promise<string | undefined> =>
    /^crest_gateway_policy_last_reload_successful (\d)$/m.exec(
      (await ask(program.admin, "GET", "/metrics")).text,
    )?.[1];
  return { ...program, inForce, reloads, lastReloadSuccessful };
}

describe("a changed file", () => {
  it("is taken over by itself", async () => {
    const file = join(folder(), "policy.yaml");
    writeFileSync(file, policy("one"));
    const program = await serve(file);
    const before = await program.inForce();
    writeFileSync(file, policy("two"));
    await program.printed(/"msg":"policy reloaded"/);
    expect((await program.inForce()).hash).not.toBe(before.hash);
    expect(await program.reloads("success")).toBe("1");
    await ask(program.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true");
    await program.printed(/"route":"two"/);
  });

  it("is taken over on each swap of a ConfigMap's symbolic links", async () => {
    const configMap = mountConfigMap("policy.yaml", policy("one"));
    const program = await serve(configMap.file);
    for (const [index, name] of ["two", "three", "four"].entries()) {
      configMap.update(policy(name));
      await program.printed(new RegExp(`(?:policy reloaded[^]*){${index + 1}}`));
      expect(JSON.stringify(await program.inForce())).toContain(`"${name}"`);
    }
    expect(await program.reloads("success")).toBe("3");
  });

  it("that is bad changes nothing: the last good one stays, and a line and a metric say so", async () => {
    const file = join(folder(), "policy.yaml");
    writeFileSync(file, policy("one"));
    const program = await serve(file);
    const before = await program.inForce();
    writeFileSync(file, "version: 1\ndeadlin: 3s\n");
    await program.printed(/"msg":"policy not reloaded[^"]*"/);
    expect(program.stdout()).toMatch(/deadlin.*did you mean/);
    program.child.kill("SIGHUP");
    expect((await program.inForce()).hash).toBe(before.hash);
    expect(await program.reloads("failure")).toBe("1");
    expect((await ask(program.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true")).status).toBe(200);
    writeFileSync(file, policy("two"));
    await program.printed(/"msg":"policy reloaded"/);
  });

  const DAMAGED = [
    ["x: &r { attempts: 2 }\nretry: *r\n", "policy.yaml:2:1 x: unknown key"],
    ["attempt: &self { timeout: *self }\n", "policy.yaml:2:27 attempt.timeout: expected a duration"],
    ['retry: { "<<": { attempts: 2 } }\n', 'policy.yaml:2:10 retry["<<"]: merge keys are not read'],
    ["---\nversion: 1\n", "policy.yaml:2:1: the file holds more than one document"],
    ["deadline: !custom 30s\n", "policy.yaml:2:11: not YAML"],
    ["...\n%FOO bar\n---\n", "policy.yaml:4:1: the file holds more than one document"],
    ["__proto__: { deadline: 1s }\n", "policy.yaml:2:1 __proto__: no part of a policy"],
    [`# ${"x".repeat(200_000)}\n`, "policy.yaml: this file has"],
  ] as const;

  it("and damaged in whatever way ends nothing: the log and `check` name the line", async () => {
    const file = join(folder(), "policy.yaml");
    writeFileSync(file, policy("one"));
    const program = await serve(file);
    const { hash } = await program.inForce();
    for (const [index, [damage, told]] of DAMAGED.entries()) {
      writeFileSync(file, `version: 1\n${damage}`);
      await program.printed(new RegExp(`(?:"msg":"policy not reloaded[^]*){${index + 1}}`));
      const line = program.stdout().trimEnd().split("\n").at(-1) ?? "";
      expect(JSON.parse(line).detail).toContain(told);
      expect((await program.inForce()).hash).toBe(hash);
      expect(await program.reloads("failure")).toBe(String(index + 1));
      expect(await program.lastReloadSuccessful()).toBe("0");
    }
    const [[alias, told]] = DAMAGED;
    writeFileSync(file, `version: 1\n${alias}`);
    const checked = run(["check", file]);
    expect((await checked.ended).code).toBe(1);
    expect(checked.stdout() + checked.stderr()).toContain(told);
    writeFileSync(file, policy("two"));
    await program.printed(/"msg":"policy reloaded"/);
  });

  it("whose own tests fail is not taken", async () => {
    const file = join(folder(), "policy.yaml");
    writeFileSync(file, policy("one"));
    const program = await serve(file);
    const test = "tests:\n  - { name: wish, request: 'POST /x', answer: 503, expect: { retry: true } }\n";
    writeFileSync(file, policy("two") + test);
    await program.printed(/"msg":"policy not reloaded/);
    expect(program.stdout()).toMatch(/test \\"wish\\": expected retry true, got false/);
    expect(await program.reloads("success")).toBe("0");
  });
});

describe("whether the file could be used", () => {
  it("is told from the start, and through refusal and cure", async () => {
    const file = join(folder(), "policy.yaml");
    writeFileSync(file, policy("one"));
    const program = await serve(file);
    expect(await program.lastReloadSuccessful()).toBe("1");
    writeFileSync(file, "version: 2\n");
    await program.printed(/"msg":"policy not reloaded/);
    expect(await program.lastReloadSuccessful()).toBe("0");
    const status = (await ask(program.admin, "GET", "/status.json")).json();
    expect(status).toHaveProperty(
      "trouble.0",
      expect.stringMatching(/^policy: .*, as it is now, was refused/),
    );
    writeFileSync(file, policy("two"));
    await program.printed(/"msg":"policy reloaded"/);
    expect(await program.lastReloadSuccessful()).toBe("1");
    expect([await program.reloads("success"), await program.reloads("failure")]).toEqual(["1", "1"]);
  });

  it("is so again when a bad file is taken back, and that counts as no reload", async () => {
    const file = join(folder(), "policy.yaml");
    writeFileSync(file, policy("one"));
    const program = await serve(file);
    rmSync(file);
    await program.printed(/"msg":"policy not reloaded/);
    expect(await program.lastReloadSuccessful()).toBe("0");
    writeFileSync(file, policy("one"));
    await program.printed(/"msg":"policy file mended/);
    expect(await program.lastReloadSuccessful()).toBe("1");
    expect([await program.reloads("success"), await program.reloads("failure")]).toEqual(["0", "1"]);
  });
});

it("SIGHUP with an unchanged file counts nothing", async () => {
  const file = join(folder(), "policy.yaml");
  writeFileSync(file, policy("one"));
  const program = await serve(file);
  program.child.kill("SIGHUP");
  writeFileSync(file, policy("two"));
  await program.printed(/"msg":"policy reloaded"/);
  expect([await program.reloads("success"), await program.reloads("failure")]).toEqual(["1", "0"]);
});

it("a file that goes away leaves the last good policy in force", async () => {
  const file = join(folder(), "policy.yaml");
  writeFileSync(file, policy("one"));
  const program = await serve(file);
  rmSync(file);
  await program.printed(/"msg":"policy not reloaded/);
  expect((await ask(program.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true")).status).toBe(200);
});

it("reloads under load drop nothing, and every answer belongs to one policy", async () => {
  const file = join(folder(), "policy.yaml");
  writeFileSync(file, policy("even"));
  const tenant = await startTenant({ clock: systemClock });
  const program = await serve(file, "--upstream", tenant.url);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  let stop = false;
  const statuses = new Map<number, number>();
  const caller = async (): Promise<void> => {
    while (!stop) {
      const { status } = await ask(program.url, "GET", "/openidm/managed/alpha_user/nobody", { agent });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  for (let i = 1; i <= 5; i++) {
    writeFileSync(file, policy(i % 2 === 0 ? "even" : "odd"));
    await program.printed(new RegExp(`(?:policy reloaded[^]*){${i}}`));
    const answered = statuses.get(404) ?? 0;
    await turnsUntil(() => (statuses.get(404) ?? 0) > answered + 20);
  }
  stop = true;
  await Promise.all(callers);
  agent.destroy();
  const routes = new Set([...program.stdout().matchAll(/"route":"([^"]+)"/g)].map((match) => match[1]));
  expect([...routes].sort()).toEqual(["even", "odd"]);
  expect([...statuses.keys()]).toEqual([404]);
  await tenant.close();
});
