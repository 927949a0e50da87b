/** Fifteen minutes of events in numbers, by a clock that the test moves. */
import { describe, expect, it } from "vitest";
import { createHistory, type HistoryView } from "../../src/admin/history.ts";
import type { Event, ExchangeRecord } from "../../src/observe/events.ts";
import { EXCHANGE, everyEvent } from "../observe/sources.ts";
import { manualClock } from "../support/manual-clock.ts";

const BUCKET_MS = 15_000;

const exchange = (change: Partial<ExchangeRecord>): Event => ({ kind: "exchange", ...EXCHANGE, ...change });
const attempt = (change: object = {}): Event => ({ ...everyEvent.attempt, ...change }) as Event;
const withheld = (reason: string): Event => ({
  kind: "decision",
  route: "users",
  decision: "withheld",
  reason,
});

function viewAfter(...events: readonly Event[]): HistoryView {
  const history = createHistory(manualClock());
  events.forEach(history.observe);
  return history.view();
}

const lastOf = (series: HistoryView["callers"]) =>
  Object.fromEntries(
    Object.entries(series)
      .map(([word, values]) => [word, values.at(-1)])
      .filter(([, last]) => last !== 0),
  );

describe("what callers got", () => {
  it.each([
    [200, "2xx"],
    [204, "2xx"],
    [304, "3xx"],
    [404, "4xx"],
    [429, "4xx"],
    [499, "499"],
    [500, "5xx"],
    [508, "5xx"],
  ])("%i counts as %s", (status, word) => {
    expect(lastOf(viewAfter(exchange({ status })).callers)).toEqual({ [word]: 1 });
  });
});

describe("what the tenant answered", () => {
  it("is counted by attempt, a failure too", () => {
    const { tenant } = viewAfter(
      attempt({ class: "5xx" }),
      attempt({ class: "2xx" }),
      attempt({ class: "failure" }),
    );
    expect(lastOf(tenant)).toEqual({ "2xx": 1, "5xx": 1, failure: 1 });
  });
});

describe("what was saved", () => {
  it.each<[string, Partial<ExchangeRecord>, { retry: number; settled: number }]>([
    ["a first answer is not", {}, { retry: 0, settled: 0 }],
    ["a good answer after a retry", { attempts: 2 }, { retry: 1, settled: 0 }],
    ["a failure after all attempts is not", { attempts: 3, status: 503 }, { retry: 0, settled: 0 }],
    ["a caller who was told 404 in the end is not", { attempts: 2, status: 404 }, { retry: 0, settled: 0 }],
    ["an answer that broke off is not", { attempts: 2, delivery: "cut" }, { retry: 0, settled: 0 }],
    [
      "a lost answer that had been applied, once",
      { attempts: 2, settled: "applied" },
      { retry: 0, settled: 1 },
    ],
    [
      "a lost answer of unknown fate is not",
      { status: 504, settled: "unresolved" },
      { retry: 0, settled: 0 },
    ],
  ])("%s", (_, change, saved) => {
    expect(viewAfter(exchange(change)).saved).toEqual(saved);
  });
});

describe("what was denied", () => {
  it("is counted by its word", () => {
    const view = viewAfter(
      withheld("not-replayable"),
      withheld("not-replayable"),
      withheld("budget-spent"),
      { kind: "decision", route: "users", decision: "retried", reason: "unavailable" },
      { kind: "refused", family: "am", reason: "circuit-open" },
      everyEvent.settled,
    );
    expect(view.withheld).toEqual({ "not-replayable": 2, "budget-spent": 1 });
    expect(view.refused).toEqual({ "circuit-open": 1 });
    expect(Object.values(view.lostAnswers)).toEqual([1]);
  });
});

describe("time", () => {
  it("of the tenant is that of its attempts, the whole that of exchanges that had one", () => {
    const { latency } = viewAfter(
      attempt({ durationMs: 40 }),
      attempt({ durationMs: 20 }),
      exchange({ attempts: 2, durationMs: 160 }),
      exchange({ attempts: 0, status: 503, durationMs: 1 }),
    );
    expect([latency.exchanges.at(-1), latency.tenantMs.at(-1), latency.wholeMs.at(-1)]).toEqual([1, 60, 160]);
  });

  it("moves what was counted back, a bucket every fifteen seconds, and out after fifteen minutes", async () => {
    const clock = manualClock();
    const history = createHistory(clock);
    const places = () => history.view().callers["5xx"]?.flatMap((count, index) => (count > 0 ? [index] : []));
    history.observe(exchange({ status: 503 }));
    history.observe(withheld("no-time"));
    expect(places()).toEqual([59]);
    await clock.advance(BUCKET_MS - 1);
    expect(places()).toEqual([59]);
    await clock.advance(1);
    expect(places()).toEqual([58]);
    history.observe(exchange({ status: 503 }));
    expect(places()).toEqual([58, 59]);
    await clock.advance(58 * BUCKET_MS);
    expect(places()).toEqual([0, 1]);
    expect(history.view().withheld).toEqual({ "no-time": 1 });
    await clock.advance(BUCKET_MS);
    expect(places()).toEqual([0]);
    expect(history.view().withheld).toEqual({});
    await clock.advance(BUCKET_MS);
    expect(places()).toEqual([]);
  });

  it("keeps no more than fifteen minutes, however long it goes on", async () => {
    const clock = manualClock();
    const history = createHistory(clock);
    for (let bucket = 0; bucket < 200; bucket++) {
      history.observe(exchange({}));
      await clock.advance(BUCKET_MS);
    }
    expect(history.view().callers["2xx"]?.reduce((sum, count) => sum + count)).toBe(59);
    expect(history.view().callers["2xx"]).toHaveLength(60);
  });
});

it("every event is taken", () => {
  const history = createHistory(manualClock());
  Object.values(everyEvent).forEach(history.observe);
  expect(history.view().bucketSeconds).toBe(15);
});
