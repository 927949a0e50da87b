/** What gateways of this kind write into `Via`, and how they know each other by it (RFC 9110 section 7.6.3). */
import { listElements } from "./headers.ts";

/** What this gateway calls itself. */
const PSEUDONYM = "crest-gateway";

/** This gateway's own line for a request that came by such a version: `1.1`. */
export function viaLine(httpVersion: string): string {
  return `${httpVersion} ${PSEUDONYM}`;
}

/** Through how many gateways of this kind a request has come, by one line of its `Via`. */
export function gatewaysIn(line: string): number {
  return listElements(line).filter((member) => member.split(/[ \t]+/)[1]?.toLowerCase() === PSEUDONYM).length;
}
