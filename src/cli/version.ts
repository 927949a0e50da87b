/** The package's own version and place, and the commit that it was made from. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));

const manifest: { version: string } = JSON.parse(readFileSync(`${PACKAGE_ROOT}package.json`, "utf8"));

export const VERSION = manifest.version;

/** `scripts/bundle.ts` puts the commit in place of this variable; from sources there is none to tell. */
const COMMIT = process.env.CREST_GATEWAY_COMMIT ?? "sources";

/** What `--version` says. */
export const VERSION_TEXT = `crest-gateway ${VERSION} (${COMMIT}), Node ${process.versions.node}`;
