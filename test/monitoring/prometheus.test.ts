/** A real Prometheus in front of a real gateway on a bad day: it shows what was done, and its alerts fire and resolve. */
import { afterAll, describe, expect, it, type TestContext } from "vitest";
import { textOf } from "../docs/markdown.ts";
import { ask } from "../support/gateway.ts";
import { requireTool } from "../support/tools.ts";
import { type BadDay, EACH_ROUND, FIRST_ROUND, policyText, startBadDay } from "./bad-day.ts";
import { asSent, TARGETS } from "./panels.ts";
import { type Prometheus, type Sample, startPrometheus, until } from "./server.ts";

/** The alerts as they are shipped, but for one thing: none waits before it fires. */
const IMPATIENT = textOf("helm/crest-gateway/files/alerts.yaml").replaceAll(/^( +for): .+$/gm, "$1: 0s");

type Scene = { readonly day: BadDay; readonly prometheus: Prometheus };
let begun: Promise<Scene> | undefined;
const toEnd: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of toEnd) await end();
});

/** Started by the first test that asks; two rounds have been scraped. */
function scene(context: TestContext): Promise<Scene> {
  const program = requireTool(context, "prometheus");
  begun ??= begin(program);
  return begun;
}

async function begin(program: string): Promise<Scene> {
  const day = await startBadDay();
  toEnd.push(day.end);
  const prometheus = await startPrometheus(program, new URL(day.gateway.admin).host, IMPATIENT);
  toEnd.push(prometheus.stop);
  for (let i = 0; i < 2; i++) {
    await day.round();
    const made = [...day.told.values()].reduce((sum, count) => sum + count, 0);
    await until(async () => (await prometheus.query("sum(crest_gateway_requests_total)"))[0]?.value === made);
  }
  return { day, prometheus };
}

/** Values by one label. */
const by = (label: string, samples: readonly Sample[]): Record<string, number> =>
  Object.fromEntries(samples.map(({ metric, value }) => [metric[label] ?? "", value]));

/** So much in each of two rounds, and so much in the first besides. */
function twice(each: Readonly<Record<string, number>>, first: Readonly<Record<string, number>> = {}) {
  const words = [...new Set([...Object.keys(each), ...Object.keys(first)])];
  return Object.fromEntries(words.map((word) => [word, 2 * (each[word] ?? 0) + (first[word] ?? 0)]));
}

describe("Prometheus shows what was done:", () => {
  it("requests by class, as callers were told", async (context) => {
    const { day, prometheus } = await scene(context);
    const found = await prometheus.query("sum by (class) (crest_gateway_requests_total)");
    expect(by("class", found)).toEqual(Object.fromEntries(day.told));
  });

  it.for([
    ["retried", "what asked for them", twice(EACH_ROUND.retried, FIRST_ROUND.retried)],
    ["withheld", "reason", twice(EACH_ROUND.withheld, FIRST_ROUND.withheld)],
  ] as const)("retries %s, by %s", async ([decision, , expected], context) => {
    const { prometheus } = await scene(context);
    const metric = `crest_gateway_retry_decisions_total{decision="${decision}"}`;
    expect(by("reason", await prometheus.query(`sum by (reason) (${metric})`))).toEqual(expected);
  });

  it("what the gateway refused, and what became of lost answers", async (context) => {
    const { prometheus } = await scene(context);
    const refused = await prometheus.query("sum by (reason) (crest_gateway_rejected_total)");
    expect(by("reason", refused)).toEqual(twice(EACH_ROUND.refused));
    const lost = await prometheus.query("sum by (result) (crest_gateway_lost_answers_total)");
    expect(by("result", lost)).toEqual(twice(EACH_ROUND.lostAnswers));
  });

  it("circuits and gates, after an outage of am and a 429 of keys", async (context) => {
    const { prometheus } = await scene(context);
    const open = await prometheus.query('crest_gateway_breaker_state{state="open"}');
    expect(by("family", open)).toEqual({ openidm: 0, am: 1, keys: 0, iga: 0 });
    const closed = await prometheus.query("crest_gateway_throttle_closed");
    expect(by("family", closed)).toEqual({ openidm: 0, am: 0, keys: 1, iga: 0 });
  });

  it("that it was spoken to in OpenMetrics, where a family of counters has no _total", async (context) => {
    const { prometheus } = await scene(context);
    await until(async () => (await prometheus.types("crest_gateway_requests")).length > 0);
    expect(await prometheus.types("crest_gateway_requests")).toEqual(["counter"]);
    expect(await prometheus.types("crest_gateway_request_duration_seconds")).toEqual(["histogram"]);
  });
});

