/** What the chart of the gateway takes from files and hands on untouched, and how it comes as a package, with its notes. */
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { parse } from "yaml";
import { requireTool } from "../support/tools.ts";
import {
  at,
  CASES,
  chartFile,
  HELM_FOLDER,
  installable,
  listAt,
  MAJORS,
  only,
  render,
  run,
  scratch,
} from "./helm.ts";
import type { Manifest } from "./manifests.ts";

const CHART = "crest-gateway";
const UPSTREAM = "upstream=https://tenant.example.com";

const gateway = (context: TestContext, ...set: readonly string[]): Promise<Manifest[]> =>
  render(context, "helm", { chart: CHART, set: [UPSTREAM, ...set] });

describe("alerts", () => {
  const groups = listAt(parse(chartFile(CHART, "files/alerts.yaml")), "groups");
  const rulesOf = (all: readonly Manifest[]) => all.flatMap((group) => listAt(group, "rules"));

  it("reach the cluster as they stand in the file", async (context) => {
    const documents = await gateway(context, "prometheusRule.enabled=true");
    expect(rulesOf(groups).length).toBeGreaterThan(0);
    expect(at(only(documents, "PrometheusRule"), "spec", "groups")).toEqual(groups);
  });

  it("can be left out, labelled for routing, and linked to a runbook elsewhere", async (context) => {
    const file = CASES.find(({ name }) => name === "prometheus-rule")?.file ?? "";
    const documents = await render(context, "helm", { chart: CHART, file });
    const rules = rulesOf(listAt(only(documents, "PrometheusRule"), "spec", "groups"));
    const expected = rulesOf(groups)
      .filter(({ alert }) => alert !== "CrestGatewayThrottled")
      .map((rule) => ({
        ...rule,
        labels: { ...Object(rule.labels), team: "identity" },
        annotations: {
          ...Object(rule.annotations),
          runbook_url: `https://wiki.example.com/crest-gateway/runbook#${String(rule.alert).toLowerCase()}`,
        },
      }));
    expect(rules).toEqual(expected);
    expect(rules).toHaveLength(rulesOf(groups).length - 1);
  });
});

describe("the dashboard", () => {
  it("reaches the cluster byte for byte", async (context) => {
    const documents = await gateway(context, "dashboard.enabled=true");
    const { metadata, data } = only(documents, "ConfigMap", "gw-crest-gateway-dashboard");
    expect(at(data, "crest-gateway.json")).toBe(chartFile(CHART, "files/dashboard.json"));
    expect(at(metadata, "labels", "grafana_dashboard")).toBe("1");
  });
});

describe("a packaged chart", () => {
  it.for(MAJORS)(
    "of %s has the library in it, and renders what the folder renders",
    async (helm, context) => {
      const program = requireTool(context, helm);
      const target = join(scratch, `packages-${helm}`);
      const packed = await run(program, ["package", join(HELM_FOLDER, CHART), "--destination", target]);
      expect(packed).toMatchObject({ code: 0 });
      const archive = /saved it to: (.+\.tgz)/.exec(packed.stdout)?.[1] ?? "";
      const file = CASES.find(({ name }) => name === "everything")?.file ?? "";
      const fromFolder = await render(context, helm, { chart: CHART, file });
      expect(await render(context, helm, { chart: CHART, file, from: archive })).toEqual(fromFolder);
    },
  );
});

describe("NOTES.txt", () => {
  const notes = async (context: TestContext, ...set: readonly string[]): Promise<string> => {
    const values = [UPSTREAM, ...set].flatMap((each) => ["--set", each]);
    const args = ["install", "gw", installable(CHART), "--dry-run=client", "--namespace=identity", ...values];
    const { stdout } = await run(requireTool(context, "helm"), args);
    return stdout.slice(stdout.indexOf("NOTES:"));
  };

  it("says how to test, what address to use, and where to look", async (context) => {
    const text = await notes(context);
    expect(text).toContain("helm test gw --namespace identity");
    expect(text).toMatch(/http:\/\/gw-crest-gateway\.identity$/m);
    expect(text).toContain("port-forward service/gw-crest-gateway 9090");
    expect(text).toContain("Nobody collects its metrics yet");
    expect(text).not.toContain("from outside the cluster");
  });

  it("warns where the world can come in, and knows other ports and ConfigMaps", async (context) => {
    const text = await notes(
      context,
      "service.type=LoadBalancer",
      "service.port=8000",
      "existingConfigMap=ours",
      "monitor.kind=PodMonitor",
    );
    expect(text).toMatch(/http:\/\/gw-crest-gateway\.identity:8000$/m);
    expect(text).toContain("port-forward service/gw-crest-gateway-admin 9090");
    expect(text).toContain("The policy is in your ConfigMap ours.");
    expect(text).toContain("from outside the cluster");
    expect(text).not.toContain("Nobody collects");
  });
});
