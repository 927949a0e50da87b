/**
 * Which proxy leads to the tenant, if any: what `--upstream-proxy` says, else what the environment says, as curl reads it.
 * Nothing that is said here about a proxy's address shows the credentials in it.
 */
import { BlockList, isIP, isIPv6 } from "node:net";
import type { Environment } from "../../policy/written/interpolate.ts";
import type { EgressProxy } from "../../upstream/way.ts";

export type Egress = {
  readonly proxy: EgressProxy | undefined;
  /** The flag or the variable that said so. */
  readonly from: string;
};

/** The word of the flag for: whatever the environment says, straight to the tenant. */
const NONE = "none";

/** curl asks the lower-case names first. */
const VARIABLES = {
  "https:": ["https_proxy", "HTTPS_PROXY"],
  "http:": ["http_proxy", "HTTP_PROXY"],
} as const;

/** `given` is the flag's value, "" when there is none. */
export function egress(
  upstream: URL,
  given: string,
  env: Environment,
): Egress | { readonly problem: string } {
  const direct = (from: string): Egress => ({ proxy: undefined, from });
  if (given === NONE) return direct("--upstream-proxy");
  const [variable = ""] = VARIABLES[upstream.protocol === "https:" ? "https:" : "http:"].filter(
    (name) => env[name] !== undefined,
  );
  const from = given === "" ? variable : "--upstream-proxy";
  const address = given === "" ? (env[variable] ?? "") : given;
  if (address === "") return direct(from);
  const parsed = parseProxy(address);
  if ("problem" in parsed) return { problem: `${from}: ${parsed.problem}` };
  if (given === "" && passesBy(upstream, env.no_proxy ?? env.NO_PROXY ?? "")) return direct(from);
  return { proxy: parsed.proxy, from };
}

const EXPECTED =
  "expected http://host:port or https://host:port, with user:password@ before the host if it asks for them";

/** Reads a proxy's address; without a scheme it is spoken to as `http://`. */
export function parseProxy(text: string): { readonly proxy: EgressProxy } | { readonly problem: string } {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https")
    return { problem: `a proxy of the kind ${scheme}:// is not supported; ${EXPECTED}` };
  const address = scheme === undefined ? `http://${text}` : text;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || url.hostname === "" || url.pathname !== "/" || url.search || url.hash)
    return { problem: `it is no proxy's address; ${EXPECTED}` };
  const protocol = url.protocol === "https:" ? "https:" : "http:";
  const port = Number(url.port) || (protocol === "https:" ? 443 : 80);
  const credentials = credentialsOf(url);
  if (credentials !== undefined && typeof credentials !== "string") return credentials;
  return {
    proxy: {
      name: `${protocol}//${url.hostname}:${port}`,
      protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port,
      authorization: credentials,
    },
  };
}

/** RFC 7617: `user:password` in UTF-8. In the address, what is special there stands as %XX. */
function credentialsOf({ username, password }: URL): string | undefined | { readonly problem: string } {
  if (username === "" && password === "") return undefined;
  try {
    const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(plain, "utf8").toString("base64")}`;
  } catch {
    return { problem: "a % in its user or password has to be written as %25" };
  }
}

/**
 * Whether the environment's proxy is not meant for this tenant. `NO_PROXY` lists names, which stand for all below them,
 * addresses and ranges of them, each with or without a port; `*` stands for everything. Nobody's proxy leads back to our
 * own machine, so that need not be listed.
 */
export function passesBy(upstream: URL, noProxy: string): boolean {
  const host = upstream.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const port = upstream.port || (upstream.protocol === "https:" ? "443" : "80");
  if (isOwnMachine(host)) return true;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === "*" || (entry !== "" && speaksOf(entry, host, port)));
}

function isOwnMachine(host: string): boolean {
  return (
    /^(.*\.)?localhost$/.test(host) ||
    (isIP(host) !== 0 && isWithin(host, host.includes(":") ? "::1/128" : "127.0.0.0/8"))
  );
}

function speaksOf(entry: string, host: string, port: string): boolean {
  const [, name = entry, onlyPort = port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (onlyPort !== port) return false;
  const plain = name
    .replace(/^\[|\]$/g, "")
    .replace(/^\*?\./, "")
    .replace(/\.$/, "");
  if (isIP(host) !== 0) return isWithin(host, plain);
  return host === plain || host.endsWith(`.${plain}`);
}

/** Whether an address is this one, or in this range (`10.0.0.0/8`). What is neither contains nothing. */
function isWithin(address: string, range: string): boolean {
  const [network = "", prefix] = range.split("/");
  const widest = isIPv6(network) ? 128 : 32;
  const bits = prefix === undefined ? widest : Number(prefix);
  if (isIP(network) === 0 || !Number.isInteger(bits) || bits < 0 || bits > widest) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, isIPv6(network) ? "ipv6" : "ipv4");
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
