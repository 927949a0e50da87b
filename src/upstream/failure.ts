/**
 * Turns what Node throws into a failure with one word. The only place that reads error codes.
 */
import type { Failed } from "../decide/outcome.ts";
import type { FailureWord } from "../decide/words.ts";
import { codeOf } from "../error-code.ts";
import { ProxyError } from "./tunnel.ts";

/** How far an attempt had come when it failed. */
export type Stage = "connecting" | "connected";

const BY_CODE: Readonly<Record<string, FailureWord>> = {
  ENOTFOUND: "name-not-found",
  EAI_AGAIN: "name-not-found",
  EAI_FAIL: "name-not-found",
  EAI_NODATA: "name-not-found",
  EAI_NONAME: "name-not-found",
  ECONNREFUSED: "refused",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate",
  CERT_HAS_EXPIRED: "certificate",
  CERT_NOT_YET_VALID: "certificate",
  CERT_REVOKED: "certificate",
  CERT_UNTRUSTED: "certificate",
  CERT_REJECTED: "certificate",
  CERT_SIGNATURE_FAILURE: "certificate",
  CERT_CHAIN_TOO_LONG: "certificate",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate",
  UNABLE_TO_GET_ISSUER_CERT: "certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate",
  INVALID_CA: "certificate",
  INVALID_PURPOSE: "certificate",
  HOSTNAME_MISMATCH: "certificate",
  // A limit of ours, as undici and Node name it.
  UND_ERR_HEADERS_OVERFLOW: "head-too-large",
  HPE_HEADER_OVERFLOW: "head-too-large",
  // undici's names for what its parser refuses: by itself, and when two lengths contradict each other.
  HTTPParserError: "not-http",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "not-http",
  // Half a head, then the end: the answer was cut, not malformed.
  HPE_INVALID_EOF_STATE: "reset",
};

/**
 * `sent` is said as soon as a connection stood: from then on the system may have taken the bytes, and only the
 * tenant knows whether they arrived.
 */
export function failureFrom(error: unknown, stage: Stage, secure: boolean): Failed {
  // For errors without a code of Node's, the class of the error.
  if (error instanceof ProxyError)
    return {
      kind: "failed",
      failure: "proxy-failed",
      code: error.code,
      sent: false,
      explanation: error.message,
    };
  const code = codeOf(error) ?? (error instanceof Error ? error.name : "UNKNOWN");
  return { kind: "failed", failure: wordFor(code, stage, secure), code, sent: stage === "connected" };
}

function wordFor(code: string, stage: Stage, secure: boolean): FailureWord {
  const known = BY_CODE[code];
  if (known) return known;
  if (code.startsWith("HPE_")) return "not-http";
  if (stage === "connected") return "reset";
  if (code === "ETIMEDOUT" || code === "ERR_SOCKET_CONNECTION_TIMEOUT") return "connect-timeout";
  // With TLS a connection that ends before it stands was ended by the handshake.
  const inHandshake = code === "ECONNRESET" || code === "EPROTO" || code.startsWith("ERR_SSL_");
  return secure && inHandshake ? "tls-failed" : "connect-failed";
}
