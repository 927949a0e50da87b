/**
 * The built-in profiles: what they say, nearest first, from `config/profiles/` of this package.
 */
import { readFileSync } from "node:fs";
import { compileGlob, type Glob } from "../decide/pattern.ts";
import type { AnswerRow, DialectRow, OperationRow, OriginRow } from "../decide/rows.ts";
import type { Verdict } from "../decide/verdict.ts";
import type { Meaning } from "../decide/words.ts";
import { compileFamilies, type FamilyLayer } from "./compile-families.ts";
import {
  compileAnswers,
  compileMatch,
  compileMeanings,
  compileOperations,
  compileWhen,
  lineOf,
} from "./compile-rows.ts";
import type { Layer } from "./layers.ts";
import { type Document, parseYaml } from "./written/document.ts";
import type { Mistake } from "./written/mistakes.ts";
import { fileMistake } from "./written/mistakes.ts";
import type { ProfileName } from "./written/schema.ts";
import { type ProfileWritten, profileFile } from "./written/schema-profile.ts";
import { validate } from "./written/validate.ts";

export type Profile = {
  /** The profile itself, then what it extends. */
  readonly layers: readonly Layer[];
  readonly operations: readonly OperationRow[];
  readonly answers: readonly AnswerRow[];
  readonly meanings: Readonly<Partial<Record<Meaning, Verdict>>>;
  readonly origins: readonly OriginRow[];
  readonly dialects: readonly DialectRow[];
  readonly families: readonly FamilyLayer[];
  /** Names of fields that are taken and never given back. */
  readonly neverReturned: readonly Glob[];
  /** The texts it was read from, for the policy's hash. */
  readonly texts: readonly string[];
};

type Read = { readonly written: ProfileWritten; readonly document: Document; readonly text: string };

type Loaded = { readonly profile: Profile } | { readonly mistakes: readonly Mistake[] };

/** Profiles are a part of the program: each is read once. */
const loaded = new Map<ProfileName, Loaded>();

/** A profile with everything it extends. Mistakes in it are ours, and are told like any other. */
export function loadProfile(name: ProfileName): Loaded {
  const known = loaded.get(name) ?? readChain(name);
  loaded.set(name, known);
  return known;
}

function readChain(name: ProfileName): Loaded {
  const chain: Read[] = [];
  for (let next: ProfileName | undefined = name; next !== undefined; next = chain.at(-1)?.written.extends) {
    const read = readProfile(next);
    if ("mistakes" in read) return read;
    chain.push(read);
  }
  return { profile: compileProfile(chain) };
}

function readProfile(name: ProfileName): Read | { mistakes: readonly Mistake[] } {
  const file = `config/profiles/${name}.yaml`;
  let text: string;
  try {
    text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  } catch {
    return {
      mistakes: [fileMistake(file, "this built-in profile cannot be read: the installation is not complete")],
    };
  }
  const parsed = parseYaml(text, { file, env: {} });
  const { document } = parsed;
  if (document === undefined) return { mistakes: parsed.mistakes };
  const { value, mistakes } = validate(profileFile, { ...parsed, document });
  const all = [...parsed.mistakes, ...mistakes];
  return value === undefined || all.length > 0 ? { mistakes: all } : { written: value, document, text };
}

function compileProfile(chain: readonly Read[]): Profile {
  const inOrder = <Row>(rows: (read: Read) => readonly Row[]): Row[] => chain.flatMap(rows);
  const at = (read: Read) => ({ document: read.document, path: [] });
  return {
    layers: chain.map(({ written, document }) => ({
      settings: written,
      document,
      path: [],
      spoilt: () => false,
    })),
    operations: inOrder((read) => compileOperations(read.written.operations, at(read))),
    answers: inOrder((read) => compileAnswers(read.written.answers, at(read))),
    meanings: chain.reduceRight<Profile["meanings"]>(
      (below, read) => compileMeanings(read.written.meanings, at(read), below),
      {},
    ),
    origins: inOrder((read) =>
      (read.written.origins ?? []).map(({ when, origin }, index) => ({
        when: compileWhen(when),
        origin,
        at: lineOf(at(read), "origins", index),
      })),
    ),
    dialects: inOrder((read) =>
      (read.written.dialects ?? []).map(({ match, dialect }, index) => ({
        match: compileMatch(match),
        dialect,
        at: lineOf(at(read), "dialects", index),
      })),
    ),
    families: inOrder((read) => compileFamilies(read.written.families, at(read))),
    neverReturned: inOrder((read) => (read.written.neverReturned ?? []).map(compileGlob)),
    texts: chain.map(({ text }) => text),
  };
}
