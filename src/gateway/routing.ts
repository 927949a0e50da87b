/** Step 1: which route of the policy speaks about a request, and which family of the tenant it goes to. */
import { type Bounds, tightest } from "../decide/access.ts";
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
  /** What may be done, and how long a body may be. */
  readonly bounds: Bounds;
};

/** A starred row makes at most this many families; whatever comes after them shares one more. */
const NAMES_PER_ROW = 32;

/** What a path holds there becomes a label and stands on pages: it has to be a name, and must not be a secret. */
const SAFE_NAME = /^[A-Za-z0-9._-]{1,64}$/;

export type Chosen = Pick<Routed, "route" | "label" | "byReading" | "bounds"> & {
  readonly familyName: string;
  /** What says so, as `file:line`. */
  readonly familyAt: string;
};

export function routeRequest(head: RequestHead, policy: Policy, families: Families): Routed {
  const { familyName, ...chosen } = chooseRoute(head, policy, families.names());
  const { route, label, byReading, bounds } = chosen;
  return { route, label, family: families.of(familyName, policy.familySettings), byReading, bounds };
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
    byReading: head.readings.length === 1 ? undefined : routesOf(readingsOf(head), policy),
    bounds: readsInOneWay(head)
      ? (route ?? policy.fallback).settings
      : tightest(routesOf(variantsOf(head), policy).map(({ settings }) => settings)),
  };
}

function routesOf(heads: readonly RequestHead[], policy: Policy): readonly Route[] {
  return heads.map((head) => routeOf(head, policy) ?? policy.fallback);
}

function readsInOneWay(head: RequestHead): boolean {
  if (head.readings.length > 1 || head.effectiveMethod !== head.method) return false;
  for (const values of head.query.values()) if (values.length > 1) return false;
  return true;
}

function readingsOf(head: RequestHead): readonly RequestHead[] {
  return head.readings.map((reading) => ({ ...head, readings: [reading] }));
}

/** All that a server could take the request for: by path, by method, and by a parameter that stands twice. */
function variantsOf(head: RequestHead): readonly RequestHead[] {
  const only = (pick: (values: readonly string[]) => string | undefined) =>
    new Map([...head.query].map(([name, values]) => [name, [pick(values) ?? ""]]));
  const queries = [head.query, only((values) => values[0]), only((values) => values.at(-1))];
  return readingsOf(head)
    .flatMap((each) => [each, { ...each, effectiveMethod: head.method }])
    .flatMap((each) => queries.map((query) => ({ ...each, query })));
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
