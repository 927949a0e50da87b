/**
 * CREST queries over a list of objects: which ones, and which page of them.
 *
 * Pure. Filters are `true` and `field eq value`; a real tenant knows many more.
 */
import { crestError, type Reply } from "./reply.ts";
import type { Fields, Read, TenantRequest } from "./request.ts";
import type { Stored } from "./store.ts";

const QUERY_KINDS = ["_queryfilter", "_queryid", "_queryexpression"];
const EQUALS = /^\/?(\w+) eq ("(?:[^"\\]|\\.)*"|true|false|-?\d+(?:\.\d+)?)$/;

/** Whether a GET of a collection is a query. */
export function isQuery(request: TenantRequest): boolean {
  return QUERY_KINDS.some((kind) => request.parameters.has(kind));
}

/** The page that was asked for, as CREST writes it; `show` says how one object looks. */
export function runQuery(
  objects: readonly Stored[],
  { parameters }: TenantRequest,
  show: (object: Stored) => Fields,
): Read<Fields> {
  if (QUERY_KINDS.filter((kind) => parameters.has(kind)).length > 1)
    return refuse(400, "Only one of _queryFilter, _queryId and _queryExpression may be given");
  const filter = parameters.get("_queryfilter");
  if (filter === undefined) return refuse(501, "Only _queryFilter is supported here");
  const test = predicate(filter);
  if (test === undefined) return refuse(400, `The query filter cannot be understood: ${filter}`);

  const cookie = parameters.get("_pagedresultscookie");
  if (cookie !== undefined && parameters.has("_pagedresultsoffset"))
    return refuse(400, "_pagedResultsCookie and _pagedResultsOffset exclude each other");
  const offset = Number(cookie ?? parameters.get("_pagedresultsoffset") ?? 0);
  const pageSize = Number(parameters.get("_pagesize") ?? 0);
  if (!isCount(offset) || !isCount(pageSize)) return refuse(400, "Page size and offset are whole numbers");

  const found = objects.filter(test);
  const end = pageSize === 0 ? found.length : offset + pageSize;
  const page = found.slice(offset, end);
  const exact = parameters.get("_totalpagedresultspolicy")?.toUpperCase() === "EXACT";
  return {
    value: {
      result: page.map(show),
      resultCount: page.length,
      pagedResultsCookie: end < found.length ? String(end) : null,
      totalPagedResultsPolicy: exact ? "EXACT" : "NONE",
      totalPagedResults: exact ? found.length : -1,
      remainingPagedResults: exact ? Math.max(0, found.length - end) : -1,
    },
  };
}

function predicate(filter: string): ((object: Stored) => boolean) | undefined {
  if (filter.trim() === "true") return () => true;
  const [, field = "", literal = ""] = EQUALS.exec(filter.trim()) ?? [];
  if (field === "") return undefined;
  try {
    const wanted: unknown = JSON.parse(literal);
    return (object) => Object.hasOwn(object, field) && object[field] === wanted;
  } catch {
    return undefined;
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function refuse(status: number, message: string): { refusal: Reply } {
  return { refusal: crestError(status, message) };
}
