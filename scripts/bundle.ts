/**
 * Makes `dist/bin/crest-gateway.mjs`: the program and its libraries in one file, so that an image needs no
 * `node_modules`. Names and lines stay as they are, since a stack trace in a log has to say something.
 *
 * The file stands two folders deep, as the sources do: what they look for two folders up (`package.json`, `config/`)
 * is found from there as well. Beside it goes what the libraries' licences ask for when they are passed on.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SHORT_COMMIT_CHARS = 12;
const DIST = `${ROOT}dist`;

rmSync(DIST, { recursive: true, force: true });
const { output } = await build({
  input: `${ROOT}src/main.ts`,
  platform: "node",
  transform: { define: { "process.env.CREST_GATEWAY_COMMIT": JSON.stringify(commit()) } },
  output: { file: `${DIST}/bin/crest-gateway.mjs`, format: "esm", codeSplitting: false },
});
const [bundle] = output;
writeFileSync(`${DIST}/THIRD-PARTY-NOTICES.txt`, notices(bundle.moduleIds));
console.info(`dist/bin/crest-gateway.mjs: ${Math.round(Buffer.byteLength(bundle.code) / 1024)} KiB`);

/** What `--version` tells: what the build says, else what git does; a copy without either has none to tell. */
function commit(): string {
  const { REVISION } = process.env;
  if (REVISION !== undefined && REVISION !== "unknown") return REVISION.slice(0, SHORT_COMMIT_CHARS);
  const { stdout } = spawnSync("git", ["-C", ROOT, "rev-parse", `--short=${SHORT_COMMIT_CHARS}`, "HEAD"], {
    encoding: "utf8",
  });
  return stdout?.trim() || "commit unknown";
}

/** Name, version and licence text of every package that a bundled module comes from. */
function notices(moduleIds: readonly string[]): string {
  const folders = moduleIds.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  return [...new Set(folders)].toSorted().map(notice).join("\n");
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? `License: ${license}` : readFileSync(`${folder}/${file}`, "utf8").trim();
  return `${"=".repeat(100)}\n${name} ${version}\n\n${text}\n`;
}
