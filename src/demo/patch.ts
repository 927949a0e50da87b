/**
 * CREST patches: a list of operations on fields, applied in order, all or nothing.
 *
 * Pure. `add` to a list appends and `increment` adds, so neither may be applied twice; `replace` sets a field whether or
 * not it is there, and `remove` of one that is not there is no mistake, so both may. Of the places in a list only its end
 * can be named (`/roles/-`).
 */
import { isDeepStrictEqual } from "node:util";
import { type Fields, isObject, text } from "./request.ts";

export type Patched =
  | { readonly object: Fields }
  | { readonly status: 400 | 409 | 501; readonly message: string };

type Holder = Record<string, unknown> | unknown[];
type Operation = (holder: Holder, key: string, value: unknown) => Patched | undefined;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ["add", add],
  ["remove", remove],
  ["replace", replace],
  ["increment", increment],
]);
const KNOWN_BUT_MISSING: ReadonlySet<string> = new Set(["move", "copy", "transform"]);

/** The object with every operation applied, or why one of them is refused. `object` itself is left alone. */
export function applyPatch(object: Fields, operations: unknown): Patched {
  if (!Array.isArray(operations)) return { status: 400, message: "A patch is a list of operations" };
  const patched: Record<string, unknown> = structuredClone(object);
  for (const each of operations) {
    const name = isObject(each) ? text(each, "operation") : undefined;
    const field = isObject(each) ? text(each, "field") : undefined;
    if (name === undefined || field === undefined)
      return { status: 400, message: "An operation has an operation and a field" };
    if (KNOWN_BUT_MISSING.has(name))
      return { status: 501, message: `Operation ${name} is not supported here` };
    const apply = OPERATIONS.get(name);
    if (apply === undefined) return { status: 400, message: `Operation ${name} is not known` };
    const segments = pointer(field);
    const key = segments.pop() ?? "";
    const holder = walk(patched, segments);
    const refused = holder === undefined ? missing(field) : apply(holder, key, each.value);
    if (refused !== undefined) return refused;
  }
  return { object: patched };
}

function add(holder: Holder, key: string, value: unknown): Patched | undefined {
  const list = Array.isArray(holder) && key === "-" ? holder : own(holder, key);
  if (Array.isArray(list)) list.push(...(Array.isArray(value) ? value : [value]));
  else return replace(holder, key, value);
  return undefined;
}

function remove(holder: Holder, key: string, value: unknown): Patched | undefined {
  if (Array.isArray(holder)) return missing(key);
  const current = own(holder, key);
  const whole = value === undefined || value === null;
  if (whole || isDeepStrictEqual(current, value)) delete holder[key];
  else if (Array.isArray(current)) holder[key] = current.filter((each) => !isDeepStrictEqual(each, value));
  return undefined;
}

function replace(holder: Holder, key: string, value: unknown): Patched | undefined {
  if (Array.isArray(holder)) return missing(key);
  holder[key] = value;
  return undefined;
}

function increment(holder: Holder, key: string, value: unknown): Patched | undefined {
  const current = own(holder, key);
  if (current === undefined) return missing(key);
  if (typeof current !== "number" || typeof value !== "number")
    return { status: 400, message: `The field ${key} and what is added to it must be numbers` };
  return replace(holder, key, current + value);
}

/** `/a/b` and `a/b` are the same; `~1` stands for a slash and `~0` for a tilde (RFC 6901 section 4). */
function pointer(field: string): string[] {
  const segments = field.replace(/^\//, "").split("/");
  return segments.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function walk(from: Holder, segments: readonly string[]): Holder | undefined {
  let holder: unknown = from;
  for (const segment of segments) holder = own(holder, segment);
  return isObject(holder) || Array.isArray(holder) ? (holder as Holder) : undefined;
}

/** Own members only: a caller who names `__proto__` must not reach what all objects share. */
function own(holder: unknown, key: string): unknown {
  if (!(isObject(holder) || Array.isArray(holder)) || !Object.hasOwn(holder, key)) return undefined;
  return (holder as Record<string, unknown>)[key];
}

function missing(field: string): Patched {
  return { status: 409, message: `The field ${field} does not exist` };
}
