/**
 * What the gateway says itself, as data: for each failure and refusal its status, the registered word of RFC 9209 and
 * a sentence about what happened. What it means and what to do next follows from what is known of the request's fate.
 */
import type { ReplayClass } from "../crest/words.ts";
import type { FailureWord, Processed, RefusalReason } from "../decide/words.ts";

type Saying = { readonly status: number; readonly error: string; readonly happened: string };

export const FAILURE_SAYINGS: Readonly<Record<FailureWord, Saying>> = {
  "name-not-found": { status: 502, error: "dns_error", happened: "The tenant's name could not be resolved." },
  refused: { status: 502, error: "connection_refused", happened: "The tenant refused the connection." },
  "connect-failed": {
    status: 502,
    error: "destination_unavailable",
    happened: "No connection to the tenant could be made.",
  },
  "connect-timeout": {
    status: 504,
    error: "connection_timeout",
    happened: "The tenant did not accept a connection in time.",
  },
  "tls-failed": {
    status: 502,
    error: "tls_protocol_error",
    happened: "The TLS handshake with the tenant failed.",
  },
  certificate: {
    status: 502,
    error: "tls_certificate_error",
    happened: "The tenant's certificate is not valid for its name, so nothing was sent to it.",
  },
  "proxy-failed": {
    status: 502,
    error: "destination_unavailable",
    happened: "There is no way to the tenant through the proxy.",
  },
  reset: {
    status: 502,
    error: "connection_terminated",
    happened: "The connection to the tenant was lost before its answer came.",
  },
  timeout: { status: 504, error: "http_response_timeout", happened: "The tenant did not answer in time." },
  "not-http": {
    status: 502,
    error: "http_protocol_error",
    happened: "What the tenant answered is not HTTP.",
  },
  "head-too-large": {
    status: 502,
    error: "http_response_header_section_size",
    happened:
      "The head of the tenant's answer is longer than the gateway takes: `connection.head` in its policy is the limit.",
  },
  "body-cut": {
    status: 502,
    error: "http_response_incomplete",
    happened: "The tenant's answer was cut short.",
  },
  "caller-left": { status: 499, error: "connection_terminated", happened: "The caller hung up." },
};

export const REFUSAL_SAYINGS: Readonly<Record<RefusalReason, Saying & { readonly reason: string }>> = {
  "circuit-open": {
    status: 503,
    error: "destination_unavailable",
    happened: "The tenant has been failing, so the gateway gives it a rest.",
    reason: "circuit-open",
  },
  throttled: {
    status: 429,
    error: "http_request_denied",
    happened: "The tenant has asked for fewer requests and this one cannot wait that long.",
    reason: "throttled",
  },
  "queue-full": {
    status: 503,
    error: "connection_limit_reached",
    happened: "Too many requests are already waiting for the tenant.",
    reason: "overloaded",
  },
  "queue-wait": {
    status: 503,
    error: "connection_limit_reached",
    happened: "The tenant was too busy to take this request in time.",
    reason: "overloaded",
  },
  "streams-full": {
    status: 503,
    error: "connection_limit_reached",
    happened: "Too many large answers and uploads are under way already.",
    reason: "overloaded",
  },
  // RFC 9110 section 15.5.9.
  "slow-body": {
    status: 408,
    error: "http_request_error",
    happened: "The request's body did not come in time.",
    reason: "slow-body",
  },
  "access-denied": {
    status: 403,
    error: "http_request_denied",
    happened: "The gateway's policy lets no request through here.",
    reason: "access-denied",
  },
  "read-only": {
    status: 403,
    error: "http_request_denied",
    happened: "The gateway's policy lets only requests through here that change nothing.",
    reason: "read-only",
  },
  // RFC 9110 section 15.5.14.
  "body-too-large": {
    status: 413,
    error: "http_request_error",
    happened: "The request's body is longer than the gateway's policy allows here.",
    reason: "body-too-large",
  },
};

/** What it means for the caller's request, and what to do next. */
export function whatNow(processed: Processed, safeToRepeat: boolean, replay: ReplayClass): string {
  if (processed === "yes")
    return safeToRepeat
      ? "The tenant has answered the request; sending it again is harmless."
      : "The tenant has acted on the request, only its answer could not be passed on. Do not send it again.";
  if (processed === "no")
    return safeToRepeat
      ? "Nothing was changed; the request can be sent again."
      : "Nothing was changed; sending the request again will not help before the cause is mended.";
  if (replay === "read" && !safeToRepeat)
    return "It changes nothing, but sending it again will not help before the cause is mended.";
  return safeToRepeat
    ? "Whether the tenant acted on the request is not known; sending it again is harmless."
    : "Whether the tenant acted on the request is not known. Look before you send it again: it could be done twice.";
}
