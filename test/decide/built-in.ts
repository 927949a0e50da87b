/**
 * The built-in tables, asked as the gateway asks them, and answers in the shapes that were recorded of real tenants.
 * Nobody has recorded a 408, 425, 429, 502, 503 or 504: those are made up.
 */
import { classify } from "../../src/decide/classify.ts";
import { judge } from "../../src/decide/judge.ts";
import type { Outcome } from "../../src/decide/outcome.ts";
import type { RequestFacts } from "../../src/decide/request.ts";
import type { FailureWord } from "../../src/decide/words.ts";
import { policyOf } from "../policy/compiled.ts";
import { factsOf } from "../support/facts.ts";

export const PROFILE_NAMES = ["aic", "crest", "none"] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

function profile(name: ProfileName) {
  const policy = policyOf(`extends: ${name}`);
  return { ...policy.fallback, origins: policy.origins, dialects: policy.dialects };
}

export const PROFILES = { aic: profile("aic"), crest: profile("crest"), none: profile("none") };

export function judged(outcome: Outcome, facts: RequestFacts, name: ProfileName = "aic") {
  const tables = PROFILES[name];
  const { operation, replay } = classify(facts, tables);
  return { ...judge(outcome, { facts, operation }, tables), replay };
}

/** `origin: meaning, processed, retry, health` in one line. */
export function verdictOn(outcome: Outcome, request: string, name?: ProfileName): string {
  const { origin, meaning, processed, retry, verdict } = judged(outcome, factsOf(request), name);
  return `${origin}: ${meaning}, ${processed}, ${retry}, ${verdict.health}`;
}

const VIA = { Via: "1.1 google", "Alt-Svc": 'h3=":443"; ma=2592000' };

export function answered(status: number, text: string, headers: Record<string, string>): Outcome {
  return { kind: "answered", status, headers: Object.entries(headers).flat(), text };
}

/** An answer of one of the tenant's services; a body that is no text is JSON. */
export function tenant(
  status: number,
  body: unknown = "",
  contentType = "application/json;charset=UTF-8",
): Outcome {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return answered(status, text, { ...VIA, "Content-Type": contentType });
}

/** A CREST error of the tenant with this message. */
export function says(status: number, message: string): Outcome {
  return tenant(status, { code: status, reason: "R", message });
}

/** A page of the load balancer or the firewall: HTML, and no trace of the tenant. */
export function edge(status: number): Outcome {
  const page = `<!doctype html><meta charset="utf-8"><title>${status}</title>${status}`;
  return answered(status, page, { "Content-Type": "text/html; charset=UTF-8" });
}

export function failed(failure: FailureWord, sent = true): Outcome {
  return { kind: "failed", failure, code: "E", sent };
}

export const USER = "/openidm/managed/alpha_user/1";
export const AM = "/am/json/realms/root/realms/alpha";

// What is expected of each meaning: processed, retry, health.
export const OK = "ok, yes, never, good";
export const REJECTED = "rejected, yes, never, alive";
export const UNAUTHENTICATED = "unauthenticated, no, never, alive";
export const FORBIDDEN = "forbidden, no, never, alive";
export const BLOCKED = "blocked, no, never, neutral";
export const CONFLICT = "conflict, yes, never, alive";
export const VERSION_MISMATCH = "version-mismatch, yes, never, alive";
export const VERSION_REQUIRED = "version-required, yes, never, alive";
export const NOT_SUPPORTED = "not-supported, yes, never, alive";
export const THROTTLED = "throttled, no, any, neutral";
export const REQUEST_TIMEOUT = "request-timeout, unknown, idempotent, neutral";
export const TOO_EARLY = "too-early, no, any, neutral";
export const DEFECT = "defect, unknown, reads, bad";
export const BAD_GATEWAY = "bad-gateway, unknown, idempotent, bad";
export const UNAVAILABLE = "unavailable, unknown, idempotent, bad";
export const MAINTENANCE = "maintenance, no, any, bad";
export const TIMED_OUT = "timed-out, unknown, idempotent, bad";
export const UNREACHABLE = "unreachable, no, any, bad";
export const UNTRUSTED = "untrusted, no, never, bad";
export const CUT_OFF = "cut-off, unknown, idempotent, bad";
export const SILENT = "silent, unknown, idempotent, bad";
export const GARBLED = "garbled, unknown, guarded, bad";
export const OVERSIZED = "oversized, unknown, never, neutral";
export const ABANDONED = "abandoned, unknown, never, neutral";
