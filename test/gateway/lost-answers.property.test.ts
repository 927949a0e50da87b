/**
 * Histories by chance: several callers, other writers, and a tenant that fails at every stage, against the real gateway
 * over real sockets. Whatever happens, nothing is done twice and nobody is lied to; `laws.ts` says what that means.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FATES, type Fate, type History, type Move, NAMES, type Run, run } from "../support/history.ts";
import { broken } from "../support/laws.ts";
import { type Lockstep, startLockstep } from "../support/lockstep.ts";
import type { Operation } from "../support/operations.ts";

/** A search can be longer, or begin elsewhere. */
const HISTORIES = Number(process.env.HISTORIES ?? 5000);
const SEED = Number(process.env.SEED ?? 20260801);

/** Each value as often as its number says. */
const weighted = <T>(...weights: readonly (readonly [number, T])[]): fc.Arbitrary<T> =>
  fc.oneof(...weights.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

const operation: fc.Arbitrary<Operation> = fc.record({
  verb: weighted<Operation["verb"]>(
    [4, "put"],
    [3, "create"],
    [4, "replace"],
    [2, "remove"],
    [2, "increment"],
    [3, "delete"],
    [1, "post"],
    [1, "refusing"],
    [4, "keyed"],
  ),
  revision: weighted<Operation["revision"]>([5, "current"], [2, "none"], [1, "old"]),
  password: weighted([3, false], [1, true]),
  fields: fc.boolean(),
  key: weighted([2, undefined], [3, 1], [1, 2]),
  content: weighted([3, 1], [1, 2]),
});

const fate = weighted<Fate>(
  ...Object.keys(FATES).map((each) => [each === "is served" ? 8 : 2, each as Fate] as const),
  [8, "is served, the answer is lost"],
  [3, "is served by a replica one change behind"],
);

const name = fc.constantFrom(...NAMES);

const call: fc.Arbitrary<Move> = fc.record({ kind: fc.constant("call"), name, operation });

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: call },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant("fate"), name, fate }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("elsewhere"),
      write: fc.constantFrom("note", "put", "remove", "delete"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "time" }) },
);

const history: fc.Arbitrary<History> = fc.record({
  present: weighted([2, true], [1, false]),
  moves: fc
    .tuple(call, fc.array(move, { maxLength: 15, size: "max" }))
    .map(([first, others]) => [first, ...others]),
  lag: weighted<History["lag"]>([4, 0], [1, 1], [1, 2]),
  late: fc.boolean(),
});

const counted = {
  histories: 0,
  exchanges: 0,
  attempts: 0,
  "read-backs": 0,
  "lost answers": 0,
  applied: 0,
  "not-applied": 0,
  unresolved: 0,
};

let world: Lockstep;
beforeAll(async () => {
  world = await startLockstep();
});
afterAll(() => world.close());

/** What happened, line by line, and what is wrong with it; undefined when nothing is. */
async function wrongIn(each: History): Promise<string | undefined> {
  let happened: Run;
  try {
    happened = await run(each, world);
  } catch (error) {
    await world.close();
    world = await startLockstep();
    return `${JSON.stringify(each)}\nWRONG: ${error}`;
  }
  const wrong = broken(happened);
  counted.histories++;
  counted.exchanges += happened.calls.length;
  for (const { method } of happened.calls.flatMap(({ exchange }) => exchange.requests))
    counted[method === "GET" ? "read-backs" : "attempts"]++;
  for (const { result } of happened.settled) {
    counted["lost answers"]++;
    counted[result]++;
  }
  return wrong.length === 0
    ? undefined
    : [...happened.script, ...wrong.map((each) => `WRONG: ${each}`)].join("\n");
}

/** The story of a history without all that is not needed for it to go wrong. */
async function smallest(failing: History): Promise<string> {
  const fewer = failing.moves.map((_, place) => ({ ...failing, moves: failing.moves.toSpliced(place, 1) }));
  const plainer: History[] = [
    ...fewer,
    { ...failing, present: false },
    { ...failing, lag: 0 },
    { ...failing, late: false },
  ];
  for (const each of plainer)
    if (!isDeepStrictEqual(each, failing) && (await wrongIn(each)) !== undefined) return smallest(each);
  return (await wrongIn(failing)) ?? "it does not go wrong every time";
}

it("no history makes the gateway do a thing twice or tell a lie", { timeout: 300_000 }, async () => {
  const law = fc.asyncProperty(history, async (each) => (await wrongIn(each)) === undefined);
  const { failed, counterexample } = await fc.check(law, {
    seed: SEED,
    numRuns: HISTORIES,
  });
  const told = Object.entries(counted).map(([what, count]) => `${count} ${what}`);
  if (!failed) console.info(told.join(", "));
  expect(counterexample ? await smallest(counterexample[0]) : "").toBe("");
});
