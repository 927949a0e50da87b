/**
 * What belongs to one connection and stays on it (RFC 9110 section 7.6.1). It knows names, not messages: what else does
 * not pass is not said here.
 */
import { type HeaderList, headerValue, listElements } from "./headers.ts";

/**
 * The fields of one connection. The three for proxies belong here because they are between a client and the proxy it
 * chose (RFC 9110 section 11.7): nobody asks for such credentials here, and the tenant, which is no proxy, must not see
 * those meant for another. `Expect` is answered by whoever holds the body.
 */
export const HOP_BY_HOP = [
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
] as const;

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

const CLOSE: ReadonlySet<string> = new Set(["close"]);

/** The lower-case names that `Connection` takes out of a message besides; undefined when there are none. */
export function listedInConnection(headers: HeaderList): ReadonlySet<string> | undefined {
  const value = headerValue(headers, "connection")?.toLowerCase();
  // Nearly all messages say one of these, or nothing.
  if (value === undefined || value === "keep-alive") return undefined;
  if (value === "close") return CLOSE;
  const names = listElements(value).filter((name) => !isNeverOfOneConnection(name));
  return names.length === 0 ? undefined : new Set(names);
}

/** Of a lower-case name: whether it is a field that nobody but its sender may take out or put in. */
export function isNeverOfOneConnection(name: string): boolean {
  return (
    NEVER_OF_ONE_CONNECTION.has(name) ||
    NEVER_OF_ONE_CONNECTION_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}
