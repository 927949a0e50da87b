/**
 * The closed lists of words that the gateway thinks in.
 *
 * The policy file, the log lines, the metric labels and the response headers all use exactly these words.
 */

/** Who made a response: the tenant, the cloud edge in front of it, or this gateway. */
export const ORIGINS = ["tenant", "edge", "gateway"] as const;
export type Origin = (typeof ORIGINS)[number];

/** What an outcome means. */
export const MEANINGS = [
  "ok",
  "rejected",
  "unauthenticated",
  "forbidden",
  "blocked",
  "conflict",
  "version-mismatch",
  "version-required",
  "not-supported",
  "throttled",
  "request-timeout",
  "too-early",
  "defect",
  "bad-gateway",
  "unavailable",
  "maintenance",
  "timed-out",
  "unreachable",
  "untrusted",
  "cut-off",
  "silent",
  "garbled",
  "oversized",
  "abandoned",
] as const;
export type Meaning = (typeof MEANINGS)[number];

/** Whether the tenant acted on what it was sent. */
export const PROCESSED = ["no", "yes", "unknown"] as const;
export type Processed = (typeof PROCESSED)[number];

/**
 * Which replay classes may be sent again; each word includes the ones before it.
 * `guarded` stands between `reads` and `idempotent` for `garbled` (see docs/decisions/0006).
 */
export const RETRY_RULES = ["never", "reads", "guarded", "idempotent", "any"] as const;
export type RetryRule = (typeof RETRY_RULES)[number];

/** What an outcome says about the tenant's health. */
export const HEALTHS = ["good", "bad", "alive", "neutral"] as const;
export type Health = (typeof HEALTHS)[number];

/** Why there was no further attempt, in the order in which the questions are asked. */
export const WITHHELD_REASONS = [
  "caller-left",
  "answered",
  "not-replayable",
  "body-not-held",
  "attempts-spent",
  "no-time",
  "circuit-open",
  "throttled",
  "budget-spent",
] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

/**
 * What the gateway itself refused: an attempt, or to pass on an answer that streams. `queue-full`, `queue-wait` and
 * `streams-full` are the ways in which the family was `overloaded`.
 */
export const REFUSAL_REASONS = [
  "circuit-open",
  "throttled",
  "queue-full",
  "queue-wait",
  "streams-full",
  "slow-body",
  "access-denied",
  "read-only",
  "body-too-large",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** What of a route's requests goes to the tenant, from all to none. */
export const ACCESS = ["allow", "read-only", "deny"] as const;
export type Access = (typeof ACCESS)[number];

/** Failures of a connection that never stood: nothing was sent. */
export const UNSENT_FAILURES = [
  "name-not-found",
  "refused",
  "connect-failed",
  "connect-timeout",
  "tls-failed",
  "certificate",
  "proxy-failed",
] as const;

/** What became of an attempt that brought no usable answer; `when.failure` of an answers row names one. */
export const FAILURES = [
  ...UNSENT_FAILURES,
  "reset",
  "timeout",
  "not-http",
  "head-too-large",
  "body-cut",
  "caller-left",
] as const;
export type FailureWord = (typeof FAILURES)[number];

/**
 * How an error body speaks; decides whether and how it may be rewritten. `oauth2-page` is what OAuth 2.0 shows to people
 * in a browser.
 */
export const DIALECTS = ["crest", "oauth2", "oauth2-page", "scim", "authenticate"] as const;
export type Dialect = (typeof DIALECTS)[number];

export const STATUS_CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

export function statusClass(status: number): StatusClass {
  return STATUS_CLASSES[Math.floor(status / 100) - 1] ?? "5xx";
}
