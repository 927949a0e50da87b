/**
 * How much of the machine others take while something is measured, and another try when it was too much. Tries are
 * chosen by what others did, never by what came out: so nothing is made to look better than it is.
 */
import { readFileSync } from "node:fs";
import { TICK_US, treeTimeUs } from "./processes.ts";

/** More than this, of all cores together, and it is tried again. */
const MUCH_PERCENT = 8;
const MOMENT_MS = 250;
/** Fewer rounds than these say nothing, however quiet they were. */
const LEAST_ROUNDS = 3;

export type Watched<T> = { readonly result: T; readonly othersPercent: number };

type Usage = { readonly othersUs: number; readonly allUs: number };

/** Since the machine's start. Interrupts are nobody's: on loopback they are our own packets. */
function usage(): Usage {
  const line = /^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "";
  const ticks = line.split(" ").map(Number);
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = ticks;
  return {
    othersUs: (user + nice + system + steal) * TICK_US - treeTimeUs(process.pid),
    allUs: ticks.reduce((sum, each) => sum + each, 0) * TICK_US,
  };
}

async function watched<T>(work: () => Promise<T>): Promise<Watched<T>> {
  const before = usage();
  const result = await work();
  const after = usage();
  const share = (after.othersUs - before.othersUs) / (after.allUs - before.allUs);
  return { result, othersPercent: Math.max(0, share * 100) };
}

/** How long may be spent on further tries, for all that is measured together: a run has to end. */
export type Patience = { leftMs: number };

/** The try that others disturbed least; a further one begins when they are quiet, or patience is at its end. */
export async function quietly<T>(work: () => Promise<T>, patience: Patience): Promise<Watched<T>> {
  let best = await watched(work);
  while (best.othersPercent > MUCH_PERCENT && patience.leftMs > 0) {
    const startedAt = performance.now();
    const spentMs = (): number => performance.now() - startedAt;
    while ((await watched(aMoment)).othersPercent > MUCH_PERCENT && spentMs() < patience.leftMs);
    const next = await watched(work);
    if (next.othersPercent < best.othersPercent) best = next;
    patience.leftMs -= spentMs();
  }
  return best;
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, MOMENT_MS));

/** Of these rounds, the numbers of those that count: all that were quiet, or else the quietest. */
export function quietest(othersPercents: readonly number[]): readonly number[] {
  const order = othersPercents.map((_, index) => index);
  order.sort((a, b) => (othersPercents[a] ?? 0) - (othersPercents[b] ?? 0));
  return order.filter((index, place) => place < LEAST_ROUNDS || (othersPercents[index] ?? 0) <= MUCH_PERCENT);
}
