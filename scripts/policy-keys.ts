/**
 * Every key of the policy file, as the schema and the profile `aic` have it: what it says, what it accepts, its default.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { policyJsonSchema } from "../src/policy/written/json-schema.ts";
import { policyFile } from "../src/policy/written/schema.ts";

export type Key = {
  /** `retry.backoff.base`; members of a list's rows as `routes[].name`. */
  readonly path: string;
  readonly says: string;
  /** In the words in which the loader would ask for it. */
  readonly accepts: string;
  /** As an operator would write it; empty when there is none. */
  readonly fallback: string;
};

type Schema = {
  readonly description?: string;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
};

const SCHEMA = policyJsonSchema() as Schema;

const PROFILES: readonly unknown[] = ["aic", "crest", "none"].map((name) =>
  parse(readFileSync(new URL(`../config/profiles/${name}.yaml`, import.meta.url), "utf8")),
);

/** The keys below this one that hold a value themselves; the key itself when it does. */
export function leavesOf(path: string): readonly Key[] {
  const isBelow = (other: string, of: string): boolean =>
    /^(\.|\[\])/.test(other.slice(of.length)) && other.startsWith(of);
  return KEYS.filter(
    (key) =>
      (key.path === path || isBelow(key.path, path)) && !KEYS.some((other) => isBelow(other.path, key.path)),
  );
}

function keysOf(given: Schema, above: string): Key[] {
  const schema = resolved(given);
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = above === "" ? name : `${above}.${name}`;
    return [keyOf(path, property, schema.required?.includes(name) ?? false), ...keysOf(property, path)];
  });
  return schema.items ? [...own, ...keysOf(schema.items, `${above}[]`)] : own;
}

function resolved(schema: Schema): Schema {
  const name = (schema.$ref ?? schema.allOf?.[0]?.$ref)?.split("/").at(-1);
  return (name !== undefined && SCHEMA.definitions?.[name]) || schema;
}

function keyOf(path: string, schema: Schema, required: boolean): Key {
  const [, says = "", told] = /^(.*?)(?: Default: (.*)\.)?$/s.exec(schema.description ?? "") ?? [];
  const shared = path.replace(/^routes\[\]\./, "");
  return {
    path,
    says,
    accepts: accepts(path),
    fallback: required ? "required" : (inProfile(shared) ?? told ?? ""),
  };
}

/** What the loader says it expected when it gets nothing at all. */
function accepts(path: string): string {
  const steps = path.replaceAll("[]", ".0").split(".");
  const value = steps.reduceRight<unknown>(
    (inner, step) => (step === "0" ? [inner] : { [step]: inner }),
    null,
  );
  const { error } = policyFile.safeParse({ version: 1, ...(value as object) });
  const issue = error?.issues.find((each) => each.path.join(".") === steps.join("."));
  if (!issue) return "any value";
  return issue.message
    .replace(/^expected /, "")
    .replace(/, got nothing.*$/s, "")
    .replace(/, such as (\{[^}]*\}|[^,]+)/, "");
}

/** What a profile says in the place of these is its own matter. */
const NO_DEFAULT = /^(version|extends|meanings)\b/;

/** As the nearest profile writes it. */
function inProfile(path: string): string | undefined {
  if (NO_DEFAULT.test(path)) return undefined;
  for (const profile of PROFILES) {
    const value = path.split(".").reduce(member, profile);
    if (value !== undefined && typeof value !== "object") return String(value);
  }
  return undefined;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}

/** Every key in the order of the schema: sections before what is in them. */
export const KEYS: readonly Key[] = keysOf(SCHEMA, "");
