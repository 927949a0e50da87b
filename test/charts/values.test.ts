/**
 * The charts' values as people meet them: each key has a comment, a row in the README and a schema; both charts say the
 * same of what they share; and nothing can be set that nobody reads.
 */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { at, type ChartName, chartFile, HELM_FOLDER } from "./helm.ts";
import { readValues, withTable } from "./values-table.ts";

const CHARTS = ["crest-gateway", "crest-gateway-sidecar"] as const;

const valuesOf = (chart: ChartName): Record<string, unknown> => parse(chartFile(chart, "values.yaml"));
const schemaOf = (chart: ChartName): unknown => JSON.parse(chartFile(chart, "values.schema.json"));
const propertiesOf = (chart: ChartName): Record<string, unknown> => Object(at(schemaOf(chart), "properties"));

describe.each(CHARTS)("values of %s", (chart) => {
  const { rows, bare } = readValues(chartFile(chart, "values.yaml"));

  it("have a comment each", () => {
    expect(bare).toEqual([]);
    expect(rows.length).toBeGreaterThan(30);
  });

  it("stand in the README, with their defaults", async () => {
    const readme = `${HELM_FOLDER}/${chart}/README.md`;
    await expect(withTable(chartFile(chart, "README.md"), rows)).toMatchFileSnapshot(readme);
  });

  it("are all in the schema, and nothing else is", () => {
    const besides = chart === "crest-gateway" ? ["global", "enabled", "crest-gateway-sidecar"] : ["global"];
    expect(Object.keys(propertiesOf(chart)).toSorted()).toEqual(
      [...Object.keys(valuesOf(chart)), ...besides].toSorted(),
    );
  });

  it("have a schema that is closed wherever the values have keys of ours", () => {
    expect(at(schemaOf(chart), "additionalProperties")).toBe(false);
    for (const { path } of rows.filter((row) => row.path.includes("."))) {
      const [outer = "", inner = ""] = path.split(".");
      expect(propertiesOf(chart)[outer]).toMatchObject({ additionalProperties: false });
      expect(Object.keys(Object(at(propertiesOf(chart)[outer], "properties")))).toContain(inner);
    }
  });
});

describe("the two charts", () => {
  const [own, library] = [valuesOf("crest-gateway"), valuesOf("crest-gateway-sidecar")];
  const shared = Object.keys(library).filter((key) => key in own);

  it("have the same schema for what both have, but for a delay that one of them works out", () => {
    expect(shared.length).toBeGreaterThan(20);
    for (const key of shared.filter((key) => key !== "drainDelaySeconds"))
      expect({ [key]: propertiesOf("crest-gateway")[key] }).toEqual({
        [key]: propertiesOf("crest-gateway-sidecar")[key],
      });
    expect(at(schemaOf("crest-gateway"), "definitions")).toEqual(
      at(schemaOf("crest-gateway-sidecar"), "definitions"),
    );
  });

  it("have the same defaults, but for what a gateway of its own needs", () => {
    const differing = shared.filter((key) => JSON.stringify(own[key]) !== JSON.stringify(library[key]));
    expect(differing).toEqual([
      "drainDelaySeconds",
      "drainLimitSeconds",
      "terminationGracePeriodSeconds",
      "resources",
    ]);
  });

  it("hold what Helm adds of the library's values to its defaults, so that nothing set there is ignored", () => {
    const held = Object.entries(library).map(([key, value]) => [key, { const: value }]);
    expect(at(propertiesOf("crest-gateway"), "crest-gateway-sidecar", "properties")).toEqual(
      Object.fromEntries(held),
    );
  });
});

describe("versions", () => {
  const project = JSON.parse(chartFile("crest-gateway", "../../package.json"));

  it.each(CHARTS)("of %s are the project's", (chart) => {
    const { version, appVersion, dependencies } = parse(chartFile(chart, "Chart.yaml"));
    expect({ version, appVersion }).toEqual({ version: project.version, appVersion: project.version });
    for (const dependency of dependencies ?? []) expect(dependency.version).toBe(project.version);
  });

  it("of the example's dependency too", () => {
    const example = parse(chartFile("crest-gateway", "../../examples/sidecar-helm/Chart.yaml"));
    expect(example.dependencies[0].version).toBe(project.version);
  });
});
