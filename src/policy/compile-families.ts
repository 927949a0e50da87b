/**
 * The numbers by which each family of the tenant is protected.
 *
 * A family is shared by routes, so its settings are too: a route that sets them has to say whose they are, and two
 * routes that set them differently are a mistake.
 */
import { compileGlob, compilePath, type Glob } from "../decide/pattern.ts";
import type { FamilyRow } from "../decide/rows.ts";
import type { FamilySettings } from "../guard/settings.ts";
import { lineOf, type TableAt } from "./compile-rows.ts";
import { find, fitted, inForce, type Layer, misfit, type SettingName, said } from "./layers.ts";
import { deepFreeze } from "./policy.ts";
import type { Mistake } from "./written/mistakes.ts";
import type { FamilyRowWritten } from "./written/schema-profile.ts";
import { formatDuration } from "./written/units.ts";

/** The settings that belong to a family and not to a single route. */
const FAMILY_SETTINGS: readonly SettingName[] = [
  "breaker.window",
  "breaker.minimum",
  "breaker.failures",
  "breaker.open",
  "breaker.openMax",
  "limits.concurrency",
  "limits.queue",
  "limits.wait",
  "retry.budget.percent",
  "retry.budget.perSecond",
];

/** A route as a layer, and the family it names. */
export type RouteLayer = { readonly layer: Layer; readonly family: string | undefined };

/** A profile's family row: where it applies, and what it says. */
export type FamilyLayer = { readonly row: FamilyRow; readonly name: Glob; readonly layer: Layer };

export function compileFamilies(rows: readonly FamilyRowWritten[] | undefined, at: TableAt): FamilyLayer[] {
  return (rows ?? []).map(({ path, family, ...settings }, index) => ({
    row: { paths: path.map(compilePath), family, at: lineOf(at, "families", index) },
    name: compileGlob(family),
    layer: { settings, document: at.document, path: [...at.path, "families", index], spoilt: () => false },
  }));
}

export type FamilyLayers = {
  readonly routes: readonly RouteLayer[];
  readonly operator: Layer;
  readonly rows: readonly FamilyLayer[];
  readonly profiles: readonly Layer[];
};

/** The settings of any family by its name; computed once for each name that can differ. */
export function familySettings(layers: FamilyLayers): (family: string) => FamilySettings {
  const { operator, rows, profiles } = layers;
  const compile = (of: readonly RouteLayer[], row: FamilyLayer | undefined) =>
    compileFamily([...of.map(({ layer }) => layer), operator, ...(row ? [row.layer] : []), ...profiles]);
  const rowOf = (family: string) => rows.find(({ name }) => name.matches(family));

  const named = new Map<string, FamilySettings>();
  for (const { family } of layers.routes) {
    if (family === undefined || named.has(family)) continue;
    named.set(
      family,
      compile(
        layers.routes.filter((each) => each.family === family),
        rowOf(family),
      ),
    );
  }
  const byRow = new Map(rows.map((row) => [row, compile([], row)]));
  const others = compile([], undefined);
  return (family) => {
    const own = named.get(family);
    if (own) return own;
    const row = rowOf(family);
    return (row && byRow.get(row)) ?? others;
  };
}

function compileFamily(layers: readonly Layer[]): FamilySettings {
  return deepFreeze({
    breaker: {
      windowMs: inForce(layers, "breaker.window"),
      minimum: inForce(layers, "breaker.minimum"),
      failureRatio: inForce(layers, "breaker.failures"),
      openMs: fitted(layers, "breaker.open", "breaker.openMax"),
      openMaxMs: inForce(layers, "breaker.openMax"),
    },
    limits: {
      concurrency: inForce(layers, "limits.concurrency"),
      queue: inForce(layers, "limits.queue"),
      waitMs: inForce(layers, "limits.wait"),
    },
    budget: {
      ratio: inForce(layers, "retry.budget.percent"),
      perSecond: inForce(layers, "retry.budget.perSecond"),
    },
    throttle: { holdMs: inForce(layers, "throttle.hold"), spacingMs: inForce(layers, "throttle.release") },
  });
}

/** Routes that set a family's numbers without naming it, or differently from another, and circuits that cannot be. */
export function familyMistakes(layers: FamilyLayers): Mistake[] {
  const below = [layers.operator, ...layers.profiles];
  const stacks = [below, ...layers.routes.map(({ layer }) => [layer, ...below])];
  return [
    ...layers.routes.flatMap(unnamed),
    ...disagreements(layers.routes),
    ...stacks.flatMap((stack) => misfit(stack, BREAKER_FIT) ?? []),
  ];
}

const BREAKER_FIT = {
  lesser: "breaker.open",
  greater: "breaker.openMax",
  format: formatDuration,
  because: "a circuit's first wait is its shortest",
} as const;

function unnamed({ layer, family }: RouteLayer): Mistake[] {
  if (family !== undefined || layer.spoilt(layer.document.pathAsWritten([...layer.path, "family"])))
    return [];
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

function disagreements(routes: readonly RouteLayer[]): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const [index, { layer, family }] of routes.entries()) {
    if (family === undefined) continue;
    const earlier = routes.slice(0, index).filter((each) => each.family === family);
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
