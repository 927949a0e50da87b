/**
 * What becomes of a field on its way, by its name alone. Names come again with every message, so each spelling is put
 * into lower case, and checked for being a name at all, once.
 */
import { HOP_BY_HOP } from "./connection.ts";
import { remember } from "./remember.ts";
import { TOKEN } from "./token.ts";

/** `drop`: it is left behind; `pass`: nothing else is said about it. */
export type Fate<Other> = Other | "drop" | "pass";

export type FieldFates<Other> = {
  /** By lower-case name. */
  readonly byName: ReadonlyMap<string, Fate<Other>>;
  /** Lower-case names that begin like this are left behind, whatever else is said about them. */
  readonly droppedPrefix: string | undefined;
  /** Whether a name is that of a field with a `_` for a `-`, and passes for it with servers that take the two for one. */
  readonly isShadow: (lower: string) => boolean;
  /** By names as they are written: what has been asked before. */
  readonly known: Map<string, Fate<Other>>;
};

const nothingIsShadow = (): boolean => false;

/** Made once. What belongs to one connection is left behind in any case. */
export function fieldFates<Other>(
  byName: Readonly<Record<string, Fate<Other>>>,
  droppedPrefix?: string,
  isShadow: FieldFates<Other>["isShadow"] = nothingIsShadow,
): FieldFates<Other> {
  const ofOneConnection = HOP_BY_HOP.map((name) => [name, "drop"] as const);
  return {
    byName: new Map<string, Fate<Other>>([...Object.entries(byName), ...ofOneConnection]),
    droppedPrefix,
    isShadow,
    known: new Map(),
  };
}

/** For a spelling that is not among `known`, where it stands from now on. */
export function fateOf<Other>(name: string, fates: FieldFates<Other>): Fate<Other> {
  const lower = name.toLowerCase();
  const hasPrefix = fates.droppedPrefix !== undefined && lower.startsWith(fates.droppedPrefix);
  const isDropped = hasPrefix || fates.isShadow(lower);
  const fate = isDropped || !TOKEN.test(name) ? "drop" : (fates.byName.get(lower) ?? "pass");
  return remember(fates.known, name, fate);
}
