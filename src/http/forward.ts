/**
 * Which header fields pass from one side to the other (RFC 9110 sections 7.6.1 and 7.6.3).
 *
 * What belongs to one connection stays on it, what only we may say is not taken from others, and everything else
 * passes in order, line by line. It knows fields, not bodies: whoever sends a body says how long it is.
 */
import { parseAuthority } from "./authority.ts";
import {
  type HeaderList,
  headerLines,
  headerPairs,
  headerValue,
  listElements,
  withoutHeaders,
} from "./headers.ts";
import { isFieldValue, isToken } from "./token.ts";
import { viaLine } from "./via.ts";

export type ForwardOptions = {
  /** Whether the tenant is told who called. */
  readonly forwarded: "none" | "append";
  readonly callerAddress?: string | undefined;
  /** `http` or `https`. */
  readonly callerProto?: string | undefined;
  /** The tenant's authority. */
  readonly host: string;
  /** The version the caller spoke: `1.1`. */
  readonly httpVersion: string;
};

/** The caller's fields as the tenant gets them: `Host` first and once, `Via` last, no `Content-Length`. */
export function requestHeadersToSend(headers: HeaderList, options: ForwardOptions): string[] {
  const drop = (name: string): boolean =>
    name === "host" || name === "content-length" || (options.forwarded === "none" && tellsWhoCalled(name));
  const kept = endToEnd(headers, drop);
  const told =
    options.forwarded === "append" ? withCaller(kept, headerValue(headers, "host"), options) : kept;
  return ["Host", options.host, ...told, "Via", viaLine(options.httpVersion)];
}

/**
 * The tenant's fields as the caller gets them. `Proxy-Status` and `X-Gateway-*` are dropped: callers have to be able
 * to trust that we said them.
 */
export function responseHeadersToPass(headers: HeaderList): string[] {
  return endToEnd(headers, (name) => name === "proxy-status" || name.startsWith("x-gateway-"));
}

/**
 * The fields of one connection. The three for proxies belong here because they are between a client and the proxy it
 * chose (RFC 9110 section 11.7): nobody asks for such credentials here, and the tenant, which is no proxy, must not see
 * those meant for another. `Expect` is answered by whoever holds the body.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "proxy-authenticate",
  "proxy-authentication-info",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "http2-settings",
  "expect",
]);

/**
 * What `Connection` cannot take out of a message, although it lists it: fields that change who asks, what is asked, or
 * how the body reads. A sender must not list such fields (RFC 9110 section 7.6.1), so one that does is up to something.
 */
const NEVER_OF_ONE_CONNECTION: ReadonlySet<string> = new Set([
  "host",
  "authorization",
  "cookie",
  "content-length",
  "content-type",
  "content-encoding",
  "if-match",
  "if-none-match",
  "accept-api-version",
  "x-http-method-override",
  "x-requested-with",
  "x-api-key",
  "x-api-secret",
  "set-cookie",
  "www-authenticate",
  "etag",
  "location",
  "retry-after",
  "cache-control",
]);
const NEVER_OF_ONE_CONNECTION_PREFIXES = ["x-forgerock-", "x-openam-"];

function endToEnd(headers: HeaderList, drop: (lowerName: string) => boolean): string[] {
  const ofThisConnection = listedInConnection(headers);
  const kept: string[] = [];
  for (const [name, value] of headerPairs(headers)) {
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || ofThisConnection.has(lower) || drop(lower)) continue;
    if (isToken(name) && isFieldValue(value)) kept.push(name, value);
  }
  return kept;
}

function listedInConnection(headers: HeaderList): ReadonlySet<string> {
  const names = listElements(headerValue(headers, "connection")).map((name) => name.toLowerCase());
  return new Set(names.filter((name) => !isNeverOfOneConnection(name)));
}

function isNeverOfOneConnection(name: string): boolean {
  return (
    NEVER_OF_ONE_CONNECTION.has(name) ||
    NEVER_OF_ONE_CONNECTION_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

function tellsWhoCalled(name: string): boolean {
  return name === "forwarded" || name === "x-real-ip" || name.startsWith("x-forwarded-");
}

/**
 * With our caller at the end of `X-Forwarded-For` and `Forwarded` (RFC 7239 section 4). Each becomes one line: many
 * servers look at the first line only, and that one would be whatever the caller wrote.
 */
function withCaller(kept: HeaderList, callerHost: string | undefined, options: ForwardOptions): string[] {
  const address = plainAddress(options.callerAddress);
  const before = (name: string): string[] => headerLines(kept, name);
  const forwardedFor = [...before("x-forwarded-for"), ...(address === undefined ? [] : [address])];
  const forwarded = [...before("forwarded"), forwardedElement(address, callerHost, options.callerProto)];
  return [
    ...withoutHeaders(kept, (name) => name === "x-forwarded-for" || name === "forwarded"),
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

function forwardedElement(
  address: string | undefined,
  host: string | undefined,
  proto: string | undefined,
): string {
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
