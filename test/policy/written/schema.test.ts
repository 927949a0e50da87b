/** The generated files, and the default policy beside them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { GENERATED } from "../../../scripts/generate.ts";
import { compilePolicy, loadPolicy } from "../../../src/policy/load.ts";
import { policyJsonSchema } from "../../../src/policy/written/json-schema.ts";
import { runPolicyTests } from "../../../src/rehearse/policy-tests.ts";
import { unwrap } from "../compiled.ts";

const root = new URL("../../../", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), "utf8");

describe("generated files", () => {
  it.each(GENERATED)("$file is what `npm run generate` writes", async ({ file, text }) => {
    expect(read(file)).toBe(await text());
  });
});

type Schema = {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
};

/** Every key of the file by its dotted name, with what an editor says of it. */
function keysOf(schema: Schema, path: string): [path: string, description: string | undefined][] {
  const below = [schema.items, ...(schema.allOf ?? []), ...(schema.anyOf ?? [])].flatMap((each) =>
    each ? keysOf(each, path) : [],
  );
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const name = path === "" ? key : `${path}.${key}`;
    return [[name, property.description] as [string, string | undefined], ...keysOf(property, name)];
  });
  return [...own, ...below];
}

const schema = policyJsonSchema() as Schema;
const keys = [
  ...keysOf(schema, ""),
  ...Object.entries(schema.definitions ?? {}).flatMap(([name, each]) => keysOf(each, name)),
];

describe("the JSON Schema", () => {
  it("explains every key", () => {
    expect(keys.length).toBeGreaterThan(100);
    expect(keys.filter(([, description]) => !description).map(([path]) => path)).toEqual([]);
  });

  it("tells the defaults that the profile has", () => {
    const profile: unknown = parseDocument(read("config/profiles/none.yaml")).toJS();
    const told = keys.flatMap(([path, description]) => {
      const value = /Default: (.*)\.$/.exec(description ?? "")?.[1];
      return value === undefined ? [] : [{ path, value }];
    });
    const of = (path: string): unknown =>
      path
        .split(".")
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], profile);
    const numbers = told.filter(({ path }) => of(path) !== undefined);
    expect(numbers.length).toBeGreaterThanOrEqual(20);
    for (const { path, value } of numbers) expect(`${path}: ${value}`).toBe(`${path}: ${String(of(path))}`);
  });

  it("lets every value be a reference to the environment", () => {
    const text = JSON.stringify(schema.properties?.deadline);
    const pattern = new RegExp(JSON.parse(text).pattern);
    expect(["30s", `\${DEADLINE:-30s}`, "30"].map((each) => pattern.test(each))).toEqual([true, true, false]);
  });
});

/** An example follows a comment's empty line, and goes on as long as the comment does. */
function withExamples(source: string): string {
  let inExample = false;
  let afterHead = false;
  return source
    .split("\n")
    .map((line) => {
      afterHead ||= line.startsWith("version:");
      inExample = afterHead && (/^\s*#$/.test(line) || (inExample && /^\s*#/.test(line)));
      return inExample ? line.replace(/# ?/, "") : line;
    })
    .join("\n");
}

describe("the default policy", () => {
  const policy = unwrap(loadPolicy({ file: new URL("config/policy.yaml", root).pathname, env: {} }));

  it("warns of nothing", () => {
    expect(policy.warnings).toEqual([]);
  });

  it("names its schema in the first line", () => {
    expect(read("config/policy.yaml").split("\n")[0]).toBe(
      "# yaml-language-server: $schema=./policy.schema.json",
    );
  });

  it("writes out the numbers that are in force without it", () => {
    const written = parseDocument(read("config/policy.yaml")).toJS() as Record<string, unknown>;
    const profile = parseDocument(read("config/profiles/none.yaml")).toJS() as Record<string, unknown>;
    for (const key of [
      "deadline",
      "attempt",
      "retry",
      "replay",
      "breaker",
      "limits",
      "errors",
      "lostAnswers",
      "forwarded",
    ])
      expect({ [key]: written[key] }).toEqual({ [key]: profile[key] });
  });

  it("has examples in its comments that hold when the marks are taken away", () => {
    const text = withExamples(read("config/policy.yaml"));
    const loaded = unwrap(compilePolicy(text, { file: "policy.yaml", env: {} }));
    expect(loaded.warnings).toEqual([]);
    expect(loaded.routes.rows.map(({ name }) => name)).toEqual(["users", "logs", "reports", "ldap", "roles"]);
    expect(loaded.fallback.operations.rows.length).toBeGreaterThan(policy.fallback.operations.rows.length);
    expect(loaded.fallback.answers.rows.length).toBeGreaterThan(policy.fallback.answers.rows.length);
    expect(loaded.fallback.meanings.defect.retry).toBe("never");
  });

  it("leaves every family the numbers that it has without this file", () => {
    const bare = unwrap(compilePolicy("version: 1", { file: "policy.yaml", env: {} }));
    for (const { family } of policy.families.rows)
      expect({ [family]: policy.familySettings(family) }).toEqual({ [family]: bare.familySettings(family) });
  });

  it("holds what its own tests say", () => {
    expect(policy.tests.length).toBeGreaterThanOrEqual(5);
    expect(runPolicyTests(policy, 0).flatMap(({ failures }) => failures)).toEqual([]);
  });

  it("names routes for users and logs", () => {
    expect(policy.routes.rows.map(({ name }) => name)).toEqual(["users", "logs"]);
  });
});
