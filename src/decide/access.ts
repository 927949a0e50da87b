/**
 * Whether a route of the policy lets a request go on, and how long its body may be. It judges by what the route says and
 * by what the request is; it has never heard of a path.
 */
import type { ReplayClass } from "../crest/words.ts";
import { ACCESS, type Access, type RefusalReason } from "./words.ts";

export type Bounds = {
  readonly access: Access;
  /** Undefined when there is no limit. */
  readonly maxRequestBytes: number | undefined;
};

export type BarredReason = Extract<RefusalReason, "access-denied" | "read-only" | "body-too-large">;

/**
 * What holds where a server could find a path in several places: of each bound the tightest, so that no spelling of a
 * path gets round a rule.
 */
export function tightest(all: readonly Bounds[]): Bounds {
  const access = Math.max(...all.map((each) => ACCESS.indexOf(each.access)));
  const limits = all.flatMap(({ maxRequestBytes }) => maxRequestBytes ?? []);
  return {
    access: ACCESS[access] ?? "deny",
    maxRequestBytes: limits.length === 0 ? undefined : Math.min(...limits),
  };
}

/** By the head alone, before a byte of the body is read. */
export function barredByHead(bounds: Bounds, contentLength: number | undefined): BarredReason | undefined {
  if (bounds.access === "deny") return "access-denied";
  return (contentLength ?? 0) > (bounds.maxRequestBytes ?? Number.POSITIVE_INFINITY)
    ? "body-too-large"
    : undefined;
}

/** By what the request is: under `read-only` goes what changes nothing, whatever its method. */
export function barredByClass({ access }: Bounds, replay: ReplayClass): BarredReason | undefined {
  return access === "read-only" && replay !== "read" ? "read-only" : undefined;
}
