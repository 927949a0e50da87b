/** The alerts: each fires and stays quiet when it should, asks for what there is, and leads to what is to be done. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { anchors, fromRoot, textOf } from "../docs/markdown.ts";
import { requireTool } from "../support/tools.ts";
import { problemsIn } from "./known.ts";

const FILE = "helm/crest-gateway/files/alerts.yaml";
const RUNBOOK = "docs/runbook.md";
/** Situations, one file for each alert, as promtool reads them. */
const SITUATIONS = "test/monitoring/alerts/";

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

const RULES: readonly Rule[] = parse(textOf(FILE)).groups.flatMap((group: { rules: Rule[] }) => group.rules);

type Situation = {
  readonly name: string;
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
};

const FILES = readdirSync(fromRoot(SITUATIONS)).map((file) => SITUATIONS + file);
const situations = FILES.flatMap((file): Situation[] => parse(textOf(file)).tests);

const run = (program: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { status, said: stdout + stderr };
};

it("are rules as promtool takes them", (context) => {
  const promtool = requireTool(context, "promtool");
  const { status, said } = run(
    promtool,
    "check",
    "rules",
    "--lint=all",
    "--lint-fatal",
    fileURLToPath(fromRoot(FILE)),
  );
  expect({ status, said }).toEqual({
    status: 0,
    said: expect.stringContaining(`SUCCESS: ${RULES.length} rules found`),
  });
});

describe("they fire and stay quiet as told in", () => {
  it.for(FILES)("%s", (file, context) => {
    const promtool = requireTool(context, "promtool");
    expect(run(promtool, "test", "rules", fileURLToPath(fromRoot(file)))).toEqual({
      status: 0,
      said: expect.stringContaining("SUCCESS"),
    });
  });

  it("and every situation is about one alert", () => {
    for (const { name, alert_rule_test } of situations)
      expect(new Set(alert_rule_test.map(({ alertname }) => alertname)).size, name).toBe(1);
  });
});

describe.each(RULES)("$alert", ({ alert, expr, labels, annotations }) => {
  const about = situations.filter(({ alert_rule_test }) => alert_rule_test[0]?.alertname === alert);
  const fires = ({ alert_rule_test }: Situation): boolean =>
    alert_rule_test.some(({ exp_alerts }) => exp_alerts.length > 0);

  it("has a situation in which it fires and another in which it stays quiet all the time", () => {
    expect(about.some(fires)).toBe(true);
    expect(about.some((situation) => !fires(situation))).toBe(true);
  });

  it("asks only for metrics, labels and values that there are", () => expect(problemsIn(expr)).toEqual([]));

  it("says how bad it is, what has happened and what to do first", () => {
    expect(["warning", "critical"]).toContain(labels.severity);
    expect(Object.keys(annotations)).toEqual(["summary", "description", "runbook_url"]);
    expect(annotations.description).toMatch(/\b[Ff]irst /);
  });

  it("leads to its heading in the runbook", () => {
    expect(annotations.runbook_url).toBe(`${RUNBOOK}#${alert.toLowerCase()}`);
    expect(anchors(textOf(RUNBOOK))).toContain(alert.toLowerCase());
  });
});

it("no heading of the runbook is about an alert that there is not", () => {
  const headings = [...textOf(RUNBOOK).matchAll(/^## (CrestGateway\w+)$/gm)].map(([, name]) => name);
  expect(headings.toSorted()).toEqual(RULES.map(({ alert }) => alert).toSorted());
});

it("whoever asks for what there is not is found out", () => {
  expect(
    problemsIn('sum by (rote) (rate(crest_gateway_requests_total{class="6xx",foo="1"}[5m])) + nope'),
  ).toEqual([
    'crest_gateway_requests_total: class is never "6xx"',
    "crest_gateway_requests_total: no label foo",
    "nope: no such metric",
    "by (rote): no such label",
  ]);
  expect(problemsIn("rate(up[5m)")[0]).toMatch(/^not PromQL/);
});
