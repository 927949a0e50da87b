/**
 * From the operator's file to the frozen policy, or to every mistake in it at once.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type FamilyLayers, familyMistakes, familySettings } from "./compile-families.ts";
import { compileRoutes, nameMistakes, routeLayers, type Source } from "./compile-routes.ts";
import { settingMistakes } from "./compile-settings.ts";
import { compileTests } from "./compile-tests.ts";
import { inForce, type Layer } from "./layers.ts";
import { meaningMistakes } from "./lint/meanings.ts";
import { routeMistakes } from "./lint/routes.ts";
import { rowMistakes } from "./lint/rows.ts";
import { testMistakes } from "./lint/tests.ts";
import { warnings } from "./lint/warnings.ts";
import { deepFreeze, type Policy } from "./policy.ts";
import { loadProfile } from "./profile.ts";
import { type Document, parseYaml } from "./written/document.ts";
import type { Environment } from "./written/interpolate.ts";
import type { Mistake } from "./written/mistakes.ts";
import { fileMistake, inOrder } from "./written/mistakes.ts";
import { DEFAULT_PROFILE, policyFile } from "./written/schema.ts";
import { validate } from "./written/validate.ts";

export type Loaded = { readonly policy: Policy } | { readonly mistakes: readonly Mistake[] };

/**
 * Reads and compiles the policy file. What is wrong with it, be it that it is not there, comes back as mistakes; it
 * throws for nothing that an operator can do.
 */
export function loadPolicy(options: { file: string; env: Environment }): Loaded {
  let source: string;
  try {
    source = readFileSync(options.file, "utf8");
  } catch (error) {
    return { mistakes: [fileMistake(options.file, unreadable(error))] };
  }
  return compilePolicy(source, options);
}

/** As `loadPolicy`, from the text; `file` is the name shown to people. */
export function compilePolicy(source: string, options: { file: string; env: Environment }): Loaded {
  const { file } = options;
  const parsed = parseYaml(source, options);
  const { document } = parsed;
  if (document === undefined) return { mistakes: inOrder(parsed.mistakes) };
  if (document.values() === null) {
    const message =
      parsed.mistakes.length > 0 ? [] : [fileMistake(file, "the file is empty: write at least `version: 1`")];
    return { mistakes: [...parsed.mistakes, ...message] };
  }
  const { value: written, mistakes: shape, spoilt } = validate(policyFile, { ...parsed, document });
  const mistakes = [...parsed.mistakes, ...shape];
  // Without knowing which tables it builds on, nothing further can be said.
  if (written === undefined || spoilt("extends")) return { mistakes: inOrder(mistakes) };

  const loaded = loadProfile(written.extends ?? DEFAULT_PROFILE);
  if ("mistakes" in loaded) return { mistakes: inOrder([...mistakes, ...loaded.mistakes]) };
  const operator: Layer = { settings: written, document, path: [], spoilt };
  const compiled = { written, operator, profile: loaded.profile };
  mistakes.push(...acrossFields(compiled, familyLayers(compiled)));
  if (mistakes.length > 0) return { mistakes: inOrder(mistakes) };
  return { policy: assemble(compiled, { file, hash: hashOf(source, document, loaded.profile.texts) }) };
}

function acrossFields(source: Source, families: FamilyLayers): Mistake[] {
  const { written, operator, profile } = source;
  const below = [operator, ...profile.layers];
  return [
    ...nameMistakes(written.routes ?? [], operator.document),
    ...[below, ...families.routes.map(({ layer }) => [layer, ...below])].flatMap(settingMistakes),
    ...familyMistakes(families),
    ...routeMistakes(source),
    ...rowMistakes(source),
    ...meaningMistakes(source),
    ...testMistakes(source),
  ];
}

function familyLayers(source: Source): FamilyLayers {
  return {
    routes: routeLayers(source).map(({ route, layer }) => ({ layer, family: route.family })),
    operator: source.operator,
    rows: source.profile.families,
    profiles: source.profile.layers,
  };
}

function assemble(source: Source, { file, hash }: { file: string; hash: string }): Policy {
  const { written, operator, profile } = source;
  const layers = [operator, ...profile.layers];
  return deepFreeze({
    hash,
    file,
    profile: written.extends ?? DEFAULT_PROFILE,
    warnings: inOrder(warnings(source)),
    ...compileRoutes(source),
    families: profile.families.map(({ row }) => row),
    familySettings: familySettings(familyLayers(source)),
    origins: profile.origins,
    dialects: profile.dialects,
    replayMemoryBytes: inForce(layers, "replay.memory"),
    forwarded: inForce(layers, "forwarded"),
    neverReturned: profile.neverReturned,
    tests: compileTests(written.tests ?? [], operator.document),
  });
}

/** Of what was written (rows name their lines), of what the variables made of it, and of the profile. */
function hashOf(source: string, document: Document, profileTexts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of [source, JSON.stringify(document.values()), ...profileTexts])
    hash.update(text).update("\0");
  return hash.digest("hex").slice(0, 12);
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return "there is no such file: create it, or name another";
  if (code === "EISDIR") return "this is a directory: name the file in it";
  if (code === "EACCES" || code === "EPERM") return "it may not be read by the user the gateway runs as";
  return `it cannot be read (${code || "unknown reason"})`;
}
