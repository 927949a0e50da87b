/**
 * The tenant's access log over HTTP, for which so many requests a minute are allowed and no more.
 *
 * Looking for a transaction id shows which attempts the tenant really saw.
 */
import type { Clock } from "../clock.ts";
import { headerValue } from "../http/headers.ts";
import { crestError, json, type Reply } from "./reply.ts";
import type { Route, TenantRequest } from "./request.ts";

/** One line of the access log. */
export type LogEntry = {
  readonly timestamp: string;
  readonly source: string;
  readonly payload: {
    readonly transactionId: string;
    readonly method: string;
    readonly path: string;
    readonly status: number;
  };
};

const MINUTE_MS = 60_000;
const LONGEST_PAGE = 1000;

export function monitoringRoutes(
  clock: Clock,
  perMinute: number,
  entries: readonly LogEntry[],
): readonly Route[] {
  let window = { endsWallMs: 0, used: 0 };

  const answer = (request: TenantRequest): Reply => {
    if (request.method !== "GET") return crestError(405, `Method ${request.method} not allowed on logs`);
    // This plane takes an API key and answers 401 to any bearer token.
    if (headerValue(request.headers, "authorization") !== undefined) return crestError(401, "unauthorized");
    const now = clock.wall();
    if (now >= window.endsWallMs) window = { endsWallMs: now + MINUTE_MS, used: 0 };
    const allowed = window.used < perMinute;
    if (allowed) window.used += 1;
    const headers = {
      "x-ratelimit-limit": String(perMinute),
      "x-ratelimit-remaining": String(perMinute - window.used),
      "x-ratelimit-reset": String(Math.ceil(window.endsWallMs / 1000)),
    };
    if (allowed) return json(200, page(entries, request), headers);
    const refusal = crestError(429, "Too many requests for logs in this minute");
    const retryAfter = String(Math.ceil((window.endsWallMs - now) / 1000));
    return { ...refusal, headers: { ...refusal.headers, ...headers, "retry-after": retryAfter } };
  };
  return [[/^\/monitoring\/logs(?:\/tail)?$/, answer]];
}

function page(entries: readonly LogEntry[], { parameters }: TenantRequest): unknown {
  const transactionId = parameters.get("transactionid");
  const result = entries
    .filter((entry) => transactionId === undefined || entry.payload.transactionId === transactionId)
    .slice(-LONGEST_PAGE);
  return { result, resultCount: result.length, pagedResultsCookie: null, totalPagedResultsPolicy: "NONE" };
}
