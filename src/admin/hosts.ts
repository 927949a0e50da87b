/**
 * For whom the admin listener answers: decides by the Host field alone, and knows no page.
 *
 * A page on the internet can let its own name lead to 127.0.0.1 and then read, as its own, whatever a browser's machine
 * answers there (DNS rebinding). It cannot make the browser say another name than its own: so only those names are
 * answered to that nobody on the internet can have.
 */
import { isIP } from "node:net";
import { parseAuthority } from "../http/authority.ts";
import { hostProblem } from "../http/host.ts";
import { requestFields } from "../http/request-fields.ts";

export type HostRefusal = { readonly status: 400 | 421; readonly why: string };

type Request = { readonly rawHeaders: readonly string[]; readonly httpVersion: string };

/**
 * Undefined for an address, for `localhost` and for one of `names` (lower case), each with or without a port; else 400
 * where it cannot be told which host is meant (RFC 9112 section 3.2), or 421 for another's (RFC 9110 section 15.5.20).
 */
export function hostRefusal(request: Request, names: ReadonlySet<string>): HostRefusal | undefined {
  const fields = requestFields(request.rawHeaders);
  const problem = hostProblem(fields, request.httpVersion);
  if (problem !== undefined) return { status: 400, why: problem };
  const { host } = fields;
  // HTTP/1.0 need not say it, and no browser speaks that.
  if (host === undefined) return undefined;
  const name = nameOf(host);
  if (isIP(name.replace(/^\[|\]$/g, "")) > 0 || name === "localhost" || names.has(name)) return undefined;
  const why = `This listener answers to addresses, to localhost and to the names given by --admin-host; "${name}" is none of them.`;
  return { status: 421, why };
}

/** The names as they are compared, from a list with commas, or what is wrong with it. */
export function adminHostNames(
  list: string,
): { readonly names: ReadonlySet<string> } | { readonly problem: string } {
  const given = list === "" ? [] : list.split(",").map((each) => each.trim());
  const wrong = given.find((each) => !NAME.test(each));
  if (wrong !== undefined) return { problem: `"${wrong}": expected a host's name without a port` };
  return { names: new Set(given.map(nameOf)) };
}

const NAME = /^[\w-]+(?:\.[\w-]+)*\.?$/;

/** Lower case, without a port and without the dot that a name may end with. */
function nameOf(authority: string): string {
  return (parseAuthority(authority)?.host ?? "").replace(/\.$/, "");
}
