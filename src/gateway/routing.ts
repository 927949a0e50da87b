/** Step 1: which route of the policy speaks about a request, and which family of the tenant it goes to. */
import { isHarmless } from "../decide/path-shown.ts";
import { headMatches, pathMatches, type RequestHead } from "../decide/request.ts";
import type { FamilyRow } from "../decide/rows.ts";
import { rowsAbout } from "../decide/table.ts";
import type { Families, Family } from "../guard/families.ts";
import type { Policy, Route } from "../policy/policy.ts";

export type Routed = {
  readonly route: Route;
  readonly family: Family;
  /** The metric label: the route's name, or what the profile calls this part of the API. */
  readonly label: string;
  /** Of a path that a server could read in several ways, the route that each reading leads to. */
  readonly byReading: readonly Route[] | undefined;
};

/** A starred row makes at most this many families; whatever comes after them shares one more. */
const NAMES_PER_ROW = 32;

/** What a path holds there becomes a label and stands on pages: it has to be a name, and must not be a secret. */
const SAFE_NAME = /^[A-Za-z0-9._-]{1,64}$/;

export type Chosen = Pick<Routed, "route" | "label" | "byReading"> & {
  readonly familyName: string;
  /** What says so, as `file:line`. */
  readonly familyAt: string;
};

export function routeRequest(head: RequestHead, policy: Policy, families: Families): Routed {
  const { route, label, familyName, byReading } = chooseRoute(head, policy, families.names());
  return { route, label, family: families.of(familyName, policy.familySettings), byReading };
}

/** The choice alone: `names` are the families that exist already. */
export function chooseRoute(head: RequestHead, policy: Policy, names: readonly string[]): Chosen {
  const route = routeOf(head, policy);
  const row = familyRowOf(head, policy);
  const named = route?.family;
  return {
    route: route ?? policy.fallback,
    familyName: named ?? (row ? nameFor(row, head, names) : "default"),
    familyAt: named === undefined ? (row?.at ?? "no row speaks") : (route?.at ?? ""),
    label: route?.name ?? row?.family.replace(/-?\*/, "") ?? "default",
    byReading: head.readings.length === 1 ? undefined : routesByReading(head, policy),
  };
}

function routesByReading(head: RequestHead, policy: Policy): readonly Route[] {
  return head.readings.map((reading) => routeOf({ ...head, readings: [reading] }, policy) ?? policy.fallback);
}

/** Where a request's operations rows are looked up. */
export function operationsOf({ route, byReading }: Chosen | Routed) {
  return { operations: route.operations, byReading: byReading?.map(({ operations }) => operations) };
}

function routeOf(head: RequestHead, { routes }: Policy): Route | undefined {
  for (const route of rowsAbout(routes, head)) if (headMatches(route.match, head)) return route;
  return undefined;
}

function familyRowOf(head: RequestHead, { families }: Policy): FamilyRow | undefined {
  for (const row of rowsAbout(families, head)) if (pathMatches(row.paths, head)) return row;
  return undefined;
}

/** The star of a row's name takes the path's own segment: each connector is a backend that fails by itself. */
function nameFor(row: FamilyRow, head: RequestHead, names: readonly string[]): string {
  if (!row.family.includes("*")) return row.family;
  const stars = row.paths.flatMap((path) => head.target.matchPaths.map(path.star));
  const segment = stars.find((star) => star !== undefined) ?? "";
  const name = row.family.replace("*", segment);
  const prefix = row.family.slice(0, row.family.indexOf("*"));
  const known = names.filter((each) => each.startsWith(prefix));
  const fits =
    SAFE_NAME.test(segment) && isHarmless(segment) && (known.includes(name) || known.length < NAMES_PER_ROW);
  return fits ? name : row.family.replace("*", "other");
}
