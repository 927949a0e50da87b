/**
 * Whether a request says, once and legibly, which host it is for, and by which scheme its caller came. Which host that is
 * does not matter here.
 */
import { isAuthority } from "./authority.ts";
import type { RequestFields } from "./request-fields.ts";

/**
 * What is wrong with the request's Host field, as a sentence for a 400 answer; undefined when nothing is.
 * RFC 9112 section 3.2: a server must refuse none (from HTTP/1.1 on), several, and an invalid one. An empty one,
 * which the RFC keeps for targets without an authority, is refused too: every request here is for some host.
 */
export function hostProblem(
  { hosts, host }: Pick<RequestFields, "hosts" | "host">,
  httpVersion: string,
): string | undefined {
  if (host === undefined) {
    return httpVersion === "1.0" || httpVersion === "0.9"
      ? undefined
      : `The request has no Host header field; HTTP/${httpVersion} requires exactly one.`;
  }
  if (hosts > 1)
    return `The request has ${hosts} Host header fields; HTTP/${httpVersion} allows exactly one.`;
  if (host === "") return "The Host header field is empty; it has to name a host.";
  if (!isAuthority(host)) return "The Host header field is not a host name or address with an optional port.";
  return undefined;
}

export type Scheme = "http" | "https";

/**
 * What something in front of the gateway says in `X-Forwarded-Proto` (the first value is the one nearest to the caller),
 * else what the request arrived by. Only links in the caller's own answer depend on it, so nobody is harmed by one who
 * makes it up.
 */
export function callerScheme(
  { forwardedProto }: Pick<RequestFields, "forwardedProto">,
  arrivedBy: Scheme,
): Scheme {
  if (forwardedProto === undefined) return arrivedBy;
  const nearest = (forwardedProto.split(",")[0] ?? "").trim().toLowerCase();
  return nearest === "https" || nearest === "http" ? nearest : arrivedBy;
}
