/**
 * One attempt: a request goes out, an answer or a failure comes back. It chooses the engine by the shape of what is sent
 * and by nothing else; both keep the same contract (`test/upstream/send.test.ts`).
 */
import type { Clock } from "../clock.ts";
import type { Attempt, Received } from "./message.ts";
import type { Tenant } from "./tenant.ts";
import { throughHttpProxy } from "./through-http-proxy.ts";
import { throughUndici } from "./through-undici.ts";

/** Sends one request and resolves with what came back; never rejects. */
export function send(attempt: Attempt, tenant: Tenant, clock: Clock): Promise<Received> {
  if (attempt.left?.gone) return Promise.resolve(LEFT_BEFORE);
  return engineFor(attempt)(attempt, tenant, clock);
}

/** undici carries what is at hand; http-proxy what streams, and the target `*`, which undici takes for no path. */
function engineFor({ body, pathAndQuery }: Attempt) {
  return body.kind === "streamed" || pathAndQuery === "*" ? throughHttpProxy : throughUndici;
}

const LEFT_BEFORE: Received = {
  kind: "failed",
  failure: "caller-left",
  code: "ABORTED",
  sent: false,
  durationMs: 0,
};
