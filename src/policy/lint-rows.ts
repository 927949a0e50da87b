/**
 * Rows of the operator's tables that no request or outcome can ever reach: because the row contradicts itself, because
 * it lies outside its route, or because an earlier row of the same list takes all that it matches.
 *
 * It says only what is proven. Rows of the profile are never compared with: to repeat one in front of it is harmless,
 * and to overrule one is what the operator's rows are for.
 */
import type { AnswerRow, OperationRow, RequestMatch } from "../decide/rows.ts";
import { routeLayers, type Source } from "./compile-routes.ts";
import { compileAnswers, compileMatch, compileOperations } from "./compile-rows.ts";
import type { Layer } from "./layers.ts";
import { isCertain } from "./lint-certain.ts";
import { type Contradiction, contradiction, possibilities, twoSpellings } from "./lint-contradictions.ts";
import { conflict, outcomeCovered, requestCovered } from "./lint-matches.ts";
import type { Mistake } from "./mistakes.ts";
import { DEFAULT_PROFILE, type PolicyWritten } from "./schema.ts";

/** A file's own tables, or a route's with what the route matches. */
type Place = {
  readonly layer: Layer;
  readonly tables: Pick<PolicyWritten, "operations" | "answers">;
  readonly route: { readonly match: RequestMatch; readonly shown: string } | undefined;
};

export function rowMistakes(source: Source): Mistake[] {
  const { written, operator } = source;
  const possible = possibilities(source, written.extends ?? DEFAULT_PROFILE);
  const places: Place[] = [
    { layer: operator, tables: written, route: undefined },
    ...routeLayers(source).map(({ route, layer }) => ({
      layer,
      tables: route,
      route: isCertain(layer, ["match"])
        ? { match: compileMatch(route.match), shown: `"${route.name}" (${layer.document.at(layer.path)})` }
        : undefined,
    })),
  ];
  return places.flatMap((place) => [
    ...operationMistakes(place),
    ...answerMistakes(place, (when) => contradiction(when, possible)),
  ]);
}

function operationMistakes(place: Place): Mistake[] {
  const { layer, route } = place;
  // Where CREST is not spoken, the rows see the method on the wire, and routes the one that overrides it.
  const { methods: _, ...around } = route?.match ?? {};
  const rows = compileOperations(place.tables.operations, layer);
  return unreachable(place, "operations", rows, {
    alone: ({ match }) => twoSpellings(match) ?? outside(match, route),
    key: "match",
    coveredBy: (row, earlier) => decidedBy(row, earlier, around),
    same: (a, b) => requestCovered(a.match, [b.match]),
  });
}

function answerMistakes(
  place: Place,
  inRow: (when: AnswerRow["when"]) => Contradiction | undefined,
): Mistake[] {
  const { layer, route } = place;
  const rows = compileAnswers(place.tables.answers, layer);
  const around = route ? [route.match] : [];
  return unreachable(place, "answers", rows, {
    alone: ({ when }) => inRow(when) ?? outside(when.request ?? {}, route),
    key: "when",
    coveredBy: (row, earlier) => earlier.find(({ when }) => outcomeCovered(when, row.when, around)),
    same: (a, b) => outcomeCovered(a.when, b.when, []),
  });
}

type Rules<Row> = {
  /** What keeps the row from ever matching, without a look at the others. */
  readonly alone: (row: Row) => Contradiction | undefined;
  /** The key under which the conditions stand. */
  readonly key: string;
  readonly coveredBy: (row: Row, earlier: readonly Row[]) => Row | undefined;
  /** Whether the first matches all that the second does. */
  readonly same: (a: Row, b: Row) => boolean;
};

function unreachable<Row extends { readonly at: string }>(
  { layer }: Place,
  table: "operations" | "answers",
  all: readonly Row[],
  { alone, key, coveredBy, same }: Rules<Row>,
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
    return first ? [document.mistake(at, hiddenBehind(first.at, same(row, first)))] : [];
  });
}

function hiddenBehind(at: string, isSame: boolean): string {
  return isSame
    ? `never matches: the row at ${at} has the same conditions and comes first; keep one of the two`
    : `never matches: the row at ${at} comes first and takes all that this one matches; put this one in front of it, or take it out`;
}

function outside(match: RequestMatch, route: Place["route"]): Contradiction | undefined {
  const key = route && conflict(match, route.match);
  return (
    key && {
      key,
      message: `never matches: the route ${route.shown} serves no such ${key}; change one of them, or move the row out of the route`,
    }
  );
}

/** A row that names no replay class hides only what it says itself (see `classify`). */
function decidedBy(row: OperationRow, earlier: readonly OperationRow[], around: RequestMatch) {
  const covering = earlier.filter(({ match }) => requestCovered(match, [row.match, around]));
  const decided = covering.find(({ replay }) => replay !== undefined);
  if (decided || row.replay !== undefined) return decided;
  const isSaid = (key: "operation" | "attempts") =>
    row[key] === undefined || covering.some((each) => each[key] !== undefined);
  return isSaid("operation") && isSaid("attempts") ? covering[0] : undefined;
}
