/**
 * Where the tenant is and how to connect to it: address, TLS, and the pools of kept connections.
 * It has never heard of requests.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { isIP } from "node:net";
import type { ReplayClass } from "../crest/words.ts";

export type TenantTls = {
  /** PEM; in place of Node's own list of authorities. */
  readonly ca?: string;
  /** PEM, for tenants that ask for a client certificate. */
  readonly cert?: string;
  readonly key?: string;
};

export type Tenant = {
  /** `https://tenant.example.com`, the default port left out. */
  readonly origin: string;
  /** The `Host` that requests carry. */
  readonly authority: string;
  readonly protocol: "http:" | "https:";
  readonly hostname: string;
  readonly port: number;
  /** The name that TLS asks for and checks; undefined for an IP address, which has none. */
  readonly serverName: string | undefined;
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
  const makeAgent = (idleMs: number): HttpAgent => {
    const pool = { keepAlive: true, timeout: idleMs, maxFreeSockets: IDLE_CONNECTIONS_KEPT, noDelay: true };
    if (protocol === "http:") return new HttpAgent(pool);
    return new HttpsAgent({
      ...pool,
      ...tls,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: true,
      ...(serverName === undefined ? {} : { servername: serverName }),
    });
  };
  const kept = makeAgent(IDLE_LIMIT_MS);
  const fresh = makeAgent(FRESH_LIMIT_MS);
  return {
    origin: url.origin,
    authority: url.host,
    protocol,
    hostname,
    port: Number(url.port) || (protocol === "https:" ? 443 : 80),
    serverName,
    agentFor: (replay) => (replay === "unsafe" ? fresh : kept),
    close: () => {
      kept.destroy();
      fresh.destroy();
    },
  };
}
