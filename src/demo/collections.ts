/**
 * CREST on collections of objects: read, query, create, update, delete, patch, action.
 *
 * Each operation is one function that asks its questions in order and answers at the first that applies. What differs
 * from collection to collection stands in the table `TRAITS`.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { headerValue } from "../http/headers.ts";
import { type About, API_VERSION, gone, shown, type Traits, visible, withFound } from "./objects.ts";
import { applyPatch } from "./patch.ts";
import { policyFailures } from "./policy-failures.ts";
import { ifMatch, ifNoneMatch, type Operation, refusedHeaders, refusedVersion } from "./preconditions.ts";
import { isQuery, runQuery } from "./query.ts";
import { type Change, changed, crestError, empty, escaped, json, type Reply } from "./reply.ts";
import { type Fields, type Route, readJson, readObject, type TenantRequest, text } from "./request.ts";
import type { Store } from "./store.ts";

const USUAL: Traits = {
  idMember: "_id",
  hasRevisions: true,
  needsVersion: false,
  putCreates: true,
  duplicate: 412,
};
const TRAITS: ReadonlyMap<string, Traits> = new Map([
  ["internal/role", { ...USUAL, needsVersion: true }],
  ["system/ldap/account", { ...USUAL, idMember: undefined, hasRevisions: false, putCreates: false }],
  ["applications", { ...USUAL, idMember: "name", putCreates: false, duplicate: 409 }],
]);

type Answer = (about: About) => Reply;

const ANSWERS: Readonly<Record<Operation, Answer>> = {
  read,
  query,
  create,
  update,
  delete: remove,
  patch,
  action,
};

/** Actions on an object by their name, actions on a whole collection by its name and theirs. */
const ACTIONS: ReadonlyMap<string, Answer> = new Map([
  ["triggerSyncCheck", (about: About) => withFound(about, (found) => shown(about, 200, found))],
  ["resetPassword", resetPassword],
  ["system/ldap/account authenticate", authenticateAccount],
]);

const ANY_JSON = /^(application\/json(\s*;\s*charset=utf-8)?|multipart\/form-data\b.*)$/i;

/** Objects with an `expires` in the past are gone for good: 410. */
export function collectionRoutes(store: Store, clock: Clock): readonly Route[] {
  const answer = (request: TenantRequest, collection: string, id: string): Reply => {
    const about = { request, store, collection, id, traits: TRAITS.get(collection) ?? USUAL };
    const operation = operationOf(about);
    if (operation === undefined) return crestError(501, `Method ${request.method} not supported`);
    const refused = refusedHeaders(request, operation);
    if (refused !== undefined) return refused;
    const type = headerValue(request.headers, "content-type");
    if (request.body !== "" && type !== undefined && !ANY_JSON.test(type))
      return crestError(400, `The content-type ${type} is not supported, application/json is`);
    const expires = Date.parse(text(store.read(collection, id) ?? {}, "expires") ?? "");
    return expires < clock.wall() ? crestError(410, `${id} has expired`) : ANSWERS[operation](about);
  };
  return [
    [/^\/openidm\/(managed\/[^/]+|internal\/role|system\/ldap\/account)(?:\/([^/]+))?$/, answer],
    [/^\/am\/json\/realms\/root\/realms\/alpha\/(applications)(?:\/([^/]+))?$/, answer],
  ];
}

function operationOf({ request, id }: About): Operation | undefined {
  switch (request.method) {
    case "GET":
    case "HEAD":
      return id === "" ? "query" : "read";
    case "PUT":
      return "update";
    case "DELETE":
      return "delete";
    case "PATCH":
      return "patch";
    case "POST":
      return /^create$/i.test(request.parameters.get("_action") ?? "create") ? "create" : "action";
    default:
      return undefined;
  }
}

function read(about: About): Reply {
  const { request, store, collection, id } = about;
  const found =
    request.behind > 0 ? store.readStale(collection, id, request.behind) : store.read(collection, id);
  if (found === undefined) return gone(about);
  const known = ifNoneMatch(request);
  if (known === "*") return crestError(412, "If-None-Match * not appropriate for read requests");
  if (known !== found._rev) return shown(about, 200, found);
  return { ...empty(304), headers: { etag: `"${found._rev}"` } };
}

