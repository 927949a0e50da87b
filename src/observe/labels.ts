/**
 * What the labels of metrics may say: closed lists, and `other` for whatever stands outside of them. A label that callers
 * could choose would make a series for each of their choices.
 */
import { STATUS_CODES } from "node:http";
import { statusClass } from "../decide/words.ts";
import type { FamilySnapshot } from "../guard/settings.ts";
import type { ExchangeRecord } from "./events.ts";

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

/** The registered status codes, and 499: the caller left before an answer. */
const CODES: ReadonlySet<string> = new Set([...Object.keys(STATUS_CODES), "499"]);

export const BREAKER_STATES = [
  "closed",
  "half-open",
  "open",
] as const satisfies readonly FamilySnapshot["breaker"][];

/** What a caller or the tenant could make up becomes `other`. */
export function requestLabels(exchange: ExchangeRecord) {
  const code = String(exchange.status);
  return {
    route: exchange.route,
    method: METHODS.has(exchange.method) ? exchange.method : "other",
    class: statusClass(exchange.status),
    code: CODES.has(code) ? code : "other",
  };
}
