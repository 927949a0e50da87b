/**
 * Stopping without losing a request: say goodbye, stop listening, let what is in flight finish.
 *
 * A connection that is closed while its caller is just sending takes the request with it. So answers ask callers to
 * close first, for as long as the delay lasts; then nobody new is let in; idle connections are closed only after they
 * had a moment to bring what was already on its way.
 */
import { type Clock, Departure, sleep } from "../clock.ts";
import type { GatewayServer } from "./server.ts";

const LINGER_MS = 1000;
const LAST_WORDS_MS = 200;

export type DrainTimes = {
  /** Still listening, so that whoever balances the load can notice that we are not ready any more. */
  readonly delayMs: number;
  /** After that, how long everything else may take. */
  readonly limitMs: number;
};

/** Resolves when everything has finished, or the limit has passed; then every connection is closed. */
export async function drain(
  server: GatewayServer,
  times: DrainTimes,
  clock: Clock,
): Promise<"finished" | "cut"> {
  server.announceClosing();
  await sleep(clock, times.delayMs);

  // The kernel resets whoever has connected and was not taken in yet. Right after the loop has looked for new
  // connections there are as few of those as there can be.
  await new Promise((resolve) => setImmediate(resolve));
  const closed = server.stopListening();
  const endsAt = clock.now() + times.limitMs;
  await within(clock, Math.min(LINGER_MS, times.limitMs), closed);
  server.http.closeIdleConnections();
  // Whoever has connected and has nothing to say is not waited for.
  server.http.headersTimeout = LINGER_MS;
  server.endHandshakes();
  // Connections whose answers had begun before they could ask for an end are idle only now.
  const idle = server.idle().then(() => server.http.closeIdleConnections());
  // A write whose caller has left has no connection any more, but an outcome to be logged.
  const finished = await within(clock, endsAt - clock.now(), Promise.all([closed, idle]));
  server.http.closeAllConnections();
  // What was cut is logged as well.
  if (!finished) await within(clock, LAST_WORDS_MS, server.idle());
  return finished ? "finished" : "cut";
}

/** Whether `wanted` comes in time; leaves no timer behind. */
async function within(clock: Clock, limitMs: number, wanted: Promise<unknown>): Promise<boolean> {
  const done = new Departure();
  const came = wanted.then(() => true);
  const late = sleep(clock, limitMs, done).then(() => false);
  const first = await Promise.race([came, late]);
  done.go();
  return first;
}
