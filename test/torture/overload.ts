/**
 * What callers and tenant see of too much load, and how soon it is over. Outages and overload are simulated by a clock
 * of their own (`load.ts`), so that two minutes of it take seconds and every figure is exact; what is about sockets is in
 * `crowds.ts`.
 */
import { sleep } from "../../src/clock.ts";
import { crowdFigures } from "./crowds.ts";
import type { Figure, Form } from "./figure.ts";
import { type Asked, type Load, startLoad } from "./load.ts";
import type { Illness } from "./modelled-tenant.ts";

const CAPACITY = 200;
/** Nine tenths of it. */
const OFFERED = 180;
const CALLERS = 2000;
const HEALTHY_MS = 40_000;
const AFTERWARDS_MS = 20_000;

const BACK_WITHIN_MS = 5000;
const MOST_TIMES = 1.2;
const REFUSED_WITHIN_MS = 50;
const GOOD_SHARE = 0.95;

/** Where a second begins that is looked at: each is looked at, wherever it begins. */
const STEP_MS = 50;

type Outage = {
  readonly seconds: number;
  readonly kind: Illness["kind"];
  readonly form: Form;
  readonly backWithinMs: number;
  readonly refusedWithinMs: number;
};

const LOUD = { backWithinMs: BACK_WITHIN_MS, refusedWithinMs: REFUSED_WITHIN_MS };
/** As long as nobody knows that no answer will come, who waits for a place waits all of `limits.wait`. */
const SILENT = { backWithinMs: BACK_WITHIN_MS, refusedWithinMs: 1050 };

const OUTAGES: readonly Outage[] = [
  { seconds: 10, kind: "answers-503", form: "full", ...LOUD },
  { seconds: 20, kind: "answers-503", form: "short", ...LOUD },
  { seconds: 36, kind: "answers-503", form: "full", ...LOUD },
  { seconds: 120, kind: "answers-503", form: "full", ...LOUD },
  { seconds: 36, kind: "refuses", form: "full", ...LOUD },
  // Too short for the circuit to open: the places come back when the time of the lost attempts is over.
  { seconds: 12, kind: "says-nothing", form: "full", ...SILENT, backWithinMs: 10_000 },
  { seconds: 36, kind: "says-nothing", form: "full", ...SILENT },
];

export async function figures(form: Form): Promise<Figure[]> {
  const all: Figure[] = [];
  for (const outage of OUTAGES)
    if (form === "full" || outage.form === "short") all.push(...(await outageFigures(outage)));
  all.push(...(await twiceTheCapacity(form)));
  if (form === "full") all.push(...(await manyCallers()), ...(await crowdFigures()));
  return all;
}

async function outageFigures({ seconds, kind, backWithinMs, refusedWithinMs }: Outage): Promise<Figure[]> {
  const name = `outage of ${seconds} s (${kind}) at 90 % load`;
  process.stderr.write(`${name}\n`);
  const healedAt = HEALTHY_MS + seconds * 1000;
  const endsAt = healedAt + AFTERWARDS_MS;
  const load = startLoad(CAPACITY, [{ fromMs: HEALTHY_MS, untilMs: healedAt, kind }]);
  load.openLoop(OFFERED, 0, endsAt);
  await load.clock.runUntil(endsAt + 40_000);
  return [
    within(name, "callers are served again", backAfterMs(load, healedAt, endsAt), backWithinMs),
    amplification(name, load, endsAt),
    refusals(name, load, refusedWithinMs),
  ];
}

/** Who asks twice as much as there is: as much is done as can be, and the others are told so at once. */
async function twiceTheCapacity(form: Form): Promise<Figure[]> {
  const name = "twice the tenant's capacity";
  process.stderr.write(`${name}\n`);
  const from = 5_000;
  const until = from + (form === "full" ? 60_000 : 15_000);
  const endsAt = until + AFTERWARDS_MS;
  const load = startLoad(CAPACITY, []);
  load.openLoop(OFFERED, 0, from);
  load.openLoop(2 * CAPACITY, from, until);
  load.openLoop(OFFERED, until, endsAt);
  await load.clock.runUntil(endsAt + 40_000);
  return [
    goodput(name, load, from + BACK_WITHIN_MS, until),
    within(name, "callers are served again", backAfterMs(load, until, endsAt), BACK_WITHIN_MS),
    amplification(name, load, endsAt),
    refusals(name, load, REFUSED_WITHIN_MS),
  ];
}

