/**
 * Writes what the image is made of as CycloneDX, for whoever has to know which of it a new report of a weakness is about:
 * `node scripts/sbom.ts [FILE]`, else `dist/sbom.cdx.json`. npm makes it, from the lock file and without asking anybody.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const [file = `${ROOT}dist/sbom.cdx.json`] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "crest-gateway-sbom-"));
try {
  // npm calls the program by the name of its folder.
  const folder = join(scratch, "crest-gateway");
  mkdirSync(folder);
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(ROOT + name, join(folder, name));
  const npm = (...args: readonly string[]): string =>
    execFileSync("npm", [...args, "--no-audit", "--no-fund", "--no-update-notifier"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  // Told to omit development tools, npm leaves out what they and the program both need. So it is to know of none.
  npm("pkg", "delete", "devDependencies");
  npm("prune", "--package-lock-only", "--offline", "--ignore-scripts");
  const sbom = npm("sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, sbom);
} finally {
  rmSync(scratch, { recursive: true });
}
