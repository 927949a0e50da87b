/**
 * Whether an object stands as it was submitted.
 *
 * Only what was submitted is compared, at every depth: what the tenant adds of its own says nothing. Numbers and the
 * order of members are JSON's; arrays keep their order. What a tenant never returns is neither equal nor different.
 * It compares; what follows from that is decided elsewhere. Values never leave this file: it speaks of names.
 */
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

/** What the tenant sets by itself. */
const OF_THE_TENANT = new Set(["_rev", "_type", "_meta"]);

/** After a PUT or a create: each submitted member. */
export function compareSubmitted(submitted: unknown, stored: unknown, hidden: Hidden): Comparison {
  if (!isObject(submitted) || !isObject(stored)) return { kind: "unverifiable" };
  const names = Object.keys(submitted).filter((name) => !OF_THE_TENANT.has(name));
  return conclude(
    names.map((name) => ({
      name,
      stands: stands(member(submitted, name), member(stored, name), name, hidden),
    })),
  );
}

/** After a PATCH: the target of each operation. Only `replace` and the `remove` of a whole field say what should be. */
export function comparePatch(body: Buffer | undefined, stored: unknown, hidden: Hidden): Comparison {
  const operations = asPatch(body);
  if (!operations || !isObject(stored)) return { kind: "unverifiable" };
  const last = lastWordOnEach(operations);
  if (!last) return { kind: "unverifiable" };
  return conclude(
    [...last].map(([name, { operation, value }]) => ({
      name,
      stands: stands(operation === "remove" ? undefined : value, at(stored, name), name, hidden),
    })),
  );
}

type Stands = "yes" | "no" | "hidden";

function conclude(fields: readonly { readonly name: string; readonly stands: Stands }[]): Comparison {
  const named = (wanted: Stands) => fields.filter((each) => each.stands === wanted).map(({ name }) => name);
  const [equal, differing, hidden] = [named("yes"), named("no"), named("hidden")];
  if (differing.length > 0) return { kind: "different", compared: [...equal, ...differing], differing };
  return equal.length > 0 ? { kind: "equal", compared: equal, hidden } : { kind: "unverifiable" };
}

function stands(submitted: unknown, stored: unknown, name: string, hidden: Hidden): Stands {
  if (isEncrypted(stored) || (stored === undefined && hasValue(submitted) && hidden(lastName(name))))
    return "hidden";
  return includes(stored, submitted, hidden) ? "yes" : "no";
}

/** Whether `stored` is what `submitted` says, and perhaps more. A null is stored as nothing. */
function includes(stored: unknown, submitted: unknown, hidden: Hidden): boolean {
  if (!hasValue(submitted)) return !hasValue(stored);
  if (Array.isArray(submitted))
    return (
      Array.isArray(stored) &&
      stored.length === submitted.length &&
      submitted.every((each, index) => includes(stored[index], each, hidden))
    );
  if (isObject(submitted))
    return (
      isObject(stored) &&
      Object.keys(submitted).every(
        (name) => stands(member(submitted, name), member(stored, name), name, hidden) !== "no",
      )
    );
  return stored === submitted;
}

/** The operation that has the last word on each field; undefined when one says nothing certain, or two overlap. */
function lastWordOnEach(operations: readonly PatchOperation[]): Map<string, PatchOperation> | undefined {
  const last = new Map<string, PatchOperation>();
  for (const each of operations) {
    const { operation, field, value } = each;
    // An escaped name would need more care than a name is worth; an element that was removed has a successor there.
    if (typeof field !== "string" || field.includes("~")) return undefined;
    const certain =
      operation === "replace" || (operation === "remove" && value === undefined && !INDEX.test(field));
    if (!certain) return undefined;
    last.set(field.replace(/^\//, ""), each);
  }
  const names = [...last.keys()];
  const overlaps = names.some((a) => names.some((b) => a !== b && b.startsWith(`${a}/`)));
  return overlaps ? undefined : last;
}

function at(stored: unknown, name: string): unknown {
  return name.split("/").reduce<unknown>((value, each) => {
    if (Array.isArray(value)) return value[Number(each)];
    return isObject(value) ? member(value, each) : undefined;
  }, stored);
}

/** IDM returns what it keeps encrypted or hashed under this name. */
function isEncrypted(value: unknown): boolean {
  return isObject(value) && Object.hasOwn(value, "$crypto");
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function member(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
