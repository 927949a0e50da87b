/**
 * What PEM files say: a certificate with its key, or authorities. It decides whether they can be used, until when they
 * are good, and in what words that is told. It reads no file, knows no time, and opens no connection.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";

/** The text of a file, and what to call it towards whoever named it: `--tls-cert /etc/tls/tls.crt`. */
export type PemFile = { readonly name: string; readonly pem: string };

/** What one side of a connection shows (`cert` and `key`), or whom it believes (`ca`); all PEM. */
export type Credential = {
  readonly name: string;
  readonly pem: { readonly cert: string; readonly key: string } | { readonly ca: string };
  /** In milliseconds since the epoch. */
  readonly beginsAtMs: number;
  readonly endsAtMs: number;
};

/** All of that together, for one side of a connection; without `ca` Node's own list of authorities counts. */
export type TlsPem = { readonly cert?: string; readonly key?: string; readonly ca?: string };

type Problem = { readonly problem: string };
export type CredentialRead = { readonly value: Credential } | Problem;

/** Either side's; TLS 1.0 and 1.1 must not be used any more (RFC 8996). */
export const OLDEST_TLS = "TLSv1.2" as const satisfies SecureContextOptions["minVersion"];

/** A certificate, with those between it and its authority behind it, and its key; or why they cannot be used. */
export function readPair(cert: PemFile, key: PemFile): CredentialRead {
  const read = certificatesIn(cert);
  if ("problem" in read) return read;
  const own = privateKeyIn(key);
  if ("problem" in own) return own;
  if (!read.certificates[0].checkPrivateKey(own.key))
    return { problem: `${key.name}: this key does not belong to the certificate of ${cert.name}` };
  const pem = { cert: cert.pem, key: key.pem };
  try {
    // OpenSSL has rules of its own: keys that are too short, for one.
    createSecureContext({ ...pem, minVersion: OLDEST_TLS });
  } catch (error) {
    return { problem: `${cert.name}: it cannot be used: ${messageOf(error)}` };
  }
  return { value: { name: cert.name, pem, ...whileAllAreValid(read.certificates) } };
}

/** The authorities that the other side's certificate may come from, or why there are none. */
export function readAuthorities(ca: PemFile): CredentialRead {
  const read = certificatesIn(ca);
  if ("problem" in read) return read;
  return { value: { name: ca.name, pem: { ca: ca.pem }, ...whileOneIsValid(read.certificates) } };
}

/** What is wrong with its time, in a sentence; undefined when nothing is. */
export function outOfTime({ name, beginsAtMs, endsAtMs }: Credential, wallMs: number): string | undefined {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  if (wallMs > endsAtMs)
    return `${name}: it was valid until ${day(endsAtMs)} only, nobody accepts it; renew it`;
  if (wallMs < beginsAtMs) return `${name}: it is valid from ${day(beginsAtMs)} on, nobody accepts it before`;
  return undefined;
}

type Certificates = readonly [X509Certificate, ...X509Certificate[]];

/** RFC 7468 section 5; what stands between two of them is for people. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

function certificatesIn({ name, pem }: PemFile): { readonly certificates: Certificates } | Problem {
  try {
    const [first, ...others] = (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
    if (first) return { certificates: [first, ...others] };
    return { problem: `${name}: there is no certificate in it; expected PEM, "-----BEGIN CERTIFICATE-----"` };
  } catch (error) {
    return { problem: `${name}: a certificate in it cannot be read: ${messageOf(error)}` };
  }
}

function privateKeyIn({ name, pem }: PemFile): { readonly key: KeyObject } | Problem {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem))
    return { problem: `${name}: the key is locked by a passphrase; write it without one` };
  if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----/m.test(pem))
    return { problem: `${name}: there is no key in it; expected PEM, "-----BEGIN PRIVATE KEY-----"` };
  try {
    return { key: createPrivateKey(pem) };
  } catch (error) {
    return { problem: `${name}: the key in it cannot be read: ${messageOf(error)}` };
  }
}

type Validity = Pick<Credential, "beginsAtMs" | "endsAtMs">;

/** A chain holds as long as each of its links. */
function whileAllAreValid(certificates: Certificates): Validity {
  return {
    beginsAtMs: Math.max(...certificates.map(({ validFrom }) => Date.parse(validFrom))),
    endsAtMs: Math.min(...certificates.map(({ validTo }) => Date.parse(validTo))),
  };
}

/** While an authority is exchanged, the old one, which may end, stands beside the new one. */
function whileOneIsValid(certificates: Certificates): Validity {
  return {
    beginsAtMs: Math.min(...certificates.map(({ validFrom }) => Date.parse(validFrom))),
    endsAtMs: Math.max(...certificates.map(({ validTo }) => Date.parse(validTo))),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
