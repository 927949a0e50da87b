/**
 * The numbers by which each family of the tenant is protected.
 *
 * A family is shared by routes, so its settings are too: a route that sets them says whose they are, and no two routes
 * set them differently (`lint/families.ts` sees to both).
 */
import { compileGlob, compilePath, type Glob } from "../decide/pattern.ts";
import type { FamilyRow } from "../decide/rows.ts";
import type { FamilySettings } from "../guard/settings.ts";
import { lineOf, type TableAt } from "./compile-rows.ts";
import { fitted, inForce, type Layer } from "./layers.ts";
import { deepFreeze } from "./policy.ts";
import type { FamilyRowWritten } from "./written/schema-profile.ts";

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
      probes: inForce(layers, "breaker.probes"),
    },
    limits: {
      concurrency: inForce(layers, "limits.concurrency"),
      queue: inForce(layers, "limits.queue"),
      waitMs: inForce(layers, "limits.wait"),
      streams: inForce(layers, "limits.streams"),
    },
    budget: {
      ratio: inForce(layers, "retry.budget.percent"),
      perSecond: inForce(layers, "retry.budget.perSecond"),
    },
    throttle: {
      holdMs: inForce(layers, "throttle.hold"),
      spacingMs: inForce(layers, "throttle.release"),
      // Who waits before the gate waits for a place after it.
      line: inForce(layers, "limits.queue"),
    },
  });
}