/** Each asks, and asks again as soon as it has its answer, or when it was told to come back. */
async function manyCallers(): Promise<Figure[]> {
  const name = `${CALLERS} callers who ask again and again`;
  process.stderr.write(`${name}\n`);
  const until = 30_000;
  const load = startLoad(CAPACITY, []);
  const { clock } = load;
  const served = new Set<number>();
  const caller = async (which: number): Promise<void> => {
    while (clock.now() < until) {
      const told = await load.ask();
      if (isGood(told)) served.add(which);
      else await sleep(clock, Number(told.retryAfter) * 1000);
    }
  };
  for (let which = 0; which < CALLERS; which++) clock.at(which % 1000, () => void caller(which));
  await clock.runUntil(until + 60_000);
  const most = load.tenant.mostAtOnce();
  return [
    goodput(name, load, BACK_WITHIN_MS, until),
    refusals(name, load, REFUSED_WITHIN_MS),
    {
      name,
      expected: "the tenant has at most 128 requests at once",
      actual: `${most} at once; ${served.size} of ${CALLERS} callers served in ${until / 1000} s`,
      ok: most <= 128,
    },
  ];
}

const isGood = ({ status }: Asked): boolean => status < 400;
const finishedAt = ({ at, afterMs }: Asked): number => at + afterMs;

/** How many of these lie in the second that begins at `from`. */
function inSecond(times: readonly number[], from: number): number {
  let many = 0;
  for (const at of times) if (at >= from && at < from + 1000) many++;
  return many;
}

/** How long after `healedAt` the last second began in which fewer callers were served than should be. */
function backAfterMs({ asked }: Load, healedAt: number, endsAt: number): number {
  let backMs = 0;
  const later = asked.filter(({ at }) => at >= healedAt);
  const came = later.map(({ at }) => at);
  const good = later.filter(isGood).map(({ at }) => at);
  for (let from = healedAt; from + 1000 <= endsAt; from += STEP_MS)
    if (inSecond(good, from) < GOOD_SHARE * inSecond(came, from)) backMs = from + STEP_MS - healedAt;
  return backMs;
}

function amplification(name: string, { asked, tenant }: Load, endsAt: number): Figure {
  const offered = asked.map(({ at }) => at);
  let worst = 0;
  for (let from = 0; from + 1000 <= endsAt; from += STEP_MS) {
    const came = inSecond(offered, from);
    if (came > 0) worst = Math.max(worst, inSecond(tenant.saw, from) / came);
  }
  return {
    name,
    expected: `the tenant sees at most ${MOST_TIMES} times what is offered, in every second`,
    actual: `${worst.toFixed(2)} times`,
    ok: worst <= MOST_TIMES,
  };
}

/** As much is done as the tenant can do. */
function goodput(name: string, { asked }: Load, from: number, until: number): Figure {
  const done = asked.filter(
    (each) => isGood(each) && finishedAt(each) >= from && finishedAt(each) < until,
  ).length;
  const perSecond = (done * 1000) / (until - from);
  return {
    name,
    expected: `at least ${GOOD_SHARE * CAPACITY} answered a second, of the ${CAPACITY} that can be`,
    actual: `${perSecond.toFixed(1)} a second`,
    ok: perSecond >= GOOD_SHARE * CAPACITY,
  };
}

/** Those for whom nobody asked the tenant. */
function refusals(name: string, { asked }: Load, mostMs: number): Figure {
  const refused = asked.filter(({ attempts }) => attempts === 0);
  const slowest = Math.max(0, ...refused.map(({ afterMs }) => afterMs));
  const wrong = refused.filter(({ status, retryAfter }) => status !== 503 || !(Number(retryAfter) >= 1));
  return {
    name,
    expected: `who is refused is told 503 with Retry-After within ${mostMs} ms`,
    actual: `${refused.length} refused, the slowest after ${slowest.toFixed(0)} ms, ${wrong.length} told otherwise`,
    ok: slowest < mostMs && wrong.length === 0,
  };
}

function within(name: string, what: string, ms: number, mostMs: number): Figure {
  const seconds = (time: number): string => `${(time / 1000).toFixed(1)} s`;
  return {
    name,
    expected: `${what} within ${seconds(mostMs)}`,
    actual: `after ${seconds(ms)}`,
    ok: ms <= mostMs,
  };
}
