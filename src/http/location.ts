/**
 * Keeps callers on this side of the gateway: a URL of the tenant becomes the same URL where the caller came from.
 */
import { type Authority, parseAuthority } from "./authority.ts";

/**
 * `value` (a Location or Content-Location) with the tenant's origin replaced by the caller's; path, query and fragment
 * stay byte for byte. Default ports, case and a dot at a name's end do not matter. Relative references and URLs of anybody else come back
 * unchanged; `//tenant/x`, which takes its scheme from the caller, leads to the tenant and is turned like the rest.
 */
export function locationForCaller(value: string, tenantOrigin: string, callerOrigin: string): string {
  const tenant = splitUrl(tenantOrigin);
  const target = splitUrl(value);
  if (tenant?.scheme === undefined || target === undefined) return value;
  const scheme = target.scheme ?? tenant.scheme;
  if (scheme !== tenant.scheme || nameOf(target.authority) !== nameOf(tenant.authority)) return value;
  if (portOf(scheme, target.authority) !== portOf(scheme, tenant.authority)) return value;
  return callerOrigin + target.rest;
}

type Url = {
  /** Lower case; undefined in `//host/path`. */
  readonly scheme: string | undefined;
  readonly authority: Authority;
  readonly rest: string;
};

function splitUrl(text: string): Url | undefined {
  const match = /^(?:(https?):)?\/\/([^/?#]*)(.*)$/is.exec(text);
  const authority = parseAuthority(match?.[2] ?? "");
  return authority && { scheme: match?.[1]?.toLowerCase(), authority, rest: match?.[3] ?? "" };
}

/** With and without the dot it is one name: it only keeps a resolver from trying others (RFC 1034 section 3.1). */
function nameOf({ host }: Authority): string {
  return host.replace(/\.$/, "");
}

function portOf(scheme: string, { port }: Authority): number {
  return port ?? (scheme === "https" ? 443 : 80);
}
