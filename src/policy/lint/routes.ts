/**
 * Routes whose name means something else already, and routes that no request ever reaches: because an earlier one takes
 * all that they match, or because they ask for what is not known when a route is chosen.
 */
import { FALLBACK_NAME, routeLayers, type Source } from "../compile-routes.ts";
import { compileHeadMatch } from "../compile-rows.ts";
import { isCertain } from "../layers.ts";
import type { Mistake } from "../written/mistakes.ts";
import { twoSpellings } from "./contradictions.ts";
import { requestCovered } from "./matches.ts";

/** Names that stand twice, or that mean something else already. */
export function nameMistakes({ written, operator: { document } }: Source): Mistake[] {
  const routes = written.routes ?? [];
  return routes.flatMap(({ name }, index) => {
    const path = ["routes", index, "name"];
    if (name === FALLBACK_NAME)
      return [
        document.mistake(
          path,
          `"${FALLBACK_NAME}" is the label of requests that no route matches: choose another`,
        ),
      ];
    const first = routes.findIndex((each) => each.name === name);
    if (first === index) return [];
    return [
      document.mistake(
        path,
        `the name "${name}" is taken (${document.at(["routes", first, "name"])}): choose another`,
      ),
    ];
  });
}

export function routeMistakes(source: Source): Mistake[] {
  const { document } = source.operator;
  const routes = routeLayers(source)
    .filter(({ layer }) => isCertain(layer, ["match"]))
    .map(({ route: { name, match }, layer }) => ({
      name,
      path: layer.path,
      match: compileHeadMatch(match),
      asksForBody: match.body !== undefined,
    }));
  return routes.flatMap(({ name, match, path, asksForBody }, index) => {
    const wrong = (key: string, message: string) => [document.mistake([...path, "match", key], message)];
    // How much of a body is held is the route's own word, so the body is not there when the route is chosen.
    if (asksForBody)
      return wrong(
        "body",
        "never matches: a route is chosen before the body is read; ask for it in a row of the route's operations",
      );
    const spelt = twoSpellings(match);
    if (spelt) return wrong(spelt.key, spelt.message);
    const first = routes.slice(0, index).find((each) => requestCovered(each.match, match));
    if (!first) return [];
    const shown = `"${first.name}" (${document.at(first.path)})`;
    const message = requestCovered(match, first.match)
      ? `the route "${name}" is never reached: the route ${shown} matches the same and comes first; change one of the two, or keep one`
      : `the route "${name}" is never reached: the route ${shown} comes first and takes all that this one matches; put this one in front of it`;
    return [document.mistake([...path, "match"], message)];
  });
}
