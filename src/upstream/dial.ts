/**
 * Opens a connection to the tenant: TCP, and TLS with the name, authorities and certificate that were given. It knows
 * sockets and nothing of what is sent on them, so both engines take their connections from here.
 */
import net, { type Socket } from "node:net";
import tls from "node:tls";
import { OLDEST_TLS, type TlsPem } from "../certificate.ts";
import { tunnel } from "./tunnel.ts";
import type { Dial, Endpoint, Opened, Way } from "./way.ts";

const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/** What every TLS connection to the tenant keeps to. */
const TLS = {
  minVersion: OLDEST_TLS,
  ALPNProtocols: ["http/1.1"],
  rejectUnauthorized: true,
} as const satisfies tls.ConnectionOptions;

export function dialer(endpoint: Endpoint, way: Way): Dial {
  const { tls: pemNow = () => undefined, lookup, proxy } = way;
  const { protocol, hostname: host, port, serverName } = endpoint;
  const name = serverName === undefined ? {} : { servername: serverName };
  let secured: Secured | undefined;
  const secure = (over: tls.ConnectionOptions, opened: Opened): (() => void) => {
    const pem = pemNow();
    if (!secured || secured.pem !== pem) secured = securedBy(pem);
    const { context: secureContext, session, keep } = secured;
    const socket = tls.connect({ ...over, ...TLS, ...name, secureContext, ...(session ? { session } : {}) });
    socket.on("session", keep);
    return standing(socket, "secureConnect", opened);
  };
  const tcp = { host, port, ...TCP, ...(lookup ? { lookup } : {}) };
  if (!proxy)
    return (opened) =>
      protocol === "https:" ? secure(tcp, opened) : standing(net.connect(tcp), "connect", opened);

  const throughProxy = tunnel(proxy, endpoint, lookup);
  return (opened) => {
    let giveUp = throughProxy((...how) => {
      const [error, socket] = how;
      if (error) return opened(error);
      socket.setNoDelay(TCP.noDelay).setKeepAlive(TCP.keepAlive, TCP.keepAliveInitialDelay);
      if (protocol === "https:") giveUp = secure({ socket, host }, opened);
      else opened(null, socket);
    });
    return () => giveUp();
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
