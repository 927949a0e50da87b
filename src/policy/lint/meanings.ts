/**
 * What the operator's meanings say against the rest of the file: waits that no exchange has the time for, and, as a
 * warning, what may have been processed and is sent again all the same.
 */
import { MEANINGS, type Meaning } from "../../decide/words.ts";
import { routeLayers, type Source } from "../compile-routes.ts";
import { compileMeanings } from "../compile-rows.ts";
import { find, isCertain, type Layer } from "../layers.ts";
import type { Mistake } from "../written/mistakes.ts";
import type { MeaningsWritten } from "../written/schema-rows.ts";
import { formatDuration } from "../written/units.ts";

type Said = { readonly layer: Layer; readonly meanings: MeaningsWritten };

/** Every place of the file that has a table of meanings. */
function tablesOf(source: Source): Said[] {
  const { written, operator } = source;
  const routes = routeLayers(source).map(({ route, layer }) => ({ layer, meanings: route.meanings ?? {} }));
  return [{ layer: operator, meanings: written.meanings ?? {} }, ...routes];
}

/** A wait that a nearer deadline alone makes too long is left: it was written for the others. */
export function meaningMistakes(source: Source): Mistake[] {
  const below = source.profile.layers;
  return tablesOf(source).flatMap(({ layer, meanings }, index) => {
    const layers = index === 0 ? [layer, ...below] : [layer, source.operator, ...below];
    if (!layers.every((each) => isCertain(each, ["deadline"]))) return [];
    const deadline = find(layers, "deadline");
    return MEANINGS.flatMap((meaning) => {
      const delayMs = meanings[meaning]?.minDelay;
      if (delayMs === undefined || delayMs < deadline.value) return [];
      const bound = `the ${formatDuration(deadline.value)} of deadline (${deadline.layer.document.at(deadline.path)})`;
      const relation = delayMs === deadline.value ? "is not less than" : "is more than";
      const message = `${formatDuration(delayMs)} ${relation} ${bound}: such a wait never fits the exchange`;
      return [layer.document.mistake([...layer.path, "meanings", meaning, "minDelay"], message)];
    });
  });
}

const TWICE = "what may have been processed is sent again: a change may be applied twice";

/**
 * Rows that break the rule of RFC 9110 section 9.2.2. The operator may know better about a server, and is told all the
 * same: once, where the row is that brought it about.
 */
export function meaningWarnings(source: Source): Mistake[] {
  const { written, operator, profile } = source;
  const top = compileMeanings(written.meanings, { document: operator.document, path: [] }, profile.meanings);
  return tablesOf(source).flatMap(({ layer, meanings }, index) => {
    const below = index === 0 ? profile.meanings : top;
    const inForce = compileMeanings(meanings, layer, below);
    const breaks = (table: typeof below, meaning: Meaning): boolean =>
      table[meaning]?.retry === "any" && table[meaning]?.processed !== "no";
    return MEANINGS.filter((meaning) => breaks(inForce, meaning) && !breaks(below, meaning)).map(
      (meaning) => {
        const key = meanings[meaning]?.retry === undefined ? "processed" : "retry";
        return layer.document.mistake([...layer.path, "meanings", meaning, key], TWICE);
      },
    );
  });
}
