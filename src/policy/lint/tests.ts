/**
 * Names in the file's own tests that nothing has: such a test could only fail, and what is misspelt is the test.
 */
import { FALLBACK_NAME, type Source } from "../compile-routes.ts";
import { type Mistake, shown } from "../written/mistakes.ts";
import { nearest } from "../written/nearest.ts";

export function testMistakes({ written, operator, profile }: Source): Mistake[] {
  // A route that could not be read may be the one that is meant.
  if (operator.spoilt("routes")) return [];
  const routes = written.routes ?? [];
  const known = [...profile.families.map(({ row }) => row.family), FALLBACK_NAME];
  const families = [...known, ...routes.flatMap(({ family }) => family ?? [])];
  const labels: string[] = [...routes.map(({ name }) => name), ...known.map(labelOf)];
  return (written.tests ?? []).flatMap(({ expect }, index) => {
    const unknown = (key: "route" | "family", isKnown: boolean, names: readonly string[]): Mistake[] => {
      const given = expect[key];
      if (given === undefined || isKnown) return [];
      const near = nearest(given, names);
      const cure =
        near === undefined ? `known here: ${[...new Set(names)].join(", ")}` : `did you mean "${near}"?`;
      return [
        operator.document.mistake(
          ["tests", index, "expect", key],
          `no ${key} is called ${shown(given)}; ${cure}`,
        ),
      ];
    };
    const { route = "", family = "" } = expect;
    const isFamily = families.includes(family) || profile.families.some(({ name }) => name.matches(family));
    return [...unknown("route", labels.includes(route), labels), ...unknown("family", isFamily, families)];
  });
}

/** What requests that no route matches are counted under: one name for all of a starred family. */
const labelOf = (family: string): string => family.replace(/-?\*/, "");
