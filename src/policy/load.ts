/**
 * From the operator's file to the frozen policy, or to every mistake in it at once: read, shape, lint, compile. It alone
 * knows the checks: whatever compiles finds no fault.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { familyTable, outcomeTable, requestTable } from "../decide/table.ts";
import { codeOf } from "../error-code.ts";
import { familySettings } from "./compile-families.ts";
import { compileRoutes, routeLayers, type Source } from "./compile-routes.ts";
import { compileListener } from "./compile-settings.ts";
import { compileTests } from "./compile-tests.ts";
import { inForce, type Layer } from "./layers.ts";
import { mistakesIn, warningsIn } from "./lint/lint.ts";
import { deepFreeze, type Policy } from "./policy.ts";
import { loadProfile } from "./profile.ts";
import { type Parsed, parseYaml } from "./written/document.ts";
import type { Environment } from "./written/interpolate.ts";
import type { Mistake } from "./written/mistakes.ts";
import { fileMistake, inOrder } from "./written/mistakes.ts";
import { DEFAULT_PROFILE, policyFile } from "./written/schema.ts";
import { formatSize } from "./written/units.ts";
import { validate } from "./written/validate.ts";

export type Loaded = { readonly policy: Policy } | { readonly mistakes: readonly Mistake[] };

/**
 * Reads and compiles the policy file. What is wrong with it, be it that it is not there, comes back as mistakes; it
 * throws for nothing that an operator can do.
 */
export function loadPolicy(options: { file: string; env: Environment }): Loaded {
  let text: string;
  try {
    const { size } = statSync(options.file);
    if (size > LARGEST_FILE_BYTES) return { mistakes: [fileMistake(options.file, tooLarge(size))] };
    text = readFileSync(options.file, "utf8");
  } catch (error) {
    return { mistakes: [fileMistake(options.file, unreadable(error))] };
  }
  return compilePolicy(text, options);
}

/** As `loadPolicy`, from the text; `file` is the name shown to people. */
export function compilePolicy(text: string, options: { file: string; env: Environment }): Loaded {
  try {
    return readAndCompile(text, options);
  } catch (error) {
    // A mistake of ours in reading must not end a process that has a good policy in force.
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { mistakes: [fileMistake(options.file, `${UNREADABLE} (${what})`)] };
  }
}

/** Long before this a file is no policy; reading it would hold up every caller of a running gateway. */
const LARGEST_FILE_BYTES = 128 * 1024;

function tooLarge(bytes: number): string {
  return `this file has ${formatSize(bytes)}, and a policy at most ${formatSize(LARGEST_FILE_BYTES)}: is it another file?`;
}

const UNREADABLE =
  "the gateway cannot make sense of this file, and cannot say where: that is a mistake of the gateway, please report it";

function readAndCompile(text: string, options: { file: string; env: Environment }): Loaded {
  const read = readYaml(text, options);
  const { source, mistakes: misshapen } = shape(read);
  const mistakes = [...read.mistakes, ...misshapen, ...(source ? mistakesIn(source) : [])];
  if (!source || mistakes.length > 0) return { mistakes: inOrder(mistakes) };
  return { policy: compile(source, { file: options.file, hash: hashOf(text, source) }) };
}

/** The text as values that remember their places. */
function readYaml(text: string, options: { file: string; env: Environment }): Parsed {
  const parsed = parseYaml(text, options);
  if (parsed.document?.values() !== null) return parsed;
  const empty = fileMistake(options.file, "the file is empty: write at least `version: 1`");
  return { ...parsed, document: undefined, mistakes: parsed.mistakes.length > 0 ? parsed.mistakes : [empty] };
}

/** What the schema can make of the values, and the profile under them; undefined when nothing further can be said. */
function shape({ document, ...parsed }: Parsed): {
  readonly source: Source | undefined;
  readonly mistakes: readonly Mistake[];
} {
  if (document === undefined) return { source: undefined, mistakes: [] };
  const { value: written, mistakes, spoilt } = validate(policyFile, { ...parsed, document });
  // Nobody knows which tables it builds on.
  if (written === undefined || spoilt("extends")) return { source: undefined, mistakes };
  const loaded = loadProfile(written.extends ?? DEFAULT_PROFILE);
  if ("mistakes" in loaded) return { source: undefined, mistakes: [...mistakes, ...loaded.mistakes] };
  const operator: Layer = { settings: written, document, path: [], spoilt };
  return { source: { written, operator, profile: loaded.profile }, mistakes };
}

function compile(source: Source, { file, hash }: { file: string; hash: string }): Policy {
  const { written, operator, profile } = source;
  const layers = [operator, ...profile.layers];
  return deepFreeze({
    hash,
    file,
    profile: written.extends ?? DEFAULT_PROFILE,
    warnings: inOrder(warningsIn(source)),
    ...compileRoutes(source),
    families: familyTable(profile.families.map(({ row }) => row)),
    familySettings: familySettings({
      routes: routeLayers(source).map(({ route, layer }) => ({ layer, family: route.family })),
      operator,
      rows: profile.families,
      profiles: profile.layers,
    }),
    origins: outcomeTable(profile.origins),
    dialects: requestTable(profile.dialects),
    replayMemoryBytes: inForce(layers, "replay.memory"),
    forwarded: inForce(layers, "forwarded"),
    connection: {
      idleMs: inForce(layers, "connection.idle"),
      maxAgeMs: inForce(layers, "connection.maxAge"),
      headBytes: inForce(layers, "connection.head"),
    },
    listener: compileListener(layers),
    neverReturned: profile.neverReturned,
    tests: compileTests(written.tests ?? [], operator.document),
  });
}

/** Of what was written (rows name their lines), of what the variables made of it, and of the profile. */
function hashOf(text: string, { operator, profile }: Source): string {
  const hash = createHash("sha256");
  for (const each of [text, JSON.stringify(operator.document.values()), ...profile.texts])
    hash.update(each).update("\0");
  return hash.digest("hex").slice(0, 12);
}

function unreadable(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT") return "there is no such file: create it, or name another";
  if (code === "EISDIR") return "this is a directory: name the file in it";
  if (code === "EACCES" || code === "EPERM") return "it may not be read by the user the gateway runs as";
  return `it cannot be read (${code ?? "unknown reason"})`;
}
