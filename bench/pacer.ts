/**
 * A thread that says when the next request is due, at a fixed rate. The event loop's own timers know whole milliseconds
 * only, which is more than what is measured; this one sleeps to the microsecond.
 */
import { parentPort, workerData } from "node:worker_threads";

export type Pace = { readonly perSecond: number; readonly seconds: number };

/** One clock for all threads, in milliseconds. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Longer than a thread takes to start. */
const LEAD_MS = 100;

if (parentPort) {
  const { perSecond, seconds }: Pace = workerData;
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  const firstMs = nowMs() + LEAD_MS;
  for (let index = 0; index < perSecond * seconds; index++) {
    const dueMs = firstMs + (index * 1000) / perSecond;
    const waitMs = dueMs - nowMs();
    if (waitMs > 0) Atomics.wait(asleep, 0, 0, waitMs);
    parentPort.postMessage(dueMs);
  }
}
