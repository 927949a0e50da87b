/**
 * A YAML text as values that remember where they stand.
 *
 * It knows YAML and places; what the values mean is the schema's business.
 */
import {
  type Alias,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  visit,
  type Document as YamlDocument,
} from "yaml";
import { type Environment, interpolate } from "./interpolate.ts";
import type { Mistake } from "./mistakes.ts";
import { formatPath, type Path } from "./mistakes.ts";
import { type Found, keyText, pathOf, walk, writtenPaths } from "./places.ts";
import { isWhole, syntaxMistakes } from "./yaml-syntax.ts";

export type Document = {
  /** As shown to people. */
  readonly file: string;
  /** Plain values, as JSON would have them. */
  readonly values: () => unknown;
  /** `file:line` of the key or row at `path`, for whatever has to say where it stands. */
  readonly at: (path: Path) => string;
  /** A mistake in the value at `path`, or in the value that misses it. */
  readonly mistake: (path: Path, message: string) => Mistake;
  /** A mistake in the key itself. */
  readonly keyMistake: (path: Path, message: string) => Mistake;
  /** Takes out what stands at these paths, or the nearest thing around them; says whether anything went. */
  readonly prune: (paths: readonly Path[]) => boolean;
  /** The place in words, as it was before anything was pruned. */
  readonly pathAsWritten: (path: Path) => string;
};

export type Parsed = {
  /** Undefined when the text is not YAML at all. */
  readonly document: Document | undefined;
  readonly mistakes: readonly Mistake[];
  /** What nobody can use and `mistakes` tell already: a reference that nobody could fill, a key that no value takes. */
  readonly unusable: readonly Path[];
};

/** Aliases are for a handful of shared rows; more is an attack on memory. */
const MAX_ALIASES = 100;

/** Parses one YAML document and fills in its variables. Reports every mistake it can see. */
export function parseYaml(source: string, options: { file: string; env: Environment }): Parsed {
  const { file, env } = options;
  const lines = new LineCounter();
  const yaml = parseDocument(source, {
    lineCounter: lines,
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
  });
  const syntax = syntaxMistakes(yaml, source).map(({ offset, message }): Mistake => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: "", message };
  });
  if (!isWhole(yaml)) return { document: undefined, mistakes: syntax, unusable: [] };

  const document = placed(yaml, file, lines);
  try {
    document.values();
  } catch {
    const message = `more than ${MAX_ALIASES} uses of aliases, or one inside itself: write the values out`;
    return { document: undefined, mistakes: [...syntax, document.mistake([], message)], unusable: [] };
  }
  const { mistakes, unfilled } = fill(yaml, document, env);
  const lost = lostKeys(yaml);
  const untakeable = lost.map((path) => document.keyMistake(path, LOST_KEY));
  return {
    document,
    mistakes: [...syntax, ...mistakes, ...untakeable],
    unusable: [...unfilled, ...lost],
  };
}

const LOST_KEY = "no part of a policy can have this name: take it out";

/** A map by name would lose `__proto__` without a word, and with it a condition that somebody relies on. */
function lostKeys(yaml: YamlDocument): Path[] {
  const lost: Path[] = [];
  visit(yaml, {
    Pair(_key, pair, ancestors) {
      if (keyText(pair) === "__proto__") lost.push([...pathOf(pair, ancestors), "__proto__"]);
    },
  });
  return lost;
}

/** Puts the environment's values into scalars, in place. */
function fill(yaml: YamlDocument, document: Document, env: Environment) {
  const mistakes: Mistake[] = [];
  const unfilled: Path[] = [];
  visit(yaml, {
    Scalar(key, node, ancestors) {
      if (key === "key" || typeof node.value !== "string") return;
      const result = interpolate(node.value, env);
      if (result.kind === "changed") node.value = asYamlReads(yaml, node, result.text);
      if (result.kind !== "wrong") return;
      const path = pathOf(node, ancestors);
      unfilled.push(path);
      for (const { message, ...more } of result.problems)
        mistakes.push({ ...document.mistake(path, message), ...more });
    },
  });
  return { mistakes, unfilled };
}

/**
 * What a variable holds is read as if it had been written out. In quotes only numbers and truth values are: within
 * `{ }` and `[ ]` a reference cannot stand without them.
 */
function asYamlReads(yaml: YamlDocument, node: Scalar, text: string): unknown {
  for (const tag of yaml.schema?.tags ?? []) {
    if (tag.collection !== undefined || !tag.default || !tag.test?.test(text)) continue;
    const resolved: unknown = tag.resolve(text, () => undefined, yaml.options);
    const value = isScalar(resolved) ? resolved.value : resolved;
    if (node.type === Scalar.PLAIN || typeof value === "number" || typeof value === "boolean") return value;
  }
  return text;
}

function placed(yaml: YamlDocument, file: string, lines: LineCounter): Document {
  const written = writtenPaths(yaml);
  const mistakeAt = (offset: number, path: string, message: string): Mistake => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path, message };
  };
  const find = (path: Path): Found => walk(yaml, path, written);
  return {
    file,
    values: () => yaml.toJS({ maxAliasCount: MAX_ALIASES }),
    at: (path) => {
      const { keyOffset, offset } = find(path);
      return `${file}:${mistakeAt(keyOffset ?? offset, "", "").line}`;
    },
    mistake: (path, message) => {
      const found = find(path);
      return mistakeAt(found.offset, formatPath(found.written), message);
    },
    keyMistake: (path, message) => {
      const found = find(path);
      return mistakeAt(found.keyOffset ?? found.offset, formatPath(found.written), message);
    },
    prune: (paths) => {
      const items = paths.map((path) => find(path).item).filter((item) => item !== undefined);
      const anchored = anchoredNodes(yaml);
      for (const { parent, member } of items) parent.items = parent.items.filter((each) => each !== member);
      if (items.length > 0) putInPlace(yaml, anchored);
      return items.length > 0;
    },
    pathAsWritten: (path) => formatPath(find(path).written),
  };
}

/** What each alias stands for. */
function anchoredNodes(yaml: YamlDocument): ReadonlyMap<Alias, Node> {
  const anchored = new Map<Alias, Node>();
  visit(yaml, {
    Alias(_key, alias) {
      const node = alias.resolve(yaml);
      if (node) anchored.set(alias, node);
    },
  });
  return anchored;
}

/** An anchor that was taken out moves to the first alias that is left without it: what the alias means stays the same. */
function putInPlace(yaml: YamlDocument, anchored: ReadonlyMap<Alias, Node>): void {
  visit(yaml, {
    Alias: (_key, alias) => (alias.resolve(yaml) ? undefined : anchored.get(alias)),
  });
}
