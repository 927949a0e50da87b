/**
 * Where the tenant is and how to connect to it: address, TLS, and the pools of kept connections.
 * It has never heard of requests.
 */
import { Agent as HttpAgent, maxHeaderSize } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { isIP } from "node:net";
import type { ReplayClass } from "../crest/words.ts";
import { createPool, type Pool } from "./connections.ts";
import { dialer, type Endpoint, type TenantTls, tlsOptions } from "./dial.ts";

export type Tenant = Endpoint & {
  /** `https://tenant.example.com`, the default port left out. */
  readonly origin: string;
  /** The `Host` that requests carry. */
  readonly authority: string;
  /** The connections of one engine, which are not those of the other. */
  readonly poolFor: (replay: ReplayClass) => Pool;
  readonly agentFor: (replay: ReplayClass) => HttpAgent;
  /** Closes every kept connection. */
  readonly close: () => void;
};

/** Google's load balancer keeps idle connections for 610 s: ours go long before, so that we never meet its closing one. */
const IDLE_LIMIT_MS = 30_000;

/**
 * What must not be sent twice travels only on connections that were in use a moment ago: on one that the tenant is
 * just closing, a request is lost without anybody knowing whether it was read.
 */
const FRESH_LIMIT_MS = 1000;

const IDLE_CONNECTIONS_KEPT = 256;

/** Of an answer; what Node takes by itself. */
const MAX_HEAD_BYTES = maxHeaderSize;

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

export function createTenant(url: URL, tls: TenantTls = {}): Tenant {
  const protocol = url.protocol === "https:" ? "https:" : "http:";
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const serverName = isIP(hostname) ? undefined : hostname;
  const port = Number(url.port) || (protocol === "https:" ? 443 : 80);
  const endpoint = { protocol, hostname, port, serverName } as const;
  const makeAgent = (idleMs: number): HttpAgent => {
    const options = {
      keepAlive: true,
      timeout: idleMs,
      maxFreeSockets: IDLE_CONNECTIONS_KEPT,
      noDelay: true,
    };
    if (protocol === "http:") return new HttpAgent(options);
    return new HttpsAgent({ ...options, ...tls, ...tlsOptions(endpoint) });
  };
  const dial = dialer(endpoint, tls);
  const makePool = (idleMs: number): Pool =>
    createPool(url.origin, endpoint, dial, { idleMs, headBytes: MAX_HEAD_BYTES });
  const kept = { pool: makePool(IDLE_LIMIT_MS), agent: makeAgent(IDLE_LIMIT_MS) };
  const fresh = { pool: makePool(FRESH_LIMIT_MS), agent: makeAgent(FRESH_LIMIT_MS) };
  const connections = (replay: ReplayClass): typeof kept => (replay === "unsafe" ? fresh : kept);
  return {
    ...endpoint,
    origin: url.origin,
    authority: url.host,
    poolFor: (replay) => connections(replay).pool,
    agentFor: (replay) => connections(replay).agent,
    close: () => {
      for (const { pool, agent } of [kept, fresh]) {
        pool.close();
        agent.destroy();
      }
    },
  };
}
