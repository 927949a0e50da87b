/**
 * What is allowed in a policy file and is yet worth a word: names that look misspelt, and meanings that risk doing a thing twice.
 */
import type { Source } from "../compile-routes.ts";
import type { Mistake } from "../written/mistakes.ts";
import { nearest } from "../written/nearest.ts";
import { meaningWarnings } from "./meanings.ts";

export function warnings(source: Source): Mistake[] {
  return [
    ...(source.written.routes ?? []).flatMap((route, index) => misspeltFamily(source, route.family, index)),
    ...meaningWarnings(source),
  ];
}

/** A family that nobody else knows is allowed: it gets a circuit of its own. One letter off, it is hardly meant. */
function misspeltFamily({ profile, operator }: Source, family: string | undefined, index: number): Mistake[] {
  if (family === undefined || profile.families.some(({ name }) => name.matches(family))) return [];
  const near = nearest(
    family,
    profile.families.map(({ row }) => row.family),
  );
  if (near === undefined) return [];
  const message = `"${family}" is a family of its own; did you mean "${near}"?`;
  return [operator.document.mistake(["routes", index, "family"], message)];
}
