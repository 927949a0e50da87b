/**
 * Writes one error body in one of three dialects: CREST, problem details (RFC 9457), OAuth2 (RFC 6749).
 *
 * It knows shapes and nothing of why. The status is never another one than the answer's.
 */
import type { Dialect } from "../decide/words.ts";
import { reasonPhrase, statusPhrase } from "../http/reason.ts";

export type Written = { readonly contentType: string; readonly body: string };

export type ErrorWords = {
  readonly status: number;
  readonly message: string;
  /** The tenant's own; CREST's phrase for the status when undefined. */
  readonly reason?: string | undefined;
  /** CREST's `detail`: any JSON, handed on as it is; left out when undefined. */
  readonly detail?: unknown;
  /** Members of a CREST body beyond the four that CREST defines. */
  readonly others?: Readonly<Record<string, unknown>> | undefined;
};

export type ErrorStyle = "crest" | "problem" | "passthrough";

export const CREST_TYPE = "application/json; charset=utf-8";
export const PROBLEM_TYPE = "application/problem+json";

/** `{"code","reason","message","detail"?}` in CREST's order, then the other members. */
export function crestError({ status, reason, message, detail, others }: ErrorWords): Written {
  const body = { code: status, reason: reason ?? reasonPhrase(status), message, detail, ...others };
  return { contentType: CREST_TYPE, body: JSON.stringify(body) };
}

/**
 * Problem details (RFC 9457). `detail` is a sentence there, so CREST's own `detail` stands in the extension member
 * `details`, and other members of the tenant's body in `others`, where they cannot pass for defined ones. `code` and
 * `reason` stay for clients that know CREST.
 */
export function problemError({ status, reason, message, detail, others }: ErrorWords): Written {
  const body = {
    type: "about:blank",
    title: statusPhrase(status),
    status,
    detail: message,
    code: status,
    reason: reason ?? reasonPhrase(status),
    details: detail,
    others,
  };
  return { contentType: PROBLEM_TYPE, body: JSON.stringify(body) };
}

/**
 * `{"error","error_description"}` (RFC 6749 section 5.2). The error is never one that says anything about the caller's
 * tokens: clients throw them away on those.
 */
export function oauth2Error({ status, message }: Pick<ErrorWords, "status" | "message">): Written {
  const error = status === 429 || status === 503 ? "temporarily_unavailable" : "server_error";
  return {
    contentType: CREST_TYPE,
    body: JSON.stringify({ error, error_description: descriptionText(message) }),
  };
}

/**
 * What the gateway itself says, in the dialect that the caller expects there. OAuth2 has words for a server that is ill or
 * busy, and none for a refusal of a gateway's own.
 */
export function ownError(e: ErrorWords & { readonly dialect: Dialect; readonly style: ErrorStyle }): Written {
  const isOAuth2 = e.dialect === "oauth2" || e.dialect === "oauth2-page";
  if (isOAuth2 && (e.status === 429 || e.status >= 500)) return oauth2Error(e);
  return styled(e.style, e);
}

/** In the operator's style; `passthrough` speaks of the tenant's bodies only. */
export function styled(style: ErrorStyle, words: ErrorWords): Written {
  return style === "problem" ? problemError(words) : crestError(words);
}

/** `error_description` may hold printable ASCII without `"` and `\`. */
function descriptionText(message: string): string {
  return message
    .replaceAll('"', "'")
    .replaceAll("\\", "/")
    .replaceAll(/[^\x20-\x7e]/gu, "?");
}
