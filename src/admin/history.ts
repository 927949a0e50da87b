/**
 * The last fifteen minutes in numbers, for the status page: what the tenant answered, what callers got, what was done in
 * between, and how long both took. Bounded by time and by closed lists of words: it knows no path, no id and no family.
 *
 * Every healthy exchange is counted here, so that counting is a few additions; sums are made when somebody looks.
 */
import type { Clock } from "../clock.ts";
import { STATUS_CLASSES, type StatusClass } from "../decide/words.ts";
import { type Observe, savedBy } from "../observe/events.ts";
import type { SavedBy } from "../observe/labels.ts";

const BUCKET_MS = 15_000;
const BUCKETS = 60;

/** No status of a server: what the log says of a caller that left before an answer. */
const CALLER_LEFT = 499;

/** What callers got; 499: they had left. */
const CALLER_CLASSES = ["2xx", "3xx", "4xx", "5xx", "499"] as const;
type CallerClass = (typeof CALLER_CLASSES)[number];

/** What attempts came to. */
const TENANT_CLASSES = [...STATUS_CLASSES, "failure"] as const;
type TenantClass = StatusClass | "failure";

type Counts<Word extends string> = Record<Word, number>;

/** What was counted in one bucket of time. */
type Bucket = {
  /** Of the clock, in buckets. */
  readonly slot: number;
  readonly callers: Counts<CallerClass>;
  readonly tenant: Counts<TenantClass>;
  readonly saved: Counts<SavedBy>;
  readonly withheld: Map<string, number>;
  readonly refused: Map<string, number>;
  readonly lostAnswers: Map<string, number>;
  /** Exchanges with at least one attempt. */
  exchanges: number;
  /** Of all attempts, each until its answer's head. */
  tenantMs: number;
  /** Of those exchanges, until their answers' end. */
  wholeMs: number;
};

type Series = Readonly<Record<string, readonly number[]>>;
type Totals = Readonly<Record<string, number>>;

/** Lists have one number for each bucket, the oldest first; the last bucket is not over yet. */
export type HistoryView = {
  readonly bucketSeconds: number;
  /** Exchanges by what the caller got. */
  readonly callers: Series;
  /** Attempts by what the tenant answered; `failure` when it did not. */
  readonly tenant: Series;
  /** Exchanges whose failure the caller never saw, by what kept it from him. */
  readonly saved: Readonly<Counts<SavedBy>>;
  /** Further attempts that were not made, by reason. */
  readonly withheld: Totals;
  /** Attempts that the gateway refused, by reason. */
  readonly refused: Totals;
  /** Lost answers that were looked into, by result. */
  readonly lostAnswers: Totals;
  readonly latency: {
    /** Exchanges with at least one attempt. */
    readonly exchanges: readonly number[];
    /** What the tenant took for all their attempts together, in milliseconds. */
    readonly tenantMs: readonly number[];
    /** What all of them took as a whole. */
    readonly wholeMs: readonly number[];
  };
};

export type History = { readonly observe: Observe; view(): HistoryView };

export function createHistory(clock: Clock): History {
  /** The oldest first; those in front may be too old. */
  const buckets: Bucket[] = [];
  let newest = emptyBucket(slotOf(clock));

  const turnTo = (slot: number): void => {
    buckets.push(newest);
    while (slot - (buckets[0]?.slot ?? slot) >= BUCKETS) buckets.shift();
    newest = emptyBucket(slot);
  };

  return {
    observe(event) {
      const slot = Math.floor(clock.now() / BUCKET_MS);
      if (slot !== newest.slot) turnTo(slot);
      switch (event.kind) {
        case "attempt":
          newest.tenant[event.class] += 1;
          newest.tenantMs += event.durationMs;
          break;
        case "exchange": {
          const { status } = event;
          const got = status < 300 ? "2xx" : status < 400 ? "3xx" : status < 500 ? "4xx" : "5xx";
          newest.callers[status === CALLER_LEFT ? "499" : got] += 1;
          if (event.attempts === 0) break;
          newest.exchanges += 1;
          newest.wholeMs += event.durationMs;
          const by = savedBy(event);
          if (by !== undefined) newest.saved[by] += 1;
          break;
        }
        case "decision":
          if (event.decision === "withheld") countOne(newest.withheld, event.reason);
          break;
        case "refused":
          countOne(newest.refused, event.reason);
          break;
        case "settled":
          countOne(newest.lostAnswers, event.result);
          break;
        case "normalised":
        case "client-id-refused":
        case "breaker":
        case "reload":
        case "certificate-reload":
        case "handshake-failed":
          // Nothing of which one would ask how often within a quarter of an hour.
          break;
        default:
          event satisfies never;
      }
    },
    view() {
      const last = slotOf(clock);
      return viewOf(
        [...buckets, newest].filter(({ slot }) => last - slot < BUCKETS),
        last,
      );
    },
  };
}

function slotOf(clock: Clock): number {
  return Math.floor(clock.now() / BUCKET_MS);
}

function emptyBucket(slot: number): Bucket {
  return {
    slot,
    callers: { "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0, "499": 0 },
    tenant: { "1xx": 0, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0, failure: 0 },
    saved: { retry: 0, settled: 0 },
    withheld: new Map(),
    refused: new Map(),
    lostAnswers: new Map(),
    exchanges: 0,
    tenantMs: 0,
    wholeMs: 0,
  };
}

function countOne(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}

function viewOf(buckets: readonly Bucket[], lastSlot: number): HistoryView {
  const bySlot = new Map(buckets.map((bucket) => [bucket.slot, bucket]));
  const slots = Array.from({ length: BUCKETS }, (_, index) => bySlot.get(lastSlot - BUCKETS + 1 + index));
  const series = (of: (bucket: Bucket) => number): number[] =>
    slots.map((bucket) => (bucket ? Math.round(of(bucket)) : 0));
  const seriesOf = <Word extends string>(
    words: readonly Word[],
    of: (bucket: Bucket, word: Word) => number,
  ) => Object.fromEntries(words.map((word) => [word, series((bucket) => of(bucket, word))]));
  const totals = (of: (bucket: Bucket) => Map<string, number>): Totals => {
    const all = new Map<string, number>();
    for (const bucket of buckets)
      for (const [word, count] of of(bucket)) all.set(word, (all.get(word) ?? 0) + count);
    return Object.fromEntries(all);
  };
  const sum = (of: (bucket: Bucket) => number): number =>
    buckets.reduce((total, bucket) => total + of(bucket), 0);
  return {
    bucketSeconds: BUCKET_MS / 1000,
    callers: seriesOf(CALLER_CLASSES, ({ callers }, word) => callers[word]),
    tenant: seriesOf(TENANT_CLASSES, ({ tenant }, word) => tenant[word]),
    saved: { retry: sum(({ saved }) => saved.retry), settled: sum(({ saved }) => saved.settled) },
    withheld: totals(({ withheld }) => withheld),
    refused: totals(({ refused }) => refused),
    lostAnswers: totals(({ lostAnswers }) => lostAnswers),
    latency: {
      exchanges: series(({ exchanges }) => exchanges),
      tenantMs: series(({ tenantMs }) => tenantMs),
      wholeMs: series(({ wholeMs }) => wholeMs),
    },
  };
}
