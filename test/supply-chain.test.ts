/** What the program is made of: told whole, and looked up among known weaknesses. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const scratch = (): string => mkdtempSync(join(tmpdir(), "crest-gateway-supply-"));

type Locked = {
  readonly name?: string;
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
};

it("the SBOM has every package that the program needs when it runs, with its licence, and no other", () => {
  const file = join(scratch(), "sbom.cdx.json");
  const { status, stderr } = spawnSync(process.execPath, [fromRoot("scripts/sbom.ts"), file], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const sbom = JSON.parse(readFileSync(file, "utf8"));
  expect(sbom).toMatchObject({
    bomFormat: "CycloneDX",
    metadata: { component: { name: "crest-gateway", type: "application" } },
  });
  const { packages } = JSON.parse(readFileSync(fromRoot("package-lock.json"), "utf8"));
  const needed = Object.entries<Locked>(packages)
    .filter(([path, { dev }]) => path !== "" && !dev)
    .map(([path, { name, version, license }]) => [
      `pkg:npm/${(name ?? path.replace(/^.*node_modules\//, "")).replace("@", "%40")}@${version}`,
      license,
    ]);
  expect(needed.length).toBeGreaterThan(20);
  const told = sbom.components.map(
    ({ purl, licenses }: { purl: string; licenses?: readonly { license: { id: string } }[] }) => [
      purl,
      licenses?.[0]?.license.id,
    ],
  );
  expect(told.toSorted()).toEqual(needed.toSorted());
});

describe("the look for known weaknesses", () => {
  /** Runs `.ci/audit` with an npm that says this. */
  const audited = (says: string, exitCode: number) => {
    const folder = scratch();
    const npm = join(folder, "npm");
    writeFileSync(npm, `#!/bin/sh\ncat <<'END'\n${says}\nEND\nexit ${exitCode}\n`);
    chmodSync(npm, 0o755);
    const env = { PATH: [folder, join(process.execPath, ".."), process.env.PATH].join(delimiter) };
    const { status, stderr } = spawnSync(fromRoot(".ci/audit"), { env, encoding: "utf8" });
    return { status, stderr };
  };

  it("is quiet when there are none", () => {
    expect(audited('{"auditReportVersion":2,"vulnerabilities":{}}', 0)).toEqual({ status: 0, stderr: "" });
  });

  it("fails with the report when there is one", () => {
    const report = '{"auditReportVersion":2,"vulnerabilities":{"zod":{"severity":"high"}}}';
    const { status, stderr } = audited(report, 1);
    expect(status).toBe(1);
    expect(stderr).toContain(report);
    expect(stderr).toContain("!! npm audit: a weakness is known");
  });

  it.each([
    ["a registry that does not do it", '{"message":"405 Method Not Allowed","error":{"summary":""}}'],
    ["no word at all", ""],
    ["no JSON", "npm error network"],
  ])("says out loud that nobody could be asked, and does not fail: %s", (_, says) => {
    const { status, stderr } = audited(says, 1);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^!! npm audit: the registry could not be asked, so NOTHING IS KNOWN/);
  });
});
