/** What `npm pack` makes: a package that runs by itself, without the sources and without installing anything. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** As npm and npx leave it. */
const INSTALLED = mkdtempSync(join(tmpdir(), "crest-gateway-package-"));
const PLACE = join(INSTALLED, "node_modules", "crest-gateway");

function sh(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  expect({ command, status, stderr: status === 0 ? "" : stderr }).toEqual({ command, status: 0, stderr: "" });
  return stdout;
}

describe("the packed package", () => {
  beforeAll(() => {
    const said = sh("npm", "pack", "--silent", "--pack-destination", INSTALLED);
    const tarball = said.trim().split("\n").at(-1) ?? "";
    mkdirSync(PLACE, { recursive: true });
    sh("tar", "-xzf", join(INSTALLED, tarball), "-C", PLACE, "--strip-components=1");
  }, 60_000);

  const run = (...args: string[]) => {
    const bin = join(PLACE, "bin", "crest-gateway");
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
      cwd: INSTALLED,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  it("says its version and its commit", () => {
    expect(run("--version").stdout).toMatch(
      new RegExp(`^crest-gateway ${version} \\((?:[0-9a-f]{12}|commit unknown)\\), Node \\d+`),
    );
  });

  it("finds its policy and its profiles", () => {
    expect(run("check", join(PLACE, "config", "policy.yaml"))).toMatchObject({ status: 0, stderr: "" });
    expect(run("explain", join(PLACE, "config", "policy.yaml"), "GET /openidm/x").stdout).toContain(
      "openidm",
    );
  });

  it("has a command that can be run, and nothing that is only for building it", () => {
    expect(statSync(join(PLACE, "bin", "crest-gateway")).mode & 0o111).not.toBe(0);
    for (const left of ["src", "test", "scripts", "bench", "helm"])
      expect(() => statSync(join(PLACE, left))).toThrow("ENOENT");
  });
});
