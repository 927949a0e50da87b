/**
 * One request as the tenant reads it: the method that counts, the path, the parameters.
 *
 * Knows CREST's conventions about requests in general; knows nothing of what lies behind a path.
 */
import { type HeaderList, headerValue } from "../http/headers.ts";
import { crestError, type Reply } from "./reply.ts";

/** A request as it stood on the wire. */
export type SeenRequest = {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: HeaderList;
  /** "" for one that was too large to keep. */
  readonly body: string;
  readonly remotePort: number;
  /** When its last byte had come, in milliseconds of the clock's `now()`. */
  readonly at: number;
};

export type TenantRequest = {
  /** The method that counts: a POST may name another one in `X-HTTP-Method-Override`. */
  readonly method: string;
  /** Still percent-encoded; without query and without a slash at the end. */
  readonly path: string;
  /** Scheme and authority the caller used, for `Location`. */
  readonly origin: string;
  readonly headers: HeaderList;
  /** By lower-case name: CREST matches parameter names without case. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly body: string;
  /** How many changes the replica that serves it is behind. */
  readonly behind: number;
};

/** A caller's JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** What was asked for, or the answer that says why not. */
export type Read<T> = { readonly value: T } | { readonly refusal: Reply };

/** Answers one kind of request; `captured` are the decoded parts of the path, "" for one that is absent. */
export type Handler = (request: TenantRequest, ...captured: string[]) => Reply;
export type Route = readonly [path: RegExp, handler: Handler];

export function readRequest(seen: SeenRequest, origin: string, behind = 0): TenantRequest {
  const [path = "", query = ""] = seen.url.replace(/^https?:\/\/[^/?]*/i, "").split(/\?(.*)/s);
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) parameters.set(name.toLowerCase(), value);
  const override = seen.method === "POST" && headerValue(seen.rawHeaders, "x-http-method-override");
  return {
    method: override || seen.method,
    path: path.replace(/\/$/, ""),
    origin,
    headers: seen.rawHeaders,
    parameters,
    body: seen.body,
    behind,
  };
}

/** The body as a JSON object; a refusal is 400, as CREST says it, with the parser's words as `detail`. */
export function readObject(request: TenantRequest): Read<Fields> {
  const parsed = readJson(request);
  if ("refusal" in parsed) return parsed;
  if (isObject(parsed.value)) return { value: parsed.value };
  return { refusal: crestError(400, "The request could not be processed: its content is not a JSON object") };
}

/** The body as any JSON value; a refusal is 400. */
export function readJson(request: TenantRequest): Read<unknown> {
  try {
    return { value: JSON.parse(request.body) };
  } catch (error) {
    const message = "The request could not be processed: its content is not valid JSON";
    return { refusal: crestError(400, message, error instanceof Error ? error.message : undefined) };
  }
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member as a string; anything else counts as absent. */
export function text(object: Fields, name: string): string | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === "string" ? value : undefined;
}
