/**
 * TLS before HTTP: which versions and protocols are spoken, who has to show a certificate, how long a handshake may take,
 * and in which words one that failed is told. It serves no request: settings of HTTP come in and go through.
 */
import { Server, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { OLDEST_TLS, type TlsPem } from "../certificate.ts";
import { codeOf } from "../error-code.ts";
import type { Observe } from "../observe/events.ts";
import type { HandshakeFailure } from "../observe/labels.ts";

export type SecureListener = {
  readonly server: Server;
  /** For connections to come. Tickets of earlier ones are void, so that nobody comes in by what they proved then. */
  renew(tls: TlsPem): void;
  /** Ends every connection whose handshake is under way. */
  endHandshakes(): void;
};

/**
 * A server of the given settings of HTTP that speaks TLS; the caller listens with it. Where `tls` names authorities, callers
 * have to show a certificate that one of them has signed.
 */
export function createSecureListener(
  settings: ServerOptions,
  tls: TlsPem,
  handshakeLimitMs: number,
  observe: Observe,
): SecureListener {
  const server = new Server({
    ...settings,
    ...contextOptions(tls),
    // As Node does without TLS: what a half-closed connection means is decided where HTTP is.
    allowHalfOpen: true,
    ALPNProtocols: ["http/1.1"],
    requestCert: tls.ca !== undefined,
    rejectUnauthorized: true,
    handshakeTimeout: handshakeLimitMs,
  });
  // Before Node's own listener, which would make a broken request of it.
  server.prependListener("tlsClientError", (error, socket) => {
    socket.destroy();
    const failure = socket.authorizationError?.toString() || codeOf(error) || "UNKNOWN";
    observe({ kind: "handshake-failed", reason: reasonOf(failure, socket), failure });
  });
  const handshakes = handshakesOf(server);
  return {
    server,
    renew: (renewed) => server.setSecureContext(contextOptions(renewed)),
    endHandshakes: () => {
      for (const socket of handshakes()) socket.destroy();
    },
  };
}

function contextOptions({ cert, key, ca }: TlsPem) {
  return { cert, key, ca, minVersion: OLDEST_TLS };
}

/** Connections that stand, but speak no TLS yet. TLS has a socket of its own for each: both have the same addresses. */
function handshakesOf(server: Server): () => Iterable<Socket> {
  const sockets = new Map<string, Socket>();
  const between = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
    [remoteAddress, remotePort, localAddress, localPort].join();
  server.on("connection", (socket: Socket) => {
    const addresses = between(socket);
    sockets.set(addresses, socket);
    socket.once("close", () => {
      if (sockets.get(addresses) === socket) sockets.delete(addresses);
    });
  });
  server.on("secureConnection", (socket: TLSSocket) => sockets.delete(between(socket)));
  return () => sockets.values();
}

/** By OpenSSL's names of errors, and Node's. */
const REASONS: readonly (readonly [HandshakeFailure, RegExp])[] = [
  ["no-certificate", /^ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE$/],
  ["distrusted", /^ERR_SSL_.+_ALERT_(UNKNOWN_CA|\w*CERTIFICATE\w*)$/],
  ["not-tls", /^ERR_SSL_(HTTP_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL)$/],
  [
    "version",
    /^ERR_SSL_(UNSUPPORTED_PROTOCOL|NO_SHARED_CIPHER|NO_APPLICATION_PROTOCOL|.+_ALERT_PROTOCOL_VERSION)$/,
  ],
  ["too-slow", /^ERR_TLS_HANDSHAKE_TIMEOUT$/],
  ["left", /^(ECONNRESET|EPIPE|ETIMEDOUT)$/],
];

function reasonOf(failure: string, { authorizationError }: TLSSocket): HandshakeFailure {
  if (authorizationError) return "bad-certificate";
  return REASONS.find(([, pattern]) => pattern.test(failure))?.[0] ?? "other";
}
