/**
 * Opens a connection to the tenant: TCP, and TLS with the name, authorities and certificate that were given. It knows
 * sockets and nothing of what is sent on them, so both engines take their connections from here.
 */
import net, { type LookupFunction, type Socket } from "node:net";
import tls from "node:tls";
import { OLDEST_TLS, type TlsPem } from "../certificate.ts";

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
  readonly lookup?: LookupFunction;
};

/** Told once: the connection stands, or why it does not. */
export type Opened = (...how: [error: null, socket: Socket] | [error: Error]) => void;

/** Begins to open a connection at once. What it returns gives up one that does not stand yet. */
export type Dial = (opened: Opened) => () => void;

const KEEP_ALIVE_PROBE_MS = 60_000;

/** What every TLS connection to the tenant keeps to. */
const TLS = {
  minVersion: OLDEST_TLS,
  ALPNProtocols: ["http/1.1"],
  rejectUnauthorized: true,
} as const satisfies tls.ConnectionOptions;

export function dialer(endpoint: Endpoint, { tls: pemNow = () => undefined, lookup }: Way): Dial {
  const { protocol, hostname: host, port, serverName } = endpoint;
  const name = serverName === undefined ? {} : { servername: serverName };
  let secured: Secured | undefined;
  return (opened) => {
    const tcp = {
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
      ...(lookup ? { lookup } : {}),
    };
    if (protocol === "http:") return standing(net.connect(tcp), "connect", opened);
    const pem = pemNow();
    if (!secured || secured.pem !== pem) secured = securedBy(pem);
    const { context: secureContext, session, keep } = secured;
    const socket = tls.connect({ ...tcp, ...TLS, ...name, secureContext, ...(session ? { session } : {}) });
    socket.on("session", keep);
    return standing(socket, "secureConnect", opened);
  };
}

/** What connections by the same certificates share. */
type Secured = {
  readonly pem: TlsPem | undefined;
  readonly context: tls.SecureContext;
  /**
   * One of an earlier connection spares the next one half of the handshake (RFC 8446 section 2.2), also the half in which
   * certificates are shown and checked: those of other certificates are not for us any more.
   */
  session: Buffer | undefined;
  readonly keep: (session: Buffer) => void;
};

function securedBy(pem: TlsPem | undefined): Secured {
  const secured: Secured = {
    pem,
    context: tls.createSecureContext({ ...pem, minVersion: TLS.minVersion }),
    session: undefined,
    keep: (session) => {
      secured.session = session;
    },
  };
  return secured;
}

/** Waits for `event`, by which a socket says that it stands. */
function standing(socket: Socket, event: "connect" | "secureConnect", opened: Opened): () => void {
  let told = false;
  socket.once(event, () => {
    told = true;
    opened(null, socket);
  });
  // Stays for good: nobody else may be listening when a connection breaks.
  socket.on("error", (error) => {
    if (!told) opened(error);
    told = true;
  });
  return () => {
    if (!told) socket.destroy(new Error("given up"));
  };
}