function query(about: About): Reply {
  const { request, store, collection } = about;
  if (!isQuery(request)) return crestError(400, `The collection ${collection} cannot be read`);
  const page = runQuery(store.list(collection), request, (object) => visible(about, object));
  return "refusal" in page ? page.refusal : json(200, page.value, API_VERSION);
}

function create(about: About): Reply {
  if (about.id !== "") return crestError(400, `Nothing can be created below ${about.id}`);
  const fields = readObject(about.request);
  if ("refusal" in fields) return fields.refusal;
  const { idMember } = about.traits;
  const wanted = idMember === undefined ? undefined : text(fields.value, idMember);
  return createWith(about, wanted?.toWellFormed() || randomUUID(), fields.value);
}

function update(about: About): Reply {
  const { request, id, store, collection, traits } = about;
  if (id === "") return crestError(400, `The collection ${collection} cannot be updated`);
  const fields = readObject(request);
  if ("refusal" in fields) return fields.refusal;

  const createOnly = ifNoneMatch(request);
  if (createOnly !== undefined) {
    if (ifMatch(request) !== undefined)
      return crestError(412, "If-Match and If-None-Match exclude each other");
    if (createOnly !== "*") return crestError(400, "If-None-Match of a PUT can only be *");
    if (!traits.putCreates) return crestError(404, "Create with client provided ID is not supported.");
    return createWith(about, id, fields.value);
  }

  const found = store.read(collection, id);
  if (found !== undefined) {
    const refused = refusedVersion(request, found, traits.needsVersion);
    return refused ?? written(about, 200, "update", id, fields.value);
  }
  if (ifMatch(request) !== undefined || !traits.putCreates) return gone(about);
  return written(about, 201, "create", id, fields.value);
}

function patch(about: About): Reply {
  const operations = readJson(about.request);
  if ("refusal" in operations) return operations.refusal;
  return withFound(about, (found) => {
    const refused = refusedVersion(about.request, found, about.traits.needsVersion);
    if (refused !== undefined) return refused;
    const patched = applyPatch(found, operations.value);
    if ("status" in patched) return crestError(patched.status, patched.message);
    return written(about, 200, "patch", about.id, patched.object);
  });
}

function remove(about: About): Reply {
  return withFound(about, (found) => {
    const refused = refusedVersion(about.request, found, about.traits.needsVersion);
    if (refused !== undefined) return refused;
    about.store.delete(about.collection, about.id);
    return changed(shown(about, 200, found), { operation: "delete", id: about.id, rev: found._rev });
  });
}

function action(about: About): Reply {
  const name = about.request.parameters.get("_action") ?? "";
  const act = ACTIONS.get(about.id === "" ? `${about.collection} ${name}` : name);
  return act?.(about) ?? crestError(501, `Action ${name} is not supported on ${about.collection}`);
}

function resetPassword(about: About): Reply {
  return withFound(about, (found) => {
    const stored = about.store.write(about.collection, about.id, { ...found, password: randomUUID() });
    return changed(empty(204), { operation: "action", id: about.id, rev: stored._rev });
  });
}

/** A 401 here speaks about the account in the directory, not about whoever asks. */
function authenticateAccount({ request, store, collection }: About): Reply {
  const { parameters } = request;
  const account = store.list(collection).find((each) => each.uid === parameters.get("username"));
  if (account === undefined || account.password !== parameters.get("password"))
    return crestError(401, "Operation AUTHENTICATE failed: invalid credentials");
  return json(200, { _id: account._id }, API_VERSION);
}

function createWith(about: About, id: string, fields: Fields): Reply {
  const { store, collection, traits } = about;
  if (store.read(collection, id) === undefined) return written(about, 201, "create", id, fields);
  return crestError(traits.duplicate, escaped(`Entry Already Exists: '${collection}/${id}'`));
}

/** Stores the object if the tenant's policies allow it, and shows what was stored. */
function written(
  about: About,
  status: 200 | 201,
  operation: Change["operation"],
  id: string,
  fields: Fields,
): Reply {
  const failures = about.collection === "managed/alpha_user" ? policyFailures(fields) : [];
  if (failures.length > 0)
    return crestError(403, "Failed policy validation", { result: false, failedPolicyRequirements: failures });
  const stored = about.store.write(about.collection, id, fields);
  return changed(shown(about, status, stored), { operation, id, rev: stored._rev });
}
