/**
 * The text of `docs/policy.md`, the operator's reference. Keys, what they accept and their defaults come from the schema
 * and the profile `aic`; quoted mistakes are what the loader says; patterns are tried before they are shown.
 */
import { compileGlob, compilePath } from "../src/decide/pattern.ts";
import { MEANINGS } from "../src/decide/words.ts";
import { compilePolicy } from "../src/policy/load.ts";
import { loadProfile } from "../src/policy/profile.ts";
import { formatMistakes } from "../src/policy/written/mistakes.ts";
import { table } from "./markdown.ts";
import { type Key, leavesOf } from "./policy-keys.ts";
import {
  type Example,
  INTRODUCTION,
  MATCHING,
  PATH_EXAMPLES,
  READING,
  SECTIONS,
  TEXT_EXAMPLES,
} from "./policy-prose.ts";
import type { Section } from "./policy-section.ts";

export function policyPage(): string {
  const parts = [
    INTRODUCTION,
    READING,
    MATCHING.before,
    ...keyTable(leavesOf(MATCH), MATCH),
    MATCHING.patterns,
    ...patternTable(),
    MATCHING.after,
    "## The keys\n",
    ...SECTIONS.flatMap(section),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

/** Explained once, for all rows. */
const MATCH = "operations[].match";

/** What the section of a key lists. */
const LISTED: Partial<Record<Section["key"], (key: Key) => boolean>> = {
  // Everything else that a route may say has a section of its own.
  routes: ({ path }) => /^routes\[\]\.(name|family|replayableCreates)$/.test(path),
  operations: ({ path }) => !path.startsWith(`${MATCH}.`),
  // All meanings have the same members.
  meanings: ({ path }) => path.startsWith("meanings.defect."),
};

function section({ key, text, example, wrong }: Section): string[] {
  const keys = leavesOf(key).filter(LISTED[key] ?? (() => true));
  const matches = key === "routes" || key === "operations";
  const minds = wrong.flatMap((each) => ("mind" in each ? `- ${each.mind}` : []));
  return [
    `### ${key}\n`,
    ...text,
    "",
    ...keyTable(keys, key === "meanings" ? "meanings.defect" : key),
    ...(matches ? ["`match` takes the conditions of [How rows match](#how-rows-match).\n"] : []),
    ...(key === "routes" ? families() : []),
    `\`\`\`yaml\n${example}\n\`\`\`\n`,
    "What goes wrong:\n",
    `\`\`\`text\n${wrong.flatMap((each) => ("written" in each ? quoted(each.written) : [])).join("\n\n")}\n\`\`\`\n`,
    ...minds,
    ...(minds.length > 0 ? [""] : []),
  ];
}

function keyTable(keys: readonly Key[], above: string): string[] {
  const withDefault = keys.some(({ fallback }) => fallback !== "");
  const rows = keys.map(({ path, says, accepts, fallback }) => {
    const name = path
      .slice(above.length)
      .replace(/^(\[\])?\./, "")
      .replaceAll("[]", "");
    const shown =
      fallback === "" || fallback === "required" || fallback.includes(" ") ? fallback : `\`${fallback}\``;
    return [`\`${name === "" ? path : name}\``, says, brief(accepts), ...(withDefault ? [shown] : [])];
  });
  return table(["key", "what it says", "accepts", ...(withDefault ? ["default"] : [])], rows);
}

/** All meanings have a page of their own. */
function brief(accepts: string): string {
  if (!accepts.includes("version-mismatch")) return accepts;
  return accepts.startsWith(MEANINGS[0])
    ? "a [meaning](meanings.md)"
    : "a reason or a [meaning](meanings.md)";
}

/** What is written, and below it what the loader says. */
function quoted(written: string): string {
  const loaded = compilePolicy(asFile(written), { file: "policy.yaml", env: {} });
  const [said, ...more] = "mistakes" in loaded ? loaded.mistakes : loaded.policy.warnings;
  if (!said || more.length > 0) throw new Error(`expected one mistake or warning: ${written}`);
  const message = "mistakes" in loaded ? said.message : `warning: ${said.message}`;
  return `${written}\n    ${formatMistakes([{ ...said, message }])}`;
}

/** A piece of a policy file as a whole one. */
export const asFile = (piece: string): string => (/^version:/.test(piece) ? piece : `version: 1\n${piece}`);

function families(): string[] {
  const loaded = loadProfile("aic");
  if ("mistakes" in loaded) throw new Error("the profile aic does not load");
  return [
    "The families of `aic`; the first path that matches decides, and `*` in a name is the path's own segment:\n",
    ...table(
      ["path", "family"],
      loaded.profile.families.map(({ row: { paths, family } }) => [
        paths.map(({ source }) => `\`${source}\``).join(", "),
        `\`${family}\``,
      ]),
    ),
  ];
}

function patternTable(): string[] {
  const code = (texts: readonly string[]) =>
    texts.map((text) => (text === "" ? "nothing" : `\`${text}\``)).join(", ");
  const rows = (kind: string, examples: readonly Example[], compile: typeof compileGlob) =>
    examples.map(([pattern, matches, doesNot]) => {
      const { matches: isMatched } = compile(pattern);
      if (!matches.every(isMatched) || doesNot.some(isMatched)) throw new Error(`not so: ${pattern}`);
      return [kind, code([pattern]), code(matches), code(doesNot)];
    });
  return table(
    ["for", "pattern", "matches", "does not match"],
    [...rows("paths", PATH_EXAMPLES, compilePath), ...rows("texts", TEXT_EXAMPLES, compileGlob)],
  );
}
