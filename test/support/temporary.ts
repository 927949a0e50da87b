/**
 * One folder for everything that a run of the tests writes to the temporary folder; it goes when the run ends, and with
 * it goes a line on what was skipped.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MISSING_TOOLS } from "./tools.ts";

/** Vitest calls it before it starts its workers, which inherit the environment, and then calls what it returns. */
export default function inFolderOfItsOwn(): () => void {
  const before = process.env.TMPDIR;
  const folder = mkdtempSync(join(tmpdir(), "crest-gateway-tests-"));
  process.env.TMPDIR = folder;
  return () => {
    tellSkipped();
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true });
  };
}

function tellSkipped(): void {
  if (!existsSync(MISSING_TOOLS())) return;
  const missing = readFileSync(MISSING_TOOLS(), "utf8").trim().split("\n");
  const programs = [...new Set(missing)].toSorted().join(", ");
  process.stderr.write(
    `${missing.length} tests were skipped for want of ${programs}. PATH=$(.ci/tools):$PATH npm test skips none, on Debian.\n`,
  );
}
