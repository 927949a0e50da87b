/**
 * What sending a PATCH a second time would do, read from its body.
 *
 * A patch is an array of `{operation, field, value?}` applied in order. Only `replace`, and `remove` of a whole field,
 * end in the same state however often they are applied. `add` appends when the field is a list, which only the
 * tenant's schema knows; an index means another element after the first time.
 */
import { isRecord, jsonOf } from "../json.ts";
import type { ReplayClass } from "./words.ts";

export type PatchOperation = {
  readonly operation?: unknown;
  readonly field?: unknown;
  readonly value?: unknown;
};

/** An element of a list in a field's name. */
export const INDEX = /(^|\/)(\d+|-)(\/|$)/;

/** `idempotent` or `unsafe`; a body that is no patch at all is `unsafe`: the tenant will say what is wrong with it. */
export function patchReplay(body: Buffer | undefined): ReplayClass {
  const operations = asPatch(body);
  return operations?.every(sameHoweverOften) ? "idempotent" : "unsafe";
}

function sameHoweverOften({ operation, field, value }: PatchOperation): boolean {
  if (typeof field !== "string" || INDEX.test(field)) return false;
  return operation === "replace" || (operation === "remove" && value === undefined);
}

/** The operations of a patch, in order; undefined when the body is none. */
export function asPatch(body: Buffer | undefined): readonly PatchOperation[] | undefined {
  const parsed = jsonOf(body?.toString("utf8"));
  return Array.isArray(parsed) && parsed.length > 0 && parsed.every(isRecord) ? parsed : undefined;
}
