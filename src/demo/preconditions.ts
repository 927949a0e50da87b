/**
 * The conditional headers of a request, as CREST reads them.
 *
 * 412 has two meanings: the object is at another revision, and "this header does not belong on this operation". The
 * dates of RFC 9110 (`If-Modified-Since`) are refused with 409 wherever they appear.
 */
import { headerValue } from "../http/headers.ts";
import { crestError, escaped, type Reply } from "./reply.ts";
import type { TenantRequest } from "./request.ts";
import type { Stored } from "./store.ts";

export type Operation = "read" | "query" | "create" | "update" | "delete" | "patch" | "action";

const MISPLACED: Readonly<Record<Operation, readonly string[]>> = {
  read: ["If-Match"],
  query: ["If-Match", "If-None-Match"],
  create: ["If-Match", "If-None-Match"],
  update: [],
  delete: ["If-None-Match"],
  patch: ["If-None-Match"],
  action: ["If-Match", "If-None-Match"],
};

/** Why the request's conditional headers cannot stand on this operation at all. */
export function refusedHeaders({ headers }: TenantRequest, operation: Operation): Reply | undefined {
  for (const name of ["If-Modified-Since", "If-Unmodified-Since"])
    if (headerValue(headers, name) !== undefined) return crestError(409, `Header ${name} not supported`);
  for (const name of MISPLACED[operation])
    if (headerValue(headers, name) !== undefined)
      return crestError(412, `${name} not supported for ${operation} requests`);
  return undefined;
}

/** Why an object at its present revision must not be changed by this request. */
export function refusedVersion(
  request: TenantRequest,
  found: Stored,
  needsVersion: boolean,
): Reply | undefined {
  const wanted = ifMatch(request);
  if (wanted === undefined && needsVersion)
    return crestError(428, "This resource requires a version: send If-Match");
  if (wanted === undefined || wanted === "*" || wanted === found._rev) return undefined;
  return crestError(412, escaped(`'${found._id}' is at another revision than '${wanted}'`));
}

/** The revision in `If-Match`, without its quotes, or `*`. */
export function ifMatch({ headers }: TenantRequest): string | undefined {
  return unquoted(headerValue(headers, "if-match"));
}

/** The revision in `If-None-Match`, without its quotes, or `*`. */
export function ifNoneMatch({ headers }: TenantRequest): string | undefined {
  return unquoted(headerValue(headers, "if-none-match"));
}

function unquoted(etag: string | undefined): string | undefined {
  return etag?.replace(/^\s*"(.*)"\s*$/, "$1");
}
