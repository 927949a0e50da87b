/**
 * The operator's routes, and the one that serves whatever no route matches.
 */
import { outcomeTable, type RequestTable, requestTable } from "../decide/table.ts";
import type { MeaningsTable, Verdict } from "../decide/verdict.ts";
import { MEANINGS, type Meaning } from "../decide/words.ts";
import {
  compileAnswers,
  compileHeadMatch,
  compileMeanings,
  compileOperations,
  type TableAt,
} from "./compile-rows.ts";
import { compileSettings } from "./compile-settings.ts";
import type { Layer } from "./layers.ts";
import type { Route } from "./policy.ts";
import type { Profile } from "./profile.ts";
import type { PolicyWritten, RouteWritten } from "./written/schema.ts";

/** The name of what serves requests that no route matches. */
export const FALLBACK_NAME = "default";

/** The operator's file beside its profile. */
export type Source = { readonly written: PolicyWritten; readonly operator: Layer; readonly profile: Profile };

type Tables = Pick<Route, "operations" | "answers"> & {
  readonly meanings: Readonly<Partial<Record<Meaning, Verdict>>>;
};

export function compileRoutes(source: Source): { routes: RequestTable<Route>; fallback: Route } {
  const { written, operator, profile } = source;
  const shared = tablesInFront(written, { document: operator.document, path: [] }, tablesOf(profile));
  const below = [operator, ...profile.layers];
  const fallback: Route = {
    name: FALLBACK_NAME,
    match: {},
    family: undefined,
    replayableCreates: false,
    settings: compileSettings(below),
    operations: shared.operations,
    answers: shared.answers,
    meanings: complete(shared.meanings),
    at: operator.document.at([]),
  };
  const routes = routeLayers(source).map(({ route, layer }): Route => {
    const own = tablesInFront(route, { document: layer.document, path: layer.path }, shared);
    return {
      name: route.name,
      match: compileHeadMatch(route.match),
      family: route.family,
      replayableCreates: route.replayableCreates ?? false,
      settings: compileSettings([layer, ...below]),
      operations: own.operations,
      answers: own.answers,
      meanings: complete(own.meanings),
      at: layer.document.at(layer.path),
    };
  });
  return { routes: requestTable(routes), fallback };
}

/** Each route beside the layer of settings that it is. */
export function routeLayers({ written, operator }: Pick<Source, "written" | "operator">) {
  return (written.routes ?? []).map((route, index) => ({
    route,
    layer: { ...operator, settings: route, path: ["routes", index] } satisfies Layer,
  }));
}

function tablesOf({ operations, answers, meanings }: Profile): Tables {
  return {
    operations: requestTable(operations),
    answers: outcomeTable(answers),
    meanings,
  };
}

/** These rows first, then the ones below; tables that add nothing are shared and not copied. */
function tablesInFront(written: Pick<RouteWritten, keyof Tables>, at: TableAt, below: Tables): Tables {
  const { operations, answers, meanings } = written;
  return {
    operations: operations
      ? requestTable([...compileOperations(operations, at), ...below.operations.rows])
      : below.operations,
    answers: answers ? outcomeTable([...compileAnswers(answers, at), ...below.answers.rows]) : below.answers,
    meanings: meanings ? compileMeanings(meanings, at, below.meanings) : below.meanings,
  };
}

/** The base profile has a row for every meaning; one that has not is a defect of ours. */
function complete(meanings: Tables["meanings"]): MeaningsTable {
  const missing = MEANINGS.filter((meaning) => meanings[meaning] === undefined);
  if (missing.length > 0) throw new Error(`no profile says what follows from ${missing.join(", ")}`);
  return meanings as MeaningsTable;
}
