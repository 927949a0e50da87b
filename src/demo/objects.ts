/**
 * One object of a collection as a caller sees it: what is shown of it, and what is said when it is not there. It changes
 * nothing and knows no operation.
 */
import { listElements } from "../http/headers.ts";
import { crestError, escaped, json, type Reply } from "./reply.ts";
import type { Fields, TenantRequest } from "./request.ts";
import type { Store, Stored } from "./store.ts";

/** In what collections differ. */
export type Traits = {
  /** The member of a new object that names it; undefined: the server always makes the id. */
  readonly idMember: string | undefined;
  readonly hasRevisions: boolean;
  /** Changing an object needs `If-Match`: 428 without. */
  readonly needsVersion: boolean;
  /** A PUT of an object that is not there creates it; otherwise it is told 404. */
  readonly putCreates: boolean;
  /** What a create of something that is there already is told. */
  readonly duplicate: 409 | 412;
};

/** One request with what it is about; `id` is "" when that is the collection itself. */
export type About = {
  readonly request: TenantRequest;
  readonly store: Store;
  readonly collection: string;
  readonly id: string;
  readonly traits: Traits;
};
export const API_VERSION = { "content-api-version": "protocol=2.1,resource=1.0" };

export function shown(about: About, status: 200 | 201, object: Stored): Reply {
  const { request, traits } = about;
  const below = about.id === "" ? `/${encodeURIComponent(object._id)}` : "";
  return json(status, visible(about, object), {
    ...API_VERSION,
    ...(traits.hasRevisions ? { etag: `"${object._rev}"` } : {}),
    ...(status === 201 ? { location: `${request.origin}${request.path}${below}` } : {}),
  });
}

/** Never the password; only the `_fields` that were named, if any were, by their top-level names. */
export function visible({ request, traits }: About, object: Stored): Fields {
  const named = listElements(request.parameters.get("_fields"));
  const wanted = new Set(named.map((field) => field.replace(/^\//, "").split("/")[0]));
  const all = named.length === 0 || wanted.has("*");
  const members = Object.entries(object).filter(([name]) => {
    if (name === "password") return false;
    if (name === "_rev") return traits.hasRevisions;
    return all || name === "_id" || wanted.has(name);
  });
  return Object.fromEntries(members);
}

export function withFound(about: About, then: (found: Stored) => Reply): Reply {
  const found = about.store.read(about.collection, about.id);
  return found === undefined ? gone(about) : then(found);
}

export function gone({ collection, id }: About): Reply {
  return crestError(404, escaped(`No Such Entry: '${collection}/${id}' does not exist`));
}
