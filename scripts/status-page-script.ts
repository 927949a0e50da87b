/**
 * What the status page is made of: its program as one text, and what each meaning says, from the tables. Both are
 * committed, since sources run without a build.
 */
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { MEANINGS } from "../src/decide/words.ts";
import { compilePolicy } from "../src/policy/load.ts";
import { formatMistakes } from "../src/policy/written/mistakes.ts";
import { commentOf } from "./row-comments.ts";

/** `src/admin/page/` in one line that a `script` element can hold. */
export async function pageScript(): Promise<string> {
  const { output } = await build({
    input: fileURLToPath(new URL("../src/admin/page/main.ts", import.meta.url)),
    platform: "browser",
    write: false,
    output: { format: "iife", minify: true, codeSplitting: false },
  });
  const { code } = output[0];
  if (/<\/script|<!--/i.test(code)) throw new Error("the program holds what ends or hides a script element");
  return module(`export const PAGE_SCRIPT = ${JSON.stringify(code.trim())};`);
}

/** What each meaning says, as the comments above the rows of the profile `aic` do. */
export function meaningSentences(): string {
  const loaded = compilePolicy("version: 1\nextends: aic\n", { file: "aic", env: {} });
  if ("mistakes" in loaded) throw new Error(formatMistakes(loaded.mistakes));
  const { meanings } = loaded.policy.fallback;
  const lines = MEANINGS.map(
    (meaning) => `  ${JSON.stringify(meaning)}: ${JSON.stringify(commentOf(meanings[meaning].at))},`,
  );
  return module(
    'import type { Meaning } from "../../decide/words.ts";\n',
    "export const MEANING_SENTENCES: Readonly<Record<Meaning, string>> = {",
    ...lines,
    "};",
  );
}

function module(...lines: readonly string[]): string {
  return `/** Written by \`npm run generate\`. */\n${lines.join("\n")}\n`;
}
