/**
 * Makes a YAML document say something else, touching only what differs: comments, order and manner of all the rest stay.
 *
 * It knows documents, never what they are about. Where an anchor, an alias or a merge key stands in the way of a change,
 * the place that changes gets a copy of its own, so that no other place changes with it.
 */
import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  Pair,
  Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { isRecord, memberOf } from "../json.ts";
import { asBlocks } from "./print.ts";

/** `before` is what `yaml` says now, `after` what it is to say. */
export function rewrite(yaml: Document, before: unknown, after: unknown): void {
  yaml.contents = conform(yaml, yaml.contents, before, after);
}

function conform(yaml: Document, node: unknown, before: unknown, after: unknown): Node {
  if (isNode(node) && isDeepStrictEqual(before, after)) return node;
  if (isAlias(node)) return conform(yaml, copyOf(node.resolve(yaml)), before, after);
  if (isMap(node) && isRecord(before) && isRecord(after)) return conformMap(yaml, node, before, after);
  if (isSeq(node) && Array.isArray(before) && Array.isArray(after))
    return conformList(yaml, node, before, after);
  return create(yaml, after);
}

type Values = Readonly<Record<string, unknown>>;

function conformMap(yaml: Document, map: YAMLMap, before: Values, after: Values): Node {
  release(yaml, map);
  const differing = Object.keys(before).filter((key) => !isDeepStrictEqual(before[key], after[key]));
  if (differing.some((key) => !pairOf(map, key))) spellOut(yaml, map);

  map.items = map.items.filter(
    ({ key }) => Object.hasOwn(after, textOf(key)) || !Object.hasOwn(before, textOf(key)),
  );
  const keys = Object.keys(after);
  for (const [i, key] of keys.entries()) {
    const pair = pairOf(map, key);
    if (pair) pair.value = conform(yaml, pair.value, before[key], after[key]);
    if (pair || Object.hasOwn(before, key)) continue;
    const next = keys
      .slice(i + 1)
      .map((each) => pairOf(map, each))
      .find((each) => each !== undefined);
    const at = next ? map.items.indexOf(next) : map.items.length;
    map.items.splice(at, 0, new Pair(yaml.createNode(key), create(yaml, after[key])));
  }
  return map;
}

/** An item is the one it was when it says the same, or else is called the same. */
function conformList(
  yaml: Document,
  list: YAMLSeq,
  before: readonly unknown[],
  after: readonly unknown[],
): Node {
  release(yaml, list);
  if (list.items.length === 0) list.flow = false;
  const nodes = [...list.items];
  const unused = new Set(before.keys());
  const kept = after.map((value) =>
    [...unused].find((i) => isDeepStrictEqual(before[i], value) && unused.delete(i)),
  );
  list.items = after.map((value, at) => {
    const i =
      kept[at] ?? [...unused].find((each) => isCalledTheSame(before[each], value) && unused.delete(each));
    return i === undefined ? create(yaml, value) : conform(yaml, nodes[i], before[i], value);
  });
  return list;
}

function isCalledTheSame(one: unknown, other: unknown): boolean {
  const names = (value: unknown) => [
    memberOf(value, "kind"),
    memberOf(value, "name") ?? memberOf(memberOf(value, "metadata"), "name"),
    memberOf(memberOf(value, "metadata"), "namespace"),
  ];
  return names(one)[1] !== undefined && isDeepStrictEqual(names(one), names(other));
}

function create(yaml: Document, value: unknown): Node {
  const node = yaml.createNode(value, { aliasDuplicateObjects: false });
  asBlocks(node);
  return node;
}

/** Whoever refers to `node` gets what it says now, before it changes. */
function release(yaml: Document, node: YAMLMap | YAMLSeq): void {
  if (node.anchor === undefined) return;
  visit(yaml, { Alias: (_, alias) => (alias.resolve(yaml) === node ? copyOf(node) : undefined) });
}

/** A copy without anchors: each name belongs to the place that has it. */
function copyOf(node: Node | undefined): Node | undefined {
  const copy = node?.clone();
  if (isNode(copy)) {
    visit(copy, {
      Node: (_, each) => {
        if (!isAlias(each)) delete each.anchor;
      },
    });
  }
  return isNode(copy) ? copy : undefined;
}

/** Puts in the place of `<<` what it brings along; what the map says itself wins. */
function spellOut(yaml: Document, map: YAMLMap): void {
  map.items = map.items.flatMap((pair) => {
    if (!isMergeKey(pair.key)) return [pair];
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    return sources.flatMap((source) => {
      const brought = isAlias(source) ? copyOf(source.resolve(yaml)) : source;
      if (!isMap(brought)) return [];
      spellOut(yaml, brought);
      return brought.items.filter(({ key }) => !pairOf(map, textOf(key)));
    });
  });
  // Of several that bring the same key the first wins.
  map.items = map.items.filter((pair) => pairOf(map, textOf(pair.key)) === pair);
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => textOf(pair.key) === key);
}

/** In quotes it is a key as any other. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.source === "<<" && key.type === Scalar.PLAIN;
}

function textOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}
