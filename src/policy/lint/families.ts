/**
 * Families as the routes speak of them: numbers of a family that nobody is named for, two routes that speak for one and
 * disagree, and, as a warning, a name that looks misspelt.
 */
import { routeLayers, type Source } from "../compile-routes.ts";
import { find, isCertain, type SettingName, said } from "../layers.ts";
import type { Mistake } from "../written/mistakes.ts";
import { nearest } from "../written/nearest.ts";

/** The settings that belong to a family and not to a single route. */
const FAMILY_SETTINGS: readonly SettingName[] = [
  "breaker.window",
  "breaker.minimum",
  "breaker.failures",
  "breaker.open",
  "breaker.openMax",
  "breaker.probes",
  "limits.concurrency",
  "limits.queue",
  "limits.wait",
  "limits.streams",
  "retry.budget.percent",
  "retry.budget.perSecond",
];

type Route = ReturnType<typeof routeLayers>[number];

/** Routes that set a family's numbers without naming it, or differently from another. */
export function familyMistakes(source: Source): Mistake[] {
  const routes = routeLayers(source);
  return [...routes.flatMap(unnamed), ...disagreements(routes)];
}

function unnamed({ route, layer }: Route): Mistake[] {
  if (route.family !== undefined || !isCertain(layer, ["family"])) return [];
  const parts = new Set(
    FAMILY_SETTINGS.filter((name) => said(layer, name) !== undefined).map((name) =>
      name.slice(0, name.lastIndexOf(".")),
    ),
  );
  return [...parts].map((part) =>
    layer.document.keyMistake(
      [...layer.path, ...part.split(".")],
      "belongs to a family, and the route names none: add `family:` with one of the profile's, which the whole family " +
        "then follows, or with a name of its own",
    ),
  );
}

function disagreements(routes: readonly Route[]): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const [index, { route, layer }] of routes.entries()) {
    const { family } = route;
    if (family === undefined) continue;
    const earlier = routes.slice(0, index).filter((each) => each.route.family === family);
    for (const name of FAMILY_SETTINGS) {
      const own = said(layer, name);
      const other = earlier.find((each) => said(each.layer, name) !== undefined);
      if (own === undefined || other === undefined || own === said(other.layer, name)) continue;
      const here = find([layer], name);
      const there = find([other.layer], name);
      mistakes.push(
        layer.document.mistake(
          here.path,
          `differs from ${there.layer.document.at(there.path)}, and both speak for the family ${family}: ` +
            "say it once, or give one of the routes another family",
        ),
      );
    }
  }
  return mistakes;
}

/** A family that nobody else knows is allowed: it gets a circuit of its own. One letter off, it is hardly meant. */
export function familyWarnings({ written, operator, profile }: Source): Mistake[] {
  return (written.routes ?? []).flatMap(({ family }, index) => {
    if (family === undefined || profile.families.some(({ name }) => name.matches(family))) return [];
    const near = nearest(
      family,
      profile.families.map(({ row }) => row.family),
    );
    if (near === undefined) return [];
    const message = `"${family}" is a family of its own; did you mean "${near}"?`;
    return [operator.document.mistake(["routes", index, "family"], message)];
  });
}
