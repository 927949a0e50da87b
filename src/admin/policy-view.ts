/**
 * The policy in force as plain data for people: every table once, and of each route what is its own.
 * It decides how to show, never what the policy means. Secrets that a row compares with are masked.
 */
import { MASK, SECRET_NAMES } from "../observe/secrets.ts";
import type { Policy, Route } from "../policy/policy.ts";

export type JsonObject = { readonly [name: string]: Json };
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** Of the policy: what a page tells apart; the rest are settings. */
export type PolicyView = JsonObject & { readonly tables: JsonObject };

/**
 * Hash, settings and tables, each row with the `at` (file and line) it came from. A route's own rows stand in front of
 * those under `tables`; `familyNames` are the families whose numbers are shown.
 */
export function policyView(policy: Policy, familyNames: readonly string[]): PolicyView {
  const { hash, profile, file, warnings, forwarded, connection, listener, fallback } = policy;
  const named = policy.routes.rows.flatMap(({ family }) => family ?? []);
  const families = [...new Set([...named, ...familyNames])].toSorted();
  const tables = {
    operations: fallback.operations.rows,
    answers: fallback.answers.rows,
    meanings: fallback.meanings,
    families: policy.families.rows,
    origins: policy.origins.rows,
    dialects: policy.dialects.rows,
  };
  const rest = {
    hash,
    profile,
    file,
    warnings,
    forwarded,
    connection,
    listener,
    replayMemoryBytes: policy.replayMemoryBytes,
    routes: policy.routes.rows.map((route) => ownOf(route, fallback)),
    fallback: ownOf(fallback, fallback),
    families: Object.fromEntries(families.map((family) => [family, policy.familySettings(family)])),
  };
  return { ...plainObject(rest), tables: plainObject(tables) };
}

/** A route with those rows only that the fallback does not have. */
function ownOf(route: Route, fallback: Route): object {
  const { name, at, family, match, settings } = route;
  const meanings = Object.entries(route.meanings).filter(
    ([meaning, verdict]) =>
      !same(verdict, Object.entries(fallback.meanings).find(([each]) => each === meaning)?.[1]),
  );
  return {
    name,
    at,
    family,
    match,
    settings,
    operations: rowsBesides(route.operations.rows, fallback.operations.rows),
    answers: rowsBesides(route.answers.rows, fallback.answers.rows),
    meanings: Object.fromEntries(meanings),
  };
}

function rowsBesides(rows: readonly object[], others: readonly object[]): readonly object[] {
  const known = new Set(others.map((row) => JSON.stringify(plain(row))));
  return rows.filter((row) => !known.has(JSON.stringify(plain(row))));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

const SECRET: ReadonlySet<string> = new Set(SECRET_NAMES.map((name) => name.toLowerCase()));

/** Patterns as they were written, functions left out, values compared with a secret masked. */
function plain(value: unknown): Json {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return null;
  if ("matches" in value && "source" in value) return String(value.source);
  return plainObject(value);
}

function plainObject(value: object): JsonObject {
  const entries = Object.entries(value).filter(
    ([, member]) => member !== undefined && typeof member !== "function",
  );
  const shown = Object.fromEntries(entries.map(([name, member]) => [name, plain(member)]));
  const comparesSecret = typeof shown.name === "string" && SECRET.has(shown.name.toLowerCase());
  return comparesSecret && "value" in shown && shown.value !== "*" ? { ...shown, value: MASK } : shown;
}
