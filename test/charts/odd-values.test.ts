/**
 * Releases, namespaces and values that are rare and yet allowed: names that YAML would take for numbers, numbers that it
 * would write with an exponent, and null, by which Helm takes a default away.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { parse } from "yaml";
import { requireTool } from "../support/tools.ts";
import {
  at,
  type ChartName,
  chartFile,
  type Helm,
  installable,
  listAt,
  MAJORS,
  type Outcome,
  only,
  readDocuments,
  run,
  scratch,
  template,
} from "./helm.ts";
import { type Manifest, validateManifests } from "./manifests.ts";
import { podSpecOf } from "./pod-security.ts";
import { practiceProblems } from "./practice.ts";
import { readValues } from "./values-table.ts";

const CHARTS = ["crest-gateway", "crest-gateway-sidecar"] as const;

/** Everything switched on, so that each value is read by somebody; what may be called anything looks like a number. */
const ALL_ON: Readonly<Record<ChartName, object>> = {
  "crest-gateway": {
    ...parse(chartFile("crest-gateway", "ci/everything-values.yaml")),
    upstreamTls: { caSecret: "123" },
    callerTls: { secret: "456", clientCaSecret: "1e3" },
    priorityClassName: "1e3",
  },
  "crest-gateway-sidecar": {
    "crest-gateway-sidecar": {
      upstream: "https://tenant.example.com",
      podMonitor: { enabled: true },
      upstreamTls: { caSecret: "123", clientSecret: "1e3" },
      callerTls: { secret: "456", clientCaSecret: "0x1" },
    },
  },
};

const placeOf = (chart: ChartName): string => (chart === "crest-gateway" ? "" : "crest-gateway-sidecar.");

function rendered(
  context: TestContext,
  helm: Helm,
  chart: ChartName,
  more: readonly string[],
): Promise<Outcome> {
  const file = join(scratch, `all-on-${chart}.json`);
  writeFileSync(file, JSON.stringify(ALL_ON[chart]));
  const args = ["template", ...more, installable(chart), "--values", file];
  return run(requireTool(context, helm), args);
}

describe.each(CHARTS)("names that look like numbers, in %s", (chart) => {
  it.for(MAJORS)("stay texts, with %s", async (helm, context) => {
    const own = chart === "crest-gateway" ? ["--set", "fullnameOverride=gw"] : [];
    for (const release of ["1e3", "0x1f", "123"]) {
      const { stdout, stderr } = await rendered(context, helm, chart, [
        release,
        "--namespace=456",
        "--set-string",
        `${placeOf(chart)}existingConfigMap=789`,
        ...own,
      ]);
      expect(stderr).not.toContain("Error");
      const documents = readDocuments(stdout);
      expect(documents.length).toBeGreaterThan(2);
      for (const document of documents.filter((each) => at(each, "metadata", "labels") !== undefined))
        expect(at(document, "metadata", "labels", "app.kubernetes.io/instance")).toBe(release);
      // What is not a text where it has to be one is found here.
      expect(await validateManifests(documents)).toEqual([]);
    }
  });
});

describe("a release whose name no Service can have", () => {
  it.for(["123", "my.app", "0-shop"])("%s is refused, with the cure", async (release, context) => {
    for (const helm of MAJORS) {
      const wanted = { chart: "crest-gateway", set: ["upstream=https://t.example.com"], release } as const;
      const { code, stderr } = await template(context, helm, wanted);
      expect(stderr).toMatch(/objects would be called ".+", but a Service's name begins with a letter/);
      expect(stderr).toMatch(/set fullnameOverride$/m);
      expect(code).toBe(1);
    }
  });
});

describe("large numbers", () => {
  it("are written out, in the policy and in the pod", async (context) => {
    const set = [
      "policy.limits.concurrency=10000000",
      "securityContext.runAsUser=1000650000",
      "podSecurityContext.runAsUser=1000650000",
    ];
    for (const helm of MAJORS) {
      const wanted = { chart: "crest-gateway", set: ["upstream=https://t.example.com", ...set] } as const;
      const { stdout } = await template(context, helm, wanted);
      const documents = readDocuments(stdout);
      expect(at(only(documents, "ConfigMap"), "data", "policy.yaml")).toContain("concurrency: 10000000\n");
      const spec = podSpecOf(only(documents, "Deployment"));
      expect(at(listAt(spec, "containers")[0], "securityContext", "runAsUser")).toBe(1_000_650_000);
      expect(stdout).not.toMatch(/\de\+\d/);
    }
  });
});

/** What the schema says has to be there, as `replicaCount` and `image.repository`. */
function requiredOf(chart: ChartName): string[] {
  const schema: unknown = JSON.parse(chartFile(chart, "values.schema.json"));
  const inner = Object.entries(Object(at(schema, "properties"))).flatMap(([group, each]) =>
    namesAt(each).map((name) => `${group}.${name}`),
  );
  return [...namesAt(schema), ...inner];
}

const namesAt = (schema: unknown): string[] => listAt(schema, "required").map(String);

/** Without these the charts say a sentence of their own. */
const TOLD: Readonly<Record<ChartName, Readonly<Record<string, RegExp>>>> = {
  "crest-gateway": {
    upstream: /upstream is empty/,
    policy: /policy is empty/,
    resources: /resources\.requests\.cpu, which is not set/,
  },
  "crest-gateway-sidecar": { upstream: /upstream is empty/, policy: /policy is empty/ },
};

const zeros = (documents: readonly Manifest[]): number =>
  JSON.stringify(documents).match(/[:=]0\b/g)?.length ?? 0;

describe.each(CHARTS)("a value of %s that is null", (chart) => {
  const asNull = (paths: readonly string[]) =>
    paths.flatMap((path) => ["--set", `${placeOf(chart)}${path}=null`]);
  const required = requiredOf(chart);

  it("is refused by its name where the gateway cannot do without it", async (context) => {
    for (const isInner of [false, true]) {
      const paths = required.filter((path) => path.includes(".") === isInner);
      expect(paths.length).toBeGreaterThan(2);
      for (const helm of MAJORS) {
        const { code, stderr } = await rendered(context, helm, chart, ["gw", ...asNull(paths)]);
        const missing = stderr.split("\n").filter((line) => line.includes("missing propert"));
        for (const path of paths) expect(missing.join("\n")).toContain(`'${path.split(".").at(-1)}'`);
        expect(code).toBe(1);
      }
    }
  });

  it("is told where it is missing, or leaves something valid behind", async (context) => {
    for (const [path, message] of Object.entries(TOLD[chart]))
      expect((await rendered(context, "helm", chart, ["gw", ...asNull([path])])).stderr).toMatch(message);

    const { rows } = readValues(chartFile(chart, "values.yaml"));
    const optional = rows
      .map(({ path }) => path)
      .filter((path) => !required.includes(path) && !Object.hasOwn(TOLD[chart], path));
    const groups = [
      ...new Set(optional.filter((path) => path.includes(".")).map((path) => path.split(".")[0] ?? "")),
    ];
    const before = zeros(readDocuments((await rendered(context, "helm", chart, ["gw"])).stdout));
    const valid: Manifest[] = [];
    for (const paths of [optional, groups.filter((group) => !required.includes(group))]) {
      const { stdout, stderr } = await rendered(context, "helm", chart, ["gw", ...asNull(paths)]);
      const documents = readDocuments(stdout);
      expect(documents.length, stderr).toBeGreaterThan(2);
      expect([zeros(documents), practiceProblems(documents)]).toEqual([before, []]);
      valid.push(...documents);
    }
    expect(await validateManifests(valid)).toEqual([]);
  });
});
