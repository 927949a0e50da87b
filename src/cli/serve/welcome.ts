/** What a person sees at the start. It goes to standard error: standard output is for log lines. */
import type { AddressInfo } from "node:net";
import type { TlsPem } from "../../certificate.ts";

type Listening = AddressInfo | string | null;

type At = {
  readonly callers: Listening;
  readonly admin: Listening;
  readonly upstream: URL;
  readonly simulated: boolean;
  /** The share of its answers that goes wrong, when it is simulated. */
  readonly wrong: number;
  /** How callers connect. */
  readonly tls: TlsPem | undefined;
  /** The proxy on the way to the tenant, and who said so. */
  readonly proxy: string | undefined;
};

/** Where it listens, and for whom. */
export function welcome(at: At): string {
  const callers = urlOf(at.callers, at.tls ? "https" : "http");
  const admin = urlOf(at.admin, "http");
  const lines = [
    `crest-gateway listens for callers at ${callers} and for operators at ${admin}/status`,
    at.simulated
      ? `There is no --upstream, so it stands in front of a simulated tenant at ${at.upstream.origin}, where ${inWords(at.wrong)}.`
      : `Its tenant is ${at.upstream.origin}${at.proxy === undefined ? "" : `, reached through the proxy ${at.proxy}`}.`,
  ];
  return `${lines.join("\n")}\n`;
}

/** How much goes wrong, as a share of all. */
function inWords(wrong: number): string {
  if (wrong === 0) return "nothing goes wrong";
  return `about one answer in ${Math.round(1 / wrong)} goes wrong`;
}

/** Three commands for a second terminal. */
export function tryThese({ upstream, tls, ...at }: At): string {
  const callers = urlOf(at.callers, tls ? "https" : "http");
  const admin = urlOf(at.admin, "http");
  const tenant = upstream.origin;
  const path = "/openidm/managed/alpha_user?_queryFilter=true";
  const fifty = (base: string, flags = "") =>
    `  for i in $(seq 50); do curl -s${flags} -o /dev/null -w '%{http_code}\\n' '${base}${path}'; done | sort | uniq -c`;
  const lines = [
    "Try, in another terminal:",
    "",
    "  # fifty reads of the tenant itself: some fail (000 is a dropped connection)",
    fifty(tenant),
    "",
    "  # the same fifty through the gateway",
    fifty(callers, tls && flagsFor(tls)),
    "",
    "  # what the tenant did meanwhile",
    `  curl -s ${admin}/metrics | grep crest_gateway_attempts_total`,
  ];
  return `${lines.join("\n")}\n\n`;
}

/** Nobody has told curl to believe a certificate that is only tried out. */
function flagsFor({ ca }: TlsPem): string {
  return ca === undefined ? "k" : "k --cert CERTIFICATE --key KEY";
}

function urlOf(address: Listening, scheme: "http" | "https"): string {
  if (address === null || typeof address === "string") return String(address);
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${scheme}://${host === "[::]" || host === "0.0.0.0" ? "127.0.0.1" : host}:${address.port}`;
}
