/**
 * How the conditions of two rows stand to each other. Each answer errs on the side of silence: `true` is a proof, `false`
 * only says that there is none.
 */
import type { AnswerRow, RequestMatch } from "../../decide/rows.ts";
import { globCovers, globsOverlap, pathCovers, pathsOverlap } from "../patterns.ts";

type When = AnswerRow["when"];
type Named = readonly { readonly name: string; readonly value: { readonly source: string } }[] | undefined;

/** Whether `match` holds of every request of which `given` holds. */
export function requestCovered(match: RequestMatch, given: RequestMatch): boolean {
  return (
    (!match.methods || within(given.methods, match.methods)) &&
    (!match.paths || pathsCovered(match.paths, given.paths)) &&
    namedCovered(match.query, given.query) &&
    namedCovered(match.headers, given.headers) &&
    namedCovered(match.body, given.body)
  );
}

/**
 * Whether `when` holds of every outcome of which `given` holds. A row that names failures asks nothing else of an
 * outcome, and one that names none speaks of answers alone.
 */
export function outcomeCovered(when: When, given: When): boolean {
  const sameRequest =
    (!when.operations || within(given.operations, when.operations)) &&
    (!when.request || (given.request !== undefined && requestCovered(when.request, given.request)));
  if (!sameRequest) return false;
  if (when.failures || given.failures) return within(given.failures, when.failures);
  return (
    (!when.statuses || statusesCovered(when.statuses, given.statuses)) &&
    (!when.origin || when.origin === given.origin) &&
    globCovered(when.contentType, given.contentType) &&
    globCovered(when.message, given.message) &&
    namedCovered(when.headers, given.headers) &&
    namedCovered(when.body, given.body)
  );
}

/** The condition that keeps two matches from ever holding of one request; undefined when none is seen to. */
export function conflict(a: RequestMatch, b: RequestMatch): "method" | "path" | undefined {
  if (a.methods && b.methods && !a.methods.some((each) => b.methods?.includes(each))) return "method";
  // A path with several readings could match both, but nobody writes a row for such paths alone.
  if (
    a.paths &&
    b.paths &&
    !a.paths.some((one) => b.paths?.some((two) => pathsOverlap(one.source, two.source)))
  )
    return "path";
  return undefined;
}

/** A name that has to have two values at once. */
export function namesConflict(a: Named, b: Named): boolean {
  return (a ?? []).some(({ name, value }) =>
    (b ?? []).some((other) => other.name === name && !globsOverlap(value.source, other.value.source)),
  );
}

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

/** Every name asked for has to be asked for by the other as well, and be covered there. */
function namedCovered(by: Named, given: Named): boolean {
  return (by ?? []).every(({ name, value }) =>
    given?.some((other) => other.name === name && globCovers(value.source, other.value.source)),
  );
}
