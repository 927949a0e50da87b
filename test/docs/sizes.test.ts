/** The sizes of docs/deploy.md are those that `npm run bench:memory` measures, and those that the charts give. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { SIZES } from "../../bench/sizes.ts";
import { compilePolicy } from "../../src/policy/load.ts";
import { table, textOf } from "./markdown.ts";

const rows = table(textOf("docs/deploy.md"), "size").map(([name, limit, cpu = "", replay]) => ({
  name,
  limit,
  cpu,
  replay,
}));

describe("the sizes of docs/deploy.md", () => {
  it("are those that are measured", () => {
    const measured = SIZES.map(({ limitMebibytes, replayMebibytes }) => [
      `${limitMebibytes}Mi`,
      `${replayMebibytes}MiB`,
    ]);
    expect(rows.map(({ limit, replay }) => [limit, replay])).toEqual(measured);
  });

  it.each(rows)("$name: the policy takes $replay", ({ replay }) => {
    const text = `version: 1\nextends: aic\nreplay: { memory: ${replay} }\n`;
    expect(compilePolicy(text, { file: "policy.yaml", env: {} })).not.toHaveProperty("mistakes");
  });

  it.each(["crest-gateway-sidecar", "crest-gateway"])("the default is what the chart %s gives", (chart) => {
    const { requests, limits } = parse(textOf(`helm/${chart}/values.yaml`)).resources;
    const told = rows.find(({ name }) => name === "default");
    expect(limits).toEqual({ memory: told?.limit });
    expect(told?.cpu.split(" to ")).toContain(requests.cpu);
  });
});
