/**
 * Opens a connection to the tenant: TCP, and TLS with the name, authorities and certificate that were given. It knows
 * sockets and nothing of what is sent on them.
 */
import net, { type Socket } from "node:net";
import tls from "node:tls";

export type Endpoint = {
  readonly protocol: "http:" | "https:";
  readonly hostname: string;
  readonly port: number;
  /** The name that TLS asks for and checks; undefined for an IP address, which has none. */
  readonly serverName: string | undefined;
};

export type TenantTls = {
  /** PEM; in place of Node's own list of authorities. */
  readonly ca?: string;
  /** PEM, for tenants that ask for a client certificate. */
  readonly cert?: string;
  readonly key?: string;
};

/** What every TLS connection to the tenant keeps to, whichever engine opens it. */
export function tlsOptions({ serverName }: Pick<Endpoint, "serverName">) {
  return {
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
    ...(serverName === undefined ? {} : { servername: serverName }),
  } as const satisfies tls.ConnectionOptions;
}

const KEEP_ALIVE_PROBE_MS = 60_000;

/** Opens connections one after the other; each begins at once and tells by its events how that went. */
export function dialer(endpoint: Endpoint, given: TenantTls): () => Socket {
  const { protocol, hostname: host, port } = endpoint;
  const options = tlsOptions(endpoint);
  let secureContext: tls.SecureContext | undefined;
  // One of an earlier connection spares the next one half of the handshake (RFC 8446 section 2.2).
  let session: Buffer | undefined;
  return () => {
    const tcp = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS };
    if (protocol === "http:") return net.connect(tcp);
    secureContext ??= tls.createSecureContext({ ...given, minVersion: options.minVersion });
    const socket = tls.connect({ ...tcp, ...options, secureContext, ...(session ? { session } : {}) });
    return socket.on("session", (ticket) => {
      session = ticket;
    });
  };
}

/** The event by which a connection says that it stands. */
export function standsOn(protocol: Endpoint["protocol"]): "connect" | "secureConnect" {
  return protocol === "https:" ? "secureConnect" : "connect";
}
