/**
 * Every values file in the charts' `ci/` folders, rendered by both majors of Helm: the same documents from both, those
 * that are kept in `golden/`, valid to the last key, and fit for a cluster that enforces "restricted".
 * `vitest run test/charts -u` writes the golden files anew; read the difference.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readPolicy } from "../../src/cli/serve/policy-file.ts";
import { requireTool } from "../support/tools.ts";
import { at, CASES, type Case, chartFile, installable, MAJORS, render, run, scratch } from "./helm.ts";
import { type Manifest, validateManifests } from "./manifests.ts";
import { podSpecOf, restrictedProblems } from "./pod-security.ts";
import { practiceProblems } from "./practice.ts";

const title = ({ chart, name }: Case): string => `${chart} ${name}`;
const titled = CASES.map((each) => ({ ...each, title: title(each) }));

/** Alerts and dashboard have tests of their own; here it is enough that they are in their place. */
function withoutFiles(document: Manifest): Manifest {
  if (document.kind === "PrometheusRule") return { ...document, spec: "the groups of files/alerts.yaml" };
  if (at(document, "data", "crest-gateway.json") === undefined) return document;
  return { ...document, data: { "crest-gateway.json": "files/dashboard.json" } };
}

describe("values files", () => {
  it("are there for a dozen features and more", () => {
    expect(CASES.filter(({ chart }) => chart === "crest-gateway").length).toBeGreaterThanOrEqual(12);
    expect(CASES.filter(({ chart }) => chart === "crest-gateway-sidecar").length).toBeGreaterThanOrEqual(8);
  });

  it.each(titled)("$title begins with a line that says what it shows", ({ chart, name }) => {
    expect(chartFile(chart, `ci/${name}-values.yaml`)).toMatch(/^# [A-Z].+/);
  });

  it.for(titled)("$title renders as it is kept, by both majors", async (each, context) => {
    const [four, three] = await Promise.all(MAJORS.map((helm) => render(context, helm, each)));
    expect(three).toEqual(four);
    const kept = (four ?? [])
      .map((document) => stringify(withoutFiles(document), { lineWidth: 0 }))
      .join("---\n");
    await expect(kept).toMatchFileSnapshot(`golden/${each.chart}-${each.name}.yaml`);
  });

  it.for(titled)("$title passes the strict lint of both majors", async (each, context) => {
    const args = ["lint", "--strict", installable(each.chart), "--values", each.file];
    const outcomes = await Promise.all(MAJORS.map((helm) => run(requireTool(context, helm), args)));
    for (const { code, stdout, stderr } of outcomes) expect(code === 0 ? "" : stdout + stderr).toBe("");
  });

  it("are what Kubernetes and the operators take, to the last key", async (context) => {
    const documents = await Promise.all(CASES.map((each) => render(context, "helm", each)));
    const problems = await validateManifests(documents.flat());
    expect(problems).toEqual([]);
  });

  it.for(titled)('$title makes pods that may run where "restricted" is enforced', async (each, context) => {
    const specs = (await render(context, "helm", each)).map(podSpecOf).filter((spec) => spec !== undefined);
    expect(specs.length).toBeGreaterThan(0);
    expect(specs.flatMap(restrictedProblems)).toEqual([]);
    for (const spec of specs)
      expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
  });

  it.for(titled)(
    "$title has no name that stands twice or is too long, and nothing that goes wrong later",
    async (each, context) => {
      expect(practiceProblems(await render(context, "helm", each))).toEqual([]);
    },
  );

  it.for(titled)("$title has a policy that the gateway takes, or none", async (each, context) => {
    const policies = (await render(context, "helm", each)).map((document) =>
      at(document, "data", "policy.yaml"),
    );
    for (const policy of policies.filter((text) => text !== undefined)) {
      const file = join(scratch, "policy.yaml");
      writeFileSync(file, String(policy));
      expect(readPolicy(file, { REPORTS: "/openidm/endpoint/report" }, 0)).toHaveProperty("policy");
    }
  });
});
