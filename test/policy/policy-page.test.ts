/**
 * What `docs/policy.md` promises beyond being what `npm run generate` writes: no key is left out, and what it shows can
 * be copied into a file.
 */
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { KEYS, leavesOf } from "../../scripts/policy-keys.ts";
import { asFile, policyPage } from "../../scripts/policy-page.ts";
import { SECTIONS } from "../../scripts/policy-prose.ts";
import { compilePolicy } from "../../src/policy/load.ts";
import { runPolicyTests } from "../../src/rehearse/policy-tests.ts";
import { codeBlocks, codeWords, textOf } from "../docs/markdown.ts";
import { unwrap } from "./compiled.ts";

const page = policyPage();
const DEFAULT_POLICY = textOf("config/policy.yaml");

/** What stands under a key's heading. */
function sectionOf(key: string): string {
  const [, text] = page.split(`\n### ${key}\n`);
  if (text === undefined) throw new Error(`no heading ${key}`);
  return text.split(/\n#+ /)[0] ?? "";
}

describe("the page of the policy file", () => {
  it("has a section for each key of the file and for no other, in the order of config/policy.yaml", () => {
    const known = KEYS.filter(({ path }) => /^\w+$/.test(path)).map(({ path }) => path);
    const told = SECTIONS.map(({ key }) => key);
    expect(told.toSorted()).toEqual(known.toSorted());
    const written = Object.keys(parseDocument(DEFAULT_POLICY).toJS() as object);
    expect(told.filter((key) => written.includes(key))).toEqual(written);
  });

  it("names every member of every section and row", () => {
    const told = new Set(codeWords(page));
    const missing = KEYS.filter(({ path }) => leavesOf(path).some((leaf) => leaf.path === path))
      .map(({ path }) => path.replace(/^routes\[\]\.(?!name|family|replayableCreates)/, ""))
      .map((path) =>
        path.replace(
          /^(operations|answers)\[\]\.(when\.|match\.)?|^meanings\.[\w-]+\.|^(routes|tests)\[\]\./,
          "",
        ),
      )
      .filter((name) => ![name, name.replace(/^\w+\./, ""), `when.${name}`].some((each) => told.has(each)));
    expect(missing).toEqual([]);
  });

  it("says in words what each key accepts", () => {
    expect(KEYS.length).toBeGreaterThan(150);
    expect(KEYS.filter(({ accepts }) => /invalid|null|undefined|object/i.test(accepts))).toEqual([]);
    expect(KEYS.filter(({ accepts }) => accepts === "any value").map(({ path }) => path)).toEqual([
      "tests[].body",
    ]);
    expect(KEYS.filter(({ says }) => says === "").map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ["deadline", "a duration from 1ms to 24h", "30s"],
    ["retry.attempts", "a whole number from 1 to 10", "3"],
    ["retry.budget.percent", "a percentage from 0% to 100%", "20%"],
    ["breaker.openMax", "a duration from 100ms to 1h", "5s"],
    ["replay.memory", "a size from 0B to 64GiB in B, KiB, MiB or GiB", "64MiB"],
    ["errors", "crest, problem or passthrough", "crest"],
    ["extends", "aic, crest or none", "aic"],
    ["routes[].replayableCreates", "true or false", "false"],
    ["routes[].name", "a name of 1 to 40 characters from a-z, 0-9 and -", "required"],
    ["tests[].request", "a request such as 'GET /x'", "required"],
  ])("%s: %s, %s", (path, accepts, fallback) => {
    expect(KEYS.find((key) => key.path === path)).toMatchObject({ accepts, fallback });
  });

  const examples = codeBlocks(page).filter(({ language }) => language === "yaml");

  it("has an example for each key", () => {
    for (const { key } of SECTIONS)
      expect(
        codeBlocks(sectionOf(key)).some(
          ({ language, code }) => language === "yaml" && code.includes(`${key}:`),
        ),
      ).toBe(true);
  });

  it.each(examples)("shows what can be copied: $code", ({ code }) => {
    const policy = unwrap(compilePolicy(asFile(code), { file: "policy.yaml", env: {} }));
    expect(policy.warnings).toEqual([]);
    expect(runPolicyTests(policy, 0).flatMap(({ failures }) => failures)).toEqual([]);
  });

  it("shows for each key what goes wrong, in the loader's words", () => {
    for (const { key } of SECTIONS)
      expect(sectionOf(key)).toMatch(/What goes wrong:\n\n```text\n[^`]+\n {4}policy\.yaml:\d+:\d+ /);
  });
});
