/**
 * Who called, as the tenant is told it in `X-Forwarded-For` and `Forwarded` (RFC 7239). Whether it is told is not
 * decided here.
 */
import { parseAuthority } from "./authority.ts";
import { type HeaderList, headerLines } from "./headers.ts";
import { isToken } from "./token.ts";

export type Caller = {
  readonly address: string | undefined;
  /** Its Host field. */
  readonly host: string | undefined;
  /** `http` or `https`. */
  readonly proto: string | undefined;
};

/**
 * `claims` are the lines of both fields that came with the request; our caller is put at their end (RFC 7239 section 4).
 * Each becomes one line: many servers look at the first line only, and that one would be whatever the caller wrote.
 */
export function whoCalled(claims: HeaderList, caller: Caller): string[] {
  const address = plainAddress(caller.address);
  const forwardedFor = headerLines(claims, "x-forwarded-for");
  if (address !== undefined) forwardedFor.push(address);
  const forwarded = headerLines(claims, "forwarded");
  forwarded.push(forwardedElement(address, caller));
  return [
    ...(forwardedFor.length === 0 ? [] : ["X-Forwarded-For", forwardedFor.join(", ")]),
    "Forwarded",
    forwarded.join(", "),
  ];
}

/** Without the zone, and an IPv4 address that came in over an IPv6 socket as what it is. */
function plainAddress(address: string | undefined): string | undefined {
  const plain = address?.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  return plain !== undefined && /^[\da-f:.]+$/i.test(plain) ? plain : undefined;
}

function forwardedElement(address: string | undefined, { host, proto }: Caller): string {
  const parts = [
    `for=${address === undefined ? "unknown" : quoted(address.includes(":") ? `[${address}]` : address)}`,
  ];
  if (host !== undefined && parseAuthority(host)) parts.push(`host=${quoted(host)}`);
  if (proto !== undefined && isToken(proto)) parts.push(`proto=${proto}`);
  return parts.join(";");
}

/** A value which is no token (it has a colon or a bracket) has to be quoted (RFC 7239 section 6). */
function quoted(value: string): string {
  return isToken(value) ? value : `"${value}"`;
}
