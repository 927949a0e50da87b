/**
 * Where the tenant is and how to connect to it: its name, and the pools of kept connections. It has never heard of
 * requests.
 */
import { isIP } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { type Clock, systemClock } from "../clock.ts";
import type { ReplayClass } from "../crest/words.ts";
import { createPool, type Limits, type Pool } from "./connections.ts";
import { dialer } from "./dial.ts";
import { KeptSockets } from "./kept-sockets.ts";
import type { Dial, Endpoint, Way } from "./way.ts";

/** What decides about a request's connection. */
type Wanted = { readonly replay: ReplayClass; readonly anew: boolean };

export type Tenant = Endpoint &
  Pick<Way, "proxy"> & {
    /** `https://tenant.example.com`, the default port left out. */
    readonly origin: string;
    /** The `Host` that requests carry. */
    readonly authority: string;
    /** The connections of one engine, which are not those of the other. */
    readonly poolFor: (wanted: Wanted) => Pool;
    readonly socketsFor: (wanted: Wanted) => KeptSockets;
    /** Other limits hold from now on, also for what was kept. Does nothing when they are the same. */
    readonly renew: (connection: Limits) => void;
    /** Closes every kept connection. */
    readonly close: () => void;
  };

export type Options = Way & { readonly connection: Limits; readonly clock?: Clock };

/**
 * What must not be sent twice travels only on connections that were in use a moment ago: on one that the tenant is
 * just closing, a request is lost without anybody knowing whether it was read.
 */
const FRESH_LIMIT_MS = 1000;

/**
 * Reads an upstream address. Only scheme, host and port may be given: paths are the caller's, and credentials in a
 * URL end up in logs.
 */
export function parseUpstream(text: string): { url: URL } | { problem: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:") || url.hostname === "")
    return { problem: `"${text}" is not an address; expected https://host or http://host:port` };
  if (url.username || url.password)
    return { problem: "the address carries credentials; leave them out, callers send their own" };
  if (url.pathname !== "/" || url.search || url.hash)
    return { problem: `the address has a path; expected ${url.protocol}//${url.host} alone` };
  return { url };
}

/**
 * A name is looked up as it was given: a dot at its end spares a cluster's search list. TLS and `Host` name it without
 * (RFC 6066 section 3): strict servers refuse the dot in the one, and few know themselves by it in the other.
 */
export function createTenant(url: URL, { connection, clock = systemClock, ...way }: Options): Tenant {
  const protocol = url.protocol === "https:" ? "https:" : "http:";
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const name = hostname.replace(/\.$/, "");
  const port = Number(url.port) || (protocol === "https:" ? 443 : 80);
  const endpoint = { protocol, hostname, port, serverName: isIP(hostname) ? undefined : name } as const;
  const authority = url.host.replace(hostname, name);
  const dial = dialer(endpoint, way);

  const fresh = (limits: Limits): Limits => ({
    ...limits,
    idleMs: Math.min(limits.idleMs, FRESH_LIMIT_MS),
  });
  const kept = bothEngines(dial, connection, clock);
  const freshly = bothEngines(dial, fresh(connection), clock);
  const single = new KeptSockets(dial, connection, clock, false);
  const among = (replay: ReplayClass) => (replay === "unsafe" ? freshly : kept);
  let inForce = connection;
  return {
    ...endpoint,
    proxy: way.proxy,
    origin: `${protocol}//${authority}`,
    authority,
    poolFor: ({ replay }) => among(replay).pool,
    socketsFor: ({ replay, anew }) => (anew ? single : among(replay).sockets),
    renew(next) {
      if (isDeepStrictEqual(next, inForce)) return;
      inForce = next;
      single.renew(next);
      for (const [each, limits] of [
        [kept, next],
        [freshly, fresh(next)],
      ] as const) {
        each.pool.renew(limits);
        each.sockets.renew(limits);
      }
    },
    close() {
      single.destroy();
      for (const { pool, sockets } of [kept, freshly]) {
        pool.close();
        sockets.destroy();
      }
    },
  };
}

function bothEngines(dial: Dial, limits: Limits, clock: Clock) {
  return { pool: createPool(dial, limits, clock), sockets: new KeptSockets(dial, limits, clock) };
}
