/**
 * Rows of the operator's tables that no request or outcome can ever reach: because the row contradicts itself, because
 * it lies outside its route, or because an earlier row of the same list takes all that it matches.
 *
 * It says only what is proven. Rows of the profile are never compared with: to repeat one in front of it is harmless,
 * and to overrule one is what the operator's rows are for.
 */
import { compilePath } from "../../decide/pattern.ts";
import type { AnswerRow, OperationRow, RequestMatch } from "../../decide/rows.ts";
import { routeLayers, type Source } from "../compile-routes.ts";
import { compileAnswers, compileMatch, compileOperations } from "../compile-rows.ts";
import { isCertain, type Layer } from "../layers.ts";
import type { Mistake } from "../written/mistakes.ts";
import { DEFAULT_PROFILE, type PolicyWritten, type RouteWritten } from "../written/schema.ts";
import { type Contradiction, contradiction, possibilities, twoSpellings } from "./contradictions.ts";
import { conflict, outcomeCovered, requestCovered } from "./matches.ts";

type Place = {
  readonly layer: Layer;
  readonly tables: Pick<PolicyWritten, "operations" | "answers">;
  /** Undefined for the file's own tables. */
  readonly route: { readonly reach: RequestMatch; readonly shown: string } | undefined;
};

export function rowMistakes(source: Source): Mistake[] {
  const { written, operator } = source;
  const possible = possibilities(source, written.extends ?? DEFAULT_PROFILE);
  const places: Place[] = [
    { layer: operator, tables: written, route: undefined },
    ...routeLayers(source).map(({ route, layer }) => ({
      layer,
      tables: route,
      route: isCertain(layer, [])
        ? { reach: reachOf(route), shown: `"${route.name}" (${layer.document.at(layer.path)})` }
        : undefined,
    })),
  ];
  return places.flatMap((place) => [
    ...operationMistakes(place),
    ...answerMistakes(place, (when) => contradiction(when, possible)),
  ]);
}

const WRITES = ["POST", "PUT", "PATCH", "DELETE"];

/**
 * Methods and paths of what goes out under a route: the callers' requests, reads that find out what became of a write,
 * and creates that are turned into a PUT. What a create makes stands one segment further down.
 */
function reachOf({ match, replayableCreates }: RouteWritten): RequestMatch {
  const { methods, paths } = compileMatch(match);
  const creates = !methods || methods.includes("POST");
  const below = (path: string) => compilePath(`${path.replace(/\/+$/, "")}/*`);
  return {
    ...(methods && {
      methods: [
        ...methods,
        ...(methods.some((each) => WRITES.includes(each)) ? ["GET"] : []),
        ...(creates && replayableCreates ? ["PUT"] : []),
      ],
    }),
    ...(paths && { paths: creates ? [...paths, ...paths.map(({ source }) => below(source))] : paths }),
  };
}

function operationMistakes(place: Place): Mistake[] {
  const rows = compileOperations(place.tables.operations, place.layer);
  return unreachable(place, "operations", rows, {
    alone: ({ match }) =>
      twoSpellings(match) ?? (knowsOverride(match) ? undefined : outside(match, place.route)),
    key: "match",
    coveredBy: decidedBy,
    takes: (a, b) => requestCovered(a.match, b.match),
  });
}

/** Where CREST is not spoken, a row sees the method on the wire, and its route the one that overrides it. */
const knowsOverride = ({ headers }: RequestMatch): boolean =>
  (headers ?? []).some(({ name }) => name === "x-http-method-override");

function answerMistakes(
  place: Place,
  inRow: (when: AnswerRow["when"]) => Contradiction | undefined,
): Mistake[] {
  const rows = compileAnswers(place.tables.answers, place.layer);
  return unreachable(place, "answers", rows, {
    alone: ({ when }) => inRow(when) ?? outside(when.request ?? {}, place.route),
    key: "when",
    coveredBy: (row, earlier) => earlier.find(({ when }) => outcomeCovered(when, row.when)),
    takes: (a, b) => outcomeCovered(a.when, b.when),
  });
}

type Rules<Row> = {
  /** What keeps the row from ever matching, without a look at the others. */
  readonly alone: (row: Row) => Contradiction | undefined;
  /** The key under which the conditions stand. */
  readonly key: string;
  readonly coveredBy: (row: Row, earlier: readonly Row[]) => Row | undefined;
  /** Whether the first matches all that the second does. */
  readonly takes: (a: Row, b: Row) => boolean;
};

function unreachable<Row extends { readonly at: string }>(
  { layer }: Place,
  table: "operations" | "answers",
  all: readonly Row[],
  { alone, key, coveredBy, takes }: Rules<Row>,
): Mistake[] {
  const { document, path } = layer;
  const rows = all
    .map((row, index) => ({ row, index }))
    .filter(({ index }) => isCertain(layer, [table, index]));
  const earlier: Row[] = [];
  return rows.flatMap(({ row, index }) => {
    const at = [...path, table, index];
    const wrong = alone(row);
    if (wrong) return [document.mistake([...at, key, wrong.key], wrong.message)];
    const first = coveredBy(row, earlier);
    earlier.push(row);
    if (!first) return [];
    const message = takes(row, first)
      ? `the row at ${first.at} has the same conditions and comes first; keep one of the two`
      : `the row at ${first.at} comes first and takes all that this one matches; put this one in front of it, or take it out`;
    return [document.mistake(at, `has no effect: ${message}`)];
  });
}

function outside(match: RequestMatch, route: Place["route"]): Contradiction | undefined {
  const key = route && conflict(match, route.reach);
  return (
    key && {
      key,
      message: `never matches: the route ${route.shown} serves no such ${key}; change one of them, or move the row out of the route`,
    }
  );
}

/** A row that names no replay class hides only what it says itself (see `classify`). */
function decidedBy(row: OperationRow, earlier: readonly OperationRow[]): OperationRow | undefined {
  const covering = earlier.filter(({ match }) => requestCovered(match, row.match));
  const decided = covering.find(({ replay }) => replay !== undefined);
  if (decided || row.replay !== undefined) return decided;
  const isSaid = (key: "operation" | "attempts") =>
    row[key] === undefined || covering.some((each) => each[key] !== undefined);
  return isSaid("operation") && isSaid("attempts") ? covering[0] : undefined;
}
