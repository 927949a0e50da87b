/**
 * `host[:port]`, as it stands in a Host field, in an absolute request target and in a URL (RFC 3986 section 3.2).
 *
 * User information is not a part of it here: no HTTP request has a use for it (RFC 9110 section 4.2.4).
 */
export type Authority = {
  /** Lower case; an IPv6 address keeps its brackets. */
  readonly host: string;
  /** Undefined when there is none, or an empty one (`host:`). */
  readonly port: number | undefined;
};

/** Reads `host[:port]`; undefined when it is not exactly that, or the host is empty. */
export function parseAuthority(text: string): Authority | undefined {
  const match = AUTHORITY.exec(text);
  if (!match) return undefined;
  const [, host = "", digits = ""] = match;
  if (host.startsWith("[") && !URL.canParse(`http://${host}/`)) return undefined;
  const port = digits === "" ? undefined : Number(digits);
  if (port !== undefined && port > HIGHEST_PORT) return undefined;
  return { host: host.toLowerCase(), port };
}

/** Whether `text` is exactly `host[:port]`. */
export function isAuthority(text: string): boolean {
  return ORDINARY.test(text) || parseAuthority(text) !== undefined;
}

/** A plain name or an IPv4 address, and a port that is surely one: nearly every Host field. */
const ORDINARY = /^[\w.-]+(?::[1-5]?\d{1,4})?$/;

const HIGHEST_PORT = 65_535;

/** A bracketed IPv6 address, or a registered name: unreserved, sub-delims and escapes (RFC 3986 section 3.2.2). */
const AUTHORITY = /^(\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::(\d*))?$/i;
