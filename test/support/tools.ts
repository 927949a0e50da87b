/**
 * Programs of other people that some tests need and a machine may lack. Such a test is skipped, and the end of the run
 * says what was missing, unless `REQUIRE_TOOLS` is `1` or names the program: then it fails.
 */
import { accessSync, appendFileSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";

/** One line for each test that was skipped for want of a program, in the run's own temporary folder. */
export const MISSING_TOOLS = (): string => join(tmpdir(), "missing-tools");

const HOW_TO_GET = {
  openssl: "apt-get install -y --no-install-recommends openssl",
  promtool: "apt-get install -y --no-install-recommends prometheus",
  prometheus: "apt-get install -y --no-install-recommends prometheus",
  chromium: "apt-get install -y --no-install-recommends chromium",
  buildah: "apt-get install -y --no-install-recommends buildah",
  podman: "apt-get install -y --no-install-recommends podman runc",
  helm: ".ci/tools, which says the folder to put on the PATH",
  helm3: ".ci/tools, which says the folder to put on the PATH",
  "compose-config": ".ci/tools, which says the folder to put on the PATH",
  etcd: ".ci/tools, which says the folder to put on the PATH",
  "kube-apiserver": ".ci/tools, which says the folder to put on the PATH",
  kustomize: ".ci/tools, which says the folder to put on the PATH",
} as const;

/** The program's full path; without it the running test is skipped, or fails where tools are required. */
export function requireTool(context: TestContext, name: keyof typeof HOW_TO_GET): string {
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (found) return found;

  const missing = `${name} is not installed (${HOW_TO_GET[name]})`;
  const required = (process.env.REQUIRE_TOOLS ?? "").split(",");
  if (required.includes("1") || required.includes(name)) throw new Error(missing);
  appendFileSync(MISSING_TOOLS(), `${name}\n`);
  return context.skip(missing);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
