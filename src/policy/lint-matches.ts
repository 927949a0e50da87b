/**
 * How the conditions of two rows stand to each other. Each answer errs on the side of silence: `true` is a proof, `false`
 * only says that there is none.
 */
import type { AnswerRow, RequestMatch } from "../decide/rows.ts";
import { globCovers, globsOverlap, pathCovers, pathsOverlap } from "./lint-patterns.ts";

type When = AnswerRow["when"];
type Named = readonly { readonly name: string; readonly value: { readonly source: string } }[] | undefined;

/** Whether `match` holds of every request of which all of `given` hold. */
export function requestCovered(match: RequestMatch, given: readonly RequestMatch[]): boolean {
  return (
    (!match.methods || given.some(({ methods }) => within(methods, match.methods))) &&
    (!match.paths || given.some(({ paths }) => pathsCovered(match.paths, paths))) &&
    namedCovered(
      match.query,
      given.map(({ query }) => query),
    ) &&
    namedCovered(
      match.headers,
      given.map(({ headers }) => headers),
    ) &&
    namedCovered(
      match.body,
      given.map(({ body }) => body),
    )
  );
}

/**
 * Whether `when` holds of every outcome of which `given` holds, when all of `requests` hold of its request.
 * A row that names failures asks nothing else of an outcome, and one that names none speaks of answers alone.
 */
export function outcomeCovered(when: When, given: When, requests: readonly RequestMatch[]): boolean {
  const about = given.request ? [given.request, ...requests] : requests;
  const sameRequest =
    (!when.operations || within(given.operations, when.operations)) &&
    (!when.request || requestCovered(when.request, about));
  if (!sameRequest) return false;
  if (when.failures || given.failures) return within(given.failures, when.failures);
  return (
    (!when.statuses || statusesCovered(when.statuses, given.statuses)) &&
    (!when.origin || when.origin === given.origin) &&
    globCovered(when.contentType, given.contentType) &&
    globCovered(when.message, given.message) &&
    namedCovered(when.headers, [given.headers]) &&
    namedCovered(when.body, [given.body])
  );
}

/** The condition that keeps two matches from ever holding of one request; undefined when none is seen to. */
export function conflict(
  a: RequestMatch,
  b: RequestMatch,
): "method" | "path" | "query" | "header" | undefined {
  // A method that is overridden is one to CREST and another on the wire: whoever speaks of the header knows.
  if (
    a.methods &&
    b.methods &&
    ![a, b].some(knowsOverride) &&
    !b.methods.some((each) => a.methods?.includes(each))
  )
    return "method";
  // A path with several readings could match both, but nobody writes a row for such paths alone.
  if (
    a.paths &&
    b.paths &&
    !a.paths.some((one) => b.paths?.some((two) => pathsOverlap(one.source, two.source)))
  )
    return "path";
  if (namesConflict(a.query, b.query)) return "query";
  return namesConflict(a.headers, b.headers) ? "header" : undefined;
}

/** A name that has to have two values at once. */
export function namesConflict(a: Named, b: Named): boolean {
  return (a ?? []).some(({ name, value }) =>
    (b ?? []).some((other) => other.name === name && !globsOverlap(value.source, other.value.source)),
  );
}

const knowsOverride = ({ headers }: RequestMatch): boolean =>
  (headers ?? []).some(({ name }) => name === "x-http-method-override");

function within<T>(some: readonly T[] | undefined, all: readonly T[] | undefined): boolean {
  return some?.every((each) => all?.includes(each)) ?? false;
}

function pathsCovered(by: RequestMatch["paths"], paths: RequestMatch["paths"]): boolean {
  return paths?.every((path) => by?.some((each) => pathCovers(each.source, path.source))) ?? false;
}

function statusesCovered(by: NonNullable<When["statuses"]>, statuses: When["statuses"]): boolean {
  return (
    statuses?.every(({ from, to }) =>
      Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index).every((status) =>
        by.some((range) => status >= range.from && status <= range.to),
      ),
    ) ?? false
  );
}

function globCovered(by: { source: string } | undefined, glob: { source: string } | undefined): boolean {
  return by === undefined || (glob !== undefined && globCovers(by.source, glob.source));
}

/** Every name asked for has to be asked for by one of the others as well, and be covered there. */
function namedCovered(by: Named, given: readonly Named[]): boolean {
  return (by ?? []).every(({ name, value }) =>
    given.some((names) =>
      names?.some((other) => other.name === name && globCovers(value.source, other.value.source)),
    ),
  );
}
