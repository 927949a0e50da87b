/**
 * Whether an object stands as it was submitted.
 *
 * Only what was submitted is compared, at every depth: what the tenant adds of its own says nothing. Numbers and the
 * order of members are JSON's; arrays keep their order. What a tenant never returns is neither equal nor different.
 * It compares; what follows from that is decided elsewhere. Values never leave this file: it speaks of names.
 */
import { isRecord, memberOf } from "../json.ts";
import { asPatch, INDEX, type PatchOperation } from "./patch.ts";

export type Comparison =
  /** Everything that can be seen stands as submitted; `hidden` names what cannot be seen. */
  | { readonly kind: "equal"; readonly compared: readonly string[]; readonly hidden: readonly string[] }
  | {
      readonly kind: "different";
      readonly compared: readonly string[];
      readonly differing: readonly string[];
    }
  /** Nothing of it can be seen, or it does not say what the result should be. */
  | { readonly kind: "unverifiable" };

/** Whether a tenant returns a member of this name. */
export type Hidden = (name: string) => boolean;

/** What the tenant sets by itself, at any depth. */
const OF_THE_TENANT = new Set(["_rev", "_type", "_meta"]);

/** After a PUT or a create: each submitted member. */
export function compareSubmitted(submitted: unknown, stored: unknown, hidden: Hidden): Comparison {
  if (!isRecord(submitted) || !isRecord(stored)) return { kind: "unverifiable" };
  return conclude(
    submittedNames(submitted).map((name) => ({
      name,
      leaves: [...leaves(memberOf(submitted, name), memberOf(stored, name), name, hidden)],
    })),
  );
}

/** After a PATCH: the target of each operation. Only `replace` and the `remove` of a whole field say what should be. */
export function comparePatch(body: Buffer | undefined, stored: unknown, hidden: Hidden): Comparison {
  const operations = asPatch(body);
  if (!operations || !isRecord(stored)) return { kind: "unverifiable" };
  const last = lastWordOnEach(operations);
  if (!last) return { kind: "unverifiable" };
  return conclude(
    [...last].map(([name, { operation, value }]) => ({
      name,
      leaves: [...leavesAt(name.split("/"), operation === "remove" ? undefined : value, stored, hidden)],
    })),
  );
}

/** Of one value that has no members: it stands as submitted, or not, or cannot be seen. */
type Leaf = "stands" | "differs" | "hidden";

type Field = { readonly name: string; readonly leaves: readonly Leaf[] };

function conclude(fields: readonly Field[]): Comparison {
  const namesWith = (...wanted: Leaf[]): string[] =>
    fields.filter(({ leaves }) => leaves.some((leaf) => wanted.includes(leaf))).map(({ name }) => name);
  const differing = namesWith("differs");
  if (differing.length > 0) return { kind: "different", compared: namesWith("stands", "differs"), differing };
  const compared = namesWith("stands");
  return compared.length > 0
    ? { kind: "equal", compared, hidden: namesWith("hidden") }
    : { kind: "unverifiable" };
}

/** Every submitted value, at every depth. A null is stored as nothing. */
function* leaves(submitted: unknown, stored: unknown, name: string, hidden: Hidden): Iterable<Leaf> {
  if (isHidden(stored, name, hidden)) yield "hidden";
  else if (!hasValue(submitted)) yield hasValue(stored) ? "differs" : "stands";
  else if (Array.isArray(submitted)) {
    if (!Array.isArray(stored) || stored.length !== submitted.length) yield "differs";
    else if (submitted.length === 0) yield "stands";
    else for (const [index, each] of submitted.entries()) yield* leaves(each, stored[index], name, hidden);
  } else if (isRecord(submitted)) {
    if (!isRecord(stored)) yield "differs";
    else if (Object.keys(submitted).length === 0) yield "stands";
    else
      for (const each of submittedNames(submitted))
        yield* leaves(memberOf(submitted, each), memberOf(stored, each), each, hidden);
  } else yield stored === submitted ? "stands" : "differs";
}

/** The same, of a value further in. What lies within something hidden is hidden as well. */
function* leavesAt(
  [name = "", ...further]: readonly string[],
  submitted: unknown,
  stored: unknown,
  hidden: Hidden,
): Iterable<Leaf> {
  const found = memberOf(stored, name);
  if (further.length === 0) yield* leaves(submitted, found, name, hidden);
  else if (isHidden(found, name, hidden)) yield "hidden";
  else yield* leavesAt(further, submitted, found, hidden);
}

/** IDM returns what it keeps encrypted or hashed under the name `$crypto`; other secrets it does not return at all. */
function isHidden(stored: unknown, name: string, hidden: Hidden): boolean {
  return stored === undefined ? hidden(name) : isRecord(stored) && Object.hasOwn(stored, "$crypto");
}

function submittedNames(submitted: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(submitted).filter((name) => !OF_THE_TENANT.has(name));
}

/** The operation that has the last word on each field; undefined when one says nothing certain, or two overlap. */
function lastWordOnEach(operations: readonly PatchOperation[]): Map<string, PatchOperation> | undefined {
  const last = new Map<string, PatchOperation>();
  for (const each of operations) {
    const { operation, field, value } = each;
    const name = typeof field === "string" ? field.replace(/^\//, "") : "";
    // An escaped name would need more care than a name is worth, and an index means another element afterwards.
    if (name.split("/").includes("") || name.includes("~") || INDEX.test(name)) return undefined;
    if (operation !== "replace" && (operation !== "remove" || value !== undefined)) return undefined;
    last.set(name, each);
  }
  const names = [...last.keys()];
  const overlaps = names.some((a) => names.some((b) => a !== b && b.startsWith(`${a}/`)));
  return overlaps ? undefined : last;
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}
