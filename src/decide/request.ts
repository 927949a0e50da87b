/**
 * What is known of a request, and whether a row's `match` speaks about it.
 *
 * It is known in two steps: by its head a route is chosen, and the route says how much of a body may be held. What is
 * asked afterwards can ask for the body too. A body is parsed only for a row that names a member of it.
 */
import { type EntityTags, entityTags } from "../http/etag.ts";
import { type HeaderList, headerValue } from "../http/headers.ts";
import { isJson, mediaType } from "../http/media-type.ts";
import { queryParameters, type Target } from "../http/target.ts";
import { jsonOf, memberOf } from "../json.ts";
import type { Glob, PathPattern } from "./pattern.ts";
import type { HeadMatch, RequestMatch } from "./rows.ts";
import type { Dialect } from "./words.ts";

export type RequestHead = {
  /** As sent, upper case. */
  readonly method: string;
  /** What CREST makes of it: POST with `X-HTTP-Method-Override` is the named method. */
  readonly effectiveMethod: string;
  readonly target: Target;
  /** The segments of each of the paths that patterns are asked about. */
  readonly readings: readonly (readonly string[])[];
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** As they will be sent: a header that is not forwarded decides nothing. */
  readonly headers: HeaderList;
  readonly ifMatch: EntityTags;
  readonly ifNoneMatch: EntityTags;
};

export type RequestFacts = RequestHead & {
  /** The held body; undefined when it is not held. */
  readonly body: Buffer | undefined;
};

type AsSent = { readonly method: string; readonly target: Target; readonly headers: HeaderList };

export function requestHead(request: AsSent): RequestHead {
  const method = request.method.toUpperCase();
  const override = method === "POST" ? headerValue(request.headers, "x-http-method-override") : undefined;
  return {
    method,
    effectiveMethod: override?.trim().toUpperCase() || method,
    target: request.target,
    readings: segmentsOf(request.target.matchPaths),
    query: queryParameters(request.target.query),
    headers: request.headers,
    ifMatch: entityTags(request.headers, "if-match"),
    ifNoneMatch: entityTags(request.headers, "if-none-match"),
  };
}

function segmentsOf(paths: readonly string[]): string[][] {
  const all: string[][] = [];
  for (const path of paths) all.push(path.split("/"));
  return all;
}

export function withBody(head: RequestHead, body: Buffer | undefined): RequestFacts {
  return { ...head, body };
}

/** Of a request whose body is known from the beginning. */
export function requestFacts({ body, ...sent }: AsSent & Pick<RequestFacts, "body">): RequestFacts {
  return withBody(requestHead(sent), body);
}

/**
 * CREST does what the override says. Whether anything else does is for the profile's rows to say: they see the method on
 * the wire, and the header.
 */
export function asSeenBy(dialect: Dialect, facts: RequestFacts): RequestFacts {
  return dialect === "crest" || facts.effectiveMethod === facts.method
    ? facts
    : { ...facts, effectiveMethod: facts.method };
}

/** Whether every condition of the row holds. */
export function requestMatches(match: RequestMatch, facts: RequestFacts): boolean {
  if (!headMatches(match, facts)) return false;
  return !match.body || match.body.every(({ name, value }) => matchesAll(value, bodyMembers(facts, name)));
}

/** The same, of what the head alone can tell. */
export function headMatches(match: HeadMatch, head: RequestHead | RequestFacts): boolean {
  if (match.methods && !match.methods.includes(head.effectiveMethod)) return false;
  if (match.paths && !pathMatches(match.paths, head)) return false;
  // What stands twice has to match twice, here and in the body: which one the tenant takes is not known.
  if (match.query && !match.query.every(({ name, value }) => matchesAll(value, head.query.get(name) ?? [])))
    return false;
  return (
    !match.headers || match.headers.every(({ name, value }) => matchesText(value, headerText(head, name)))
  );
}

/** Whether any of the patterns matches. Any form of the path may, the exact one or what a server could make of it. */
export function pathMatches(paths: readonly PathPattern[], { readings }: RequestHead): boolean {
  for (const path of paths) for (const reading of readings) if (path.matchesSegments(reading)) return true;
  return false;
}

/** A field as it will be sent: a held body goes out with exactly its own length. */
function headerText(head: RequestHead | RequestFacts, name: string): string | undefined {
  const held = name === "content-length" && "body" in head ? head.body : undefined;
  return held === undefined ? headerValue(head.headers, name) : String(held.length);
}

function matchesText(value: Glob, text: string | undefined): boolean {
  return text !== undefined && value.matches(text);
}

function matchesAll(value: Glob, texts: readonly string[]): boolean {
  return texts.length > 0 && texts.every(value.matches);
}

/** The members of that name of a form or JSON body, as text; none when the body is not held or has none. */
function bodyMembers(facts: RequestFacts, name: string): readonly string[] {
  const body = facts.body?.toString("utf8");
  if (body === undefined) return [];
  const { type } = mediaType(headerValue(facts.headers, "content-type"));
  if (isJson(type)) return [jsonMember(body, name)].filter((member) => member !== undefined);
  return type === "application/x-www-form-urlencoded" ? new URLSearchParams(body).getAll(name) : [];
}

function jsonMember(body: string, name: string): string | undefined {
  const member = memberOf(jsonOf(body), name);
  if (member === undefined) return undefined;
  return typeof member === "string" ? member : JSON.stringify(member);
}
