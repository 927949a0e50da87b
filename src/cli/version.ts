/** The package's own version and place. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));

const manifest: { version: string } = JSON.parse(readFileSync(`${PACKAGE_ROOT}package.json`, "utf8"));

export const VERSION = manifest.version;
