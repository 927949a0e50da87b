/**
 * What the labels of metrics may say: closed lists, and `other` for whatever stands outside of them. A label that callers
 * could choose would make a series for each of their choices.
 */
import { STATUS_CODES } from "node:http";
import { type StatusClass, statusClass } from "../decide/words.ts";
import type { FamilySnapshot } from "../guard/settings.ts";

/** Methods that are counted by name. */
export const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
]);

export const BREAKER_STATES = [
  "closed",
  "half-open",
  "open",
] as const satisfies readonly FamilySnapshot["breaker"][];

/** What mended an exchange before its caller saw the failure. */
export const SAVED_BY = ["retry", "settled"] as const;
export type SavedBy = (typeof SAVED_BY)[number];

/** What a certificate is for: to be shown to callers or to the tenant, or to tell whom to believe among them. */
export const CERTIFICATE_USES = [
  "listener",
  "listener-client-ca",
  "upstream-client",
  "upstream-ca",
  "upstream-proxy-ca",
] as const;
export type CertificateUse = (typeof CERTIFICATE_USES)[number];

/** Why a caller's TLS handshake came to nothing; `distrusted` is the caller's word about our certificate. */
export const HANDSHAKE_FAILURES = [
  "no-certificate",
  "bad-certificate",
  "distrusted",
  "version",
  "not-tls",
  "too-slow",
  "left",
  "other",
] as const;
export type HandshakeFailure = (typeof HANDSHAKE_FAILURES)[number];

export type StatusLabels = { readonly class: StatusClass; readonly code: string };

/** The registered status codes, and 499: the caller left before an answer. */
const REGISTERED: ReadonlyMap<number, StatusLabels> = new Map(
  [...Object.keys(STATUS_CODES), "499"].map((code) => [
    Number(code),
    { class: statusClass(Number(code)), code },
  ]),
);

/** What the tenant could make up. */
const OTHER = {
  "1xx": { class: "1xx", code: "other" },
  "2xx": { class: "2xx", code: "other" },
  "3xx": { class: "3xx", code: "other" },
  "4xx": { class: "4xx", code: "other" },
  "5xx": { class: "5xx", code: "other" },
} as const satisfies Record<StatusClass, StatusLabels>;

/** What the labels say of a status: the same object for the same labels. */
export function statusLabels(status: number): StatusLabels {
  return REGISTERED.get(status) ?? OTHER[statusClass(status)];
}

/** What a caller makes up becomes `other`. */
export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : "other";
}
