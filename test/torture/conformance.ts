/** The tests of `test/conformance/` as lines of a table: what a standard asks of a gateway, and whether it holds. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Figure } from "./figure.ts";

const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What is looked at of vitest's report. */
type Report = {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
};

export async function figures(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const file = join(folder, "report.json");
  try {
    const args = [VITEST, "run", "test/conformance", "--reporter=json", `--outputFile=${file}`];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    return report.testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .map(({ fullName, status }) => ({
        name: fullName.trim(),
        expected: "holds",
        actual: status === "passed" ? "holds" : status,
        ok: status === "passed",
      }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