describe("the dashboard", () => {
  /** What a bad day of this kind leaves at zero. */
  const AT_ZERO = [
    "Policy refused A",
    "Under way and waiting B",
    "Under way and waiting C",
    "Memory B",
    "Version and policy D",
  ];

  it("has an answer to each query, which is above zero where something was done", async (context) => {
    const { prometheus } = await scene(context);
    for (const { title, expr } of TARGETS) {
      const values = (await prometheus.query(asSent(expr))).map(({ value }) => value);
      expect(values, title).not.toEqual([]);
      expect(values, title).not.toContain(Number.NaN);
      expect(
        values.some((value) => value > 0),
        title,
      ).toBe(!AT_ZERO.includes(title));
    }
  });

  it("shows the open circuit, the closed gate and the policy in force", async (context) => {
    const { day, prometheus } = await scene(context);
    const ask = (title: string) =>
      prometheus.query(asSent(TARGETS.find((target) => target.title === title)?.expr ?? ""));
    expect(by("family", await ask("Circuits by family A"))).toEqual({ openidm: 0, am: 2, keys: 0, iga: 0 });
    expect(by("family", await ask("Throttle gates by family A"))).toMatchObject({ am: 0, keys: 1 });
    expect((await ask("Version and policy B"))[0]?.metric).toMatchObject({
      instance: new URL(day.gateway.admin).host,
      hash: await hashInForce(day),
      profile: "aic",
    });
  });
});

const hashInForce = async ({ gateway }: BadDay): Promise<unknown> =>
  (await ask(gateway.admin, "GET", "/policy")).json().hash;

describe("an alert fires by itself", () => {
  const comes = (prometheus: Prometheus, name: string): Promise<void> =>
    until(async () => (await prometheus.alerts("firing")).includes(name));
  const goes = (prometheus: Prometheus, name: string): Promise<void> =>
    until(async () => !(await prometheus.alerts("firing")).includes(name));

  it("when a circuit stays open", async (context) => {
    const { prometheus } = await scene(context);
    await comes(prometheus, "CrestGatewayCircuitOpen");
  });

  it("when a ConfigMap brings a bad policy, which changes nothing else, and resolves when it is mended", async (context) => {
    const { day, prometheus } = await scene(context);
    const started = await prometheus.query("process_start_time_seconds");
    const inPrometheus = async (): Promise<readonly string[]> =>
      (await prometheus.query("crest_gateway_policy_info")).map(({ metric }) => metric.hash ?? "");
    const before = await inPrometheus();

    day.policy.update(policyText("people"));
    await until(async () => (await inPrometheus())[0] !== before[0]);
    const taken = await inPrometheus();
    expect(taken).toEqual([await hashInForce(day)]);

    expect(await prometheus.alerts("firing")).not.toContain("CrestGatewayPolicyReloadFailing");
    day.policy.update(policyText("people").replace("retry:", "retyr:"));
    await comes(prometheus, "CrestGatewayPolicyReloadFailing");
    expect(await inPrometheus()).toEqual(taken);
    expect((await ask(day.gateway.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true")).status).toBe(
      200,
    );
    await until(
      async () => (await prometheus.query('crest_gateway_requests_total{route="people"}')).length > 0,
    );

    day.policy.update(policyText("people"));
    await goes(prometheus, "CrestGatewayPolicyReloadFailing");
    expect(await inPrometheus()).toEqual(taken);
    expect(await prometheus.query("process_start_time_seconds")).toEqual(started);
    const reloads = await prometheus.query("crest_gateway_policy_reloads_total");
    expect(by("result", reloads)).toEqual({ success: 1, failure: 1 });
  });

  it("when the gateway is gone", async (context) => {
    const { day, prometheus } = await scene(context);
    await day.kill();
    await comes(prometheus, "CrestGatewayDown");
  });
});
