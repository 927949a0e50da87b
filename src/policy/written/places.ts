/**
 * Where the parts of a YAML document stand: which node a path leads to, which path a node is on, and at which character
 * it begins. It knows YAML's nodes and no policy, and changes nothing.
 */
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node,
  type Pair,
  type Document as YamlDocument,
} from "yaml";
import type { Path } from "./mistakes.ts";

type Collection = { items: unknown[] };

export type Found = {
  /** Where the deepest thing that exists on the path begins. */
  readonly offset: number;
  /** Where the key of the last step begins, when there is one. */
  readonly keyOffset: number | undefined;
  readonly written: Path;
  /** The deepest thing that exists, as a member of its collection; undefined for the root. */
  readonly item: { readonly parent: Collection; readonly member: unknown } | undefined;
};

/** What stands on `path`, or the deepest thing around it that exists. */
export function walk(yaml: YamlDocument, path: Path, written: ReadonlyMap<unknown, Path>): Found {
  let node: unknown = yaml.contents;
  let found: Found = { offset: startOf(node) ?? 0, keyOffset: undefined, written: [], item: undefined };
  for (const [depth, step] of path.entries()) {
    const parent = isAlias(node) ? node.resolve(yaml) : node;
    const member = isCollection(parent) ? memberOf(parent, step) : undefined;
    if (member === undefined || !isCollection(parent))
      return { ...found, keyOffset: undefined, written: [...found.written, ...path.slice(depth)] };
    // What stands behind an alias belongs to the anchor: only the alias itself can be taken out.
    const item =
      isAlias(node) || (found.item && behindAlias(found.item.member)) ? found.item : { parent, member };
    const key = isPair(member) ? member.key : undefined;
    node = isPair(member) ? member.value : member;
    found = {
      offset: startOf(node) ?? startOf(key) ?? found.offset,
      keyOffset: startOf(key),
      written: written.get(member) ?? [...found.written, step],
      item,
    };
  }
  return found;
}

const behindAlias = (member: unknown): boolean => isAlias(isPair(member) ? member.value : member);

function memberOf(parent: { items: unknown[] }, step: string | number): unknown {
  if (typeof step === "number") return isMap(parent) ? undefined : parent.items[step];
  return parent.items.findLast((item) => isPair(item) && keyText(item) === step);
}

/** Every member's path as the file has it: taking one out does not rename the others. */
export function writtenPaths(yaml: YamlDocument): Map<unknown, Path> {
  const written = new Map<unknown, Path>();
  const enter = (node: unknown, path: Path): void => {
    if (!isCollection(node)) return;
    for (const [index, member] of node.items.entries()) {
      const own = [...path, isPair(member) ? keyText(member) : index];
      written.set(member, own);
      enter(isPair(member) ? member.value : member, own);
    }
  };
  enter(yaml.contents, []);
  return written;
}

/** The path of a node, given what it stands in. */
export function pathOf(node: Node | Pair, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = [];
  for (const [depth, parent] of ancestors.entries()) {
    const child = ancestors[depth + 1] ?? node;
    if (isPair(parent)) path.push(keyText(parent));
    else if (isCollection(parent) && !isMap(parent)) path.push(parent.items.indexOf(child));
  }
  return path;
}

export const keyText = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);

function startOf(node: unknown): number | undefined {
  const range: unknown =
    typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : undefined;
}
