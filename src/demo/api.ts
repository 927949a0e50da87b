/**
 * The whole tenant as one function from request to answer. No sockets here: `tenant.ts` has them.
 *
 * Every status of the vendor's list, and a few more, can be had by asking for it:
 *
 * | status | request |
 * |---|---|
 * | 200 | GET /openidm/managed/alpha_user?_queryFilter=true |
 * | 201 | POST /openidm/managed/alpha_user?_action=create, or PUT of a new id |
 * | 204 | POST /openidm/managed/alpha_user/{id}?_action=resetPassword |
 * | 304 | GET of an object with `If-None-Match: "its revision"` |
 * | 400 | a body that is not JSON; a second PUT of /environment/secrets/{id} |
 * | 401 | anything with `Authorization: Bearer expired`, or with a token whose grant has ended |
 * | 403 | PUT of a user whose `mail` has no @ |
 * | 404 | GET of an id that is not there |
 * | 405 | GET /am/oauth2/access_token; POST /monitoring/logs |
 * | 406 | POST /am/json/authenticate with `Accept-API-Version: resource=999.0` |
 * | 408 | POST /am/json/authenticate with the `authId` of a login that is over |
 * | 409 | GET of an object with `If-Modified-Since`; PATCH that increments a field that is not there |
 * | 410 | GET /openidm/managed/alpha_invitation/{id} of an invitation whose `expires` is past |
 * | 412 | PUT with `If-Match` and an old revision; PUT with `If-None-Match: *` of what is there |
 * | 413 | a body of more than 16 MiB |
 * | 415 | POST /am/json/authenticate with a form |
 * | 422 | PUT /environment/secrets/{id} with an unknown `encoding` |
 * | 428 | PUT /openidm/internal/role/demo-admin without `If-Match` |
 * | 429 | GET /monitoring/logs, the 61st within a minute |
 * | 500 | POST /openidm/script?_action=eval with a script that is not a JSON literal |
 * | 501 | an unknown `_action`; a method that CREST does not have |
 * | 503 | anything on /openidm/system/hr; a write after POST /openidm/maintenance?_action=enable |
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { headerValue } from "../http/headers.ts";
import { authenticateRoutes } from "./authenticate.ts";
import { collectionRoutes } from "./collections.ts";
import { environmentRoutes } from "./environment.ts";
import { type LogEntry, monitoringRoutes } from "./monitoring.ts";
import { oauth2Routes } from "./oauth2.ts";
import { openidmRoutes } from "./openidm.ts";
import { crestError, type Reply } from "./reply.ts";
import type { Route, TenantRequest } from "./request.ts";
import { SEEDS } from "./seeds.ts";
import { Store } from "./store.ts";
import { Tokens } from "./tokens.ts";

/** How many lines of the access log are kept. */
const LONGEST_LOG = 10_000;

/** A tenant as it is at the start. What it answers changes it; it never throws. */
export function tenantApi(clock: Clock, logsPerMinute: number): (request: TenantRequest) => Reply {
  const store = new Store(randomUUID());
  for (const [collection, objects] of Object.entries(SEEDS))
    for (const [id, fields] of Object.entries(objects)) store.write(collection, id, fields);
  const tokens = new Tokens(clock);
  const log: LogEntry[] = [];
  const routes: readonly Route[] = [
    ...openidmRoutes(collectionRoutes(store, clock)),
    ...oauth2Routes(tokens),
    ...authenticateRoutes(store, clock),
    ...environmentRoutes(clock),
    ...monitoringRoutes(clock, logsPerMinute, log),
  ];

  return (request) => {
    const reply = isShutOut(request, tokens) ? crestError(401, "Access Denied") : routed(routes, request);
    log.push(logEntry(request, reply, clock));
    if (log.length > LONGEST_LOG) log.shift();
    return reply;
  };
}

/** The answer with what the tenant puts on each of its own; what is already there stays. */
export function signed(reply: Reply, transactionId: string): Reply {
  if (reply.from === "edge") return reply;
  const signature = {
    "cache-control": "no-store",
    "x-forgerock-transactionid": transactionId,
    via: "1.1 google",
  };
  return { ...reply, headers: { ...signature, ...reply.headers } };
}

/** No `Authorization` is fine, it is a demonstration; one that has expired is not. */
function isShutOut(request: TenantRequest, tokens: Tokens): boolean {
  if (request.path.startsWith("/am/oauth2/")) return false;
  const [, token = ""] = /^Bearer (.*)$/i.exec(headerValue(request.headers, "authorization") ?? "") ?? [];
  return token === "expired" || tokens.isDead(token);
}

function routed(routes: readonly Route[], request: TenantRequest): Reply {
  try {
    for (const [path, handler] of routes) {
      const match = path.exec(request.path);
      if (match) return handler(request, ...match.slice(1).map((part = "") => decodeURIComponent(part)));
    }
    return crestError(404, `path ${request.path} was not found`);
  } catch (error) {
    if (error instanceof URIError) return crestError(400, "The path is not correctly percent-encoded");
    return crestError(
      500,
      `The simulated tenant has a bug: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function logEntry(request: TenantRequest, reply: Reply, clock: Clock): LogEntry {
  const { method, path } = request;
  const transactionId = headerValue(request.headers, "x-forgerock-transactionid") ?? "";
  return {
    timestamp: new Date(clock.wall()).toISOString(),
    source: path.startsWith("/am/") ? "am-access" : "idm-access",
    payload: { transactionId, method, path, status: reply.status },
  };
}
