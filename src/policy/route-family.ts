/** Which families a route's requests belong to, as far as the patterns alone can tell. */
import type { FamilyRow } from "../decide/rows.ts";
import { FALLBACK_NAME } from "./compile-routes.ts";
import { pathCovers, pathsOverlap } from "./lint/patterns.ts";
import type { Route } from "./policy.ts";

/** The route's own family, else the profile's for its paths; undefined when that is left to each request. */
export function familiesOf(
  { family, match }: Pick<Route, "family" | "match">,
  rows: readonly FamilyRow[],
): readonly string[] | undefined {
  if (family !== undefined) return [family];
  return match.paths && [...new Set(match.paths.flatMap(({ source }) => familiesOfPath(source, rows)))];
}

function familiesOfPath(pattern: string, rows: readonly FamilyRow[]): string[] {
  const possible: string[] = [];
  for (const { paths, family } of rows) {
    const whole = paths.find((path) => pathCovers(path.source, pattern));
    // What the star stands for is known when the route names it.
    const segment = whole?.star(pattern) ?? "*";
    if (whole) return [...possible, segment.includes("*") ? family : family.replace("*", segment)];
    if (paths.some((path) => pathsOverlap(path.source, pattern))) possible.push(family);
  }
  return [...possible, FALLBACK_NAME];
}
