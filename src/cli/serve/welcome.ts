/** What a person sees at the start. It goes to standard error: standard output is for log lines. */
import type { AddressInfo } from "node:net";

type Listening = AddressInfo | string | null;

export function welcome(at: {
  readonly callers: Listening;
  readonly admin: Listening;
  readonly upstream: URL;
  readonly simulated: boolean;
}): string {
  const callers = urlOf(at.callers);
  const admin = urlOf(at.admin);
  const lines = [
    `crest-gateway listens for callers at ${callers} and for operators at ${admin}/status`,
    at.simulated
      ? `There is no --upstream, so it stands in front of a simulated tenant at ${at.upstream.origin}, where about one answer in ten goes wrong.`
      : `Its tenant is ${at.upstream.origin}.`,
  ];
  if (at.simulated)
    lines.push("", "Try, in another terminal:", ...tryThese(callers, admin, at.upstream.origin));
  return `${lines.join("\n")}\n\n`;
}

function tryThese(callers: string, admin: string, tenant: string): string[] {
  const path = "/openidm/managed/alpha_user?_queryFilter=true";
  const fifty = (base: string) =>
    `  for i in $(seq 50); do curl -s -o /dev/null -w '%{http_code}\\n' '${base}${path}'; done | sort | uniq -c`;
  return [
    "",
    "  # fifty reads of the tenant itself: some fail (000 is a dropped connection)",
    fifty(tenant),
    "",
    "  # the same fifty through the gateway",
    fifty(callers),
    "",
    "  # what the tenant did meanwhile",
    `  curl -s ${admin}/metrics | grep crest_gateway_attempts_total`,
  ];
}

function urlOf(address: Listening): string {
  if (address === null || typeof address === "string") return String(address);
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host === "[::]" || host === "0.0.0.0" ? "127.0.0.1" : host}:${address.port}`;
}
