/**
 * How the tenant is reached, as data: its name and port, certificates, and the proxy in between. Nothing here opens
 * anything.
 */
import type { LookupFunction, Socket } from "node:net";
import type { TlsPem } from "../certificate.ts";

export type Endpoint = {
  readonly protocol: "http:" | "https:";
  /** As it is looked up: a dot at its end keeps a resolver's search list out of it. */
  readonly hostname: string;
  readonly port: number;
  /** The name that TLS asks for and checks, without that dot (RFC 6066 section 3); an IP address has none. */
  readonly serverName: string | undefined;
};

/** How the tenant is reached. */
export type Way = {
  /** Asked anew for each connection: another object means that the files have changed. */
  readonly tls?: () => TlsPem | undefined;
  /** In place of the system's resolver; asked anew for each connection. */
  readonly lookup?: LookupFunction | undefined;
  /** Through which the tenant is reached; undefined: nothing stands in between. */
  readonly proxy?: EgressProxy | undefined;
};

export type EgressProxy = {
  /** `http://proxy.example.com:3128`, as people are shown it: without credentials. */
  readonly name: string;
  readonly protocol: "http:" | "https:";
  readonly hostname: string;
  readonly port: number;
  /** What `Proxy-Authorization` says. */
  readonly authorization: string | undefined;
  /** Of a proxy that is spoken to by TLS; asked anew for each connection. */
  readonly tls?: () => TlsPem | undefined;
};

/** Told once: the connection stands, or why it does not. */
export type Opened = (...how: [error: null, socket: Socket] | [error: Error]) => void;

/** Begins to open a connection at once. What it returns gives up one that does not stand yet. */
export type Dial = (opened: Opened) => () => void;
