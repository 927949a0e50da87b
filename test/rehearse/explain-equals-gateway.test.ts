/**
 * `explain` says what the running gateway does: policies, requests and what becomes of them are made by chance; each is
 * asked of `explain` and sent through a real gateway to a real socket, and the two have to agree.
 *
 * `explain` speaks of a gateway at rest: circuit closed, gate open, budget full, no family known yet, nobody else
 * there. So every exchange meets state of its own, freshly made; one gateway serves them all, under one policy after
 * the other. Time is a clock that only this test moves, so that a wait is exactly as long as was asked for.
 *
 * Of later attempts `explain` is asked with their number. It does not know what the earlier ones took of the deadline
 * and did to the throttle gate: that such an attempt comes later, or not any more, is the one thing they may differ in.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { REPLAY_CLASSES } from "../../src/crest/words.ts";
import { requestTable } from "../../src/decide/table.ts";
import { DIALECTS, MEANINGS, ORIGINS, WITHHELD_REASONS } from "../../src/decide/words.ts";
import { compilePolicy } from "../../src/policy/load.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { type Explanation, explain } from "../../src/rehearse/explain.ts";
import { type Running, startGateway } from "../support/gateway.ts";
import { EXAMPLES } from "./explained/examples.ts";
import { type Done, exchangeAtRest, type Question, steppedClock } from "./explained/one-exchange.ts";
import { policyTexts } from "./explained/policies.ts";
import { requests } from "./explained/requests.ts";
import { type Deed, deedOf, startUpstream, type Upstream } from "./explained/upstream.ts";
import { type Wire, wires } from "./explained/wires.ts";

const SEED = 20260101;
const POLICIES = 60;
const RUNS = 700;

/** An exchange takes a few milliseconds; one that hangs is shown as a counterexample. */
const HANGS_MS = 5_000;

const RETRIED = "retried";
const ID_REFUSED = "client-id-refused";

const ROUNDING_MS = 1e-6;
const NEVER = Number.POSITIVE_INFINITY;

const clock = steppedClock();
let gateway: Running;
let upstream: Upstream;
beforeAll(async () => {
  gateway = await startGateway({ clock });
  upstream = await startUpstream();
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

/** By their text, which is what a counterexample shows. */
const policies = new Map<string, Policy>();
const compiles = (text: string): boolean => {
  const loaded = compilePolicy(text, { file: "policy.yaml", env: {} });
  if ("policy" in loaded) policies.set(text, loaded.policy);
  return "policy" in loaded;
};
const texts = fc
  .sample(policyTexts, { numRuns: 8 * POLICIES, seed: SEED })
  .filter(compiles)
  .slice(0, POLICIES);

const examples = EXAMPLES.filter(([text]) => compiles(text));

/** What was explained so far: dialects, classes, and what came of it. */
const met = new Set<string>();

const questions: fc.Arbitrary<Question> = fc.record({
  request: requests,
  wire: wires,
  always: fc.boolean(),
  random: fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1000),
});

const GOOD: Wire = { kind: "answer", status: 200, headers: [], body: "{}", framing: "length" };

/** What `explain` says of the nth attempt, had the gateway been at rest before it. */
function said(
  policy: Policy,
  { request }: Question,
  told: { readonly deed: Deed; readonly nth: number; readonly wallMs: number } | undefined,
): Explanation {
  const { method, target, body = "" } = request;
  const headers = ["Host", "gateway", ...request.headers.flat()];
  const explained = explain(
    policy,
    { method, target, headers, body: Buffer.from(body) },
    told && { outcome: told.deed.outcome, attempts: told.nth, wallMs: told.wallMs },
  );
  if ("problem" in explained) throw new Error(explained.problem);
  return explained;
}

/** A write is let finish when its caller leaves: its attempt ends in some other way. */
function possible(policy: Policy, question: Question): Wire {
  const { wire } = question;
  if (wire.kind !== "failure" || wire.failure !== "caller-left") return wire;
  return said(policy, question, undefined).asked.replay === "read"
    ? wire
    : { kind: "failure", failure: "timeout" };
}

/** Once its collection has refused an id of ours, a create goes as it came. */
function withoutOwnIds(policy: Policy): Policy {
  const routes = policy.routes.rows.map((route) => ({ ...route, replayableCreates: false }));
  return { ...policy, routes: requestTable(routes) };
}

/** What the gate may add to the wait for a later attempt: earlier ones closed it, or used up what was left. */
function gateBesideRestMs(policy: Policy, { wire }: Question, family: string, nth: number): number {
  if (nth === 1) return 0;
  const counted = wire.kind === "answer" && wire.headers.some(([name]) => name === "x-ratelimit-remaining");
  return counted ? NEVER : policy.familySettings(family).throttle.spacingMs;
}

function expectAgreement(policy: Policy, question: Question, deeds: (nth: number) => Deed, done: Done): void {
  const { attempts, decisions, begun, refusals, record } = done;
  expect(record.attempts).toBe(attempts.length);
  expect(attempts.length).toBeGreaterThan(0);

  let unknown = false;
  let inForce = policy;
  for (const [index, attempt] of attempts.entries()) {
    const nth = index + 1;
    const isLast = nth === attempts.length;
    const decision = decisions[index];
    const wallMs = decision?.wallMs ?? clock.wall();
    const { chosen, asked, route, told } = said(inForce, question, { deed: deeds(nth), nth, wallMs });
    if (!told) throw new Error("an answer was given");
    const { judged, idRefused } = told;
    const { soonest, latest } = told.next;
    const { meaning, origin } = judged;
    met.add(asked.dialect).add(asked.replay).add(meaning).add(origin);
    met.add(idRefused ? ID_REFUSED : soonest.kind === "stop" ? soonest.reason : RETRIED);

    const named = { route: chosen.label, family: chosen.familyName, meaning };
    expect(attempt).toMatchObject(named);

    const gateMs = gateBesideRestMs(policy, question, chosen.familyName, nth);
    const mostMs = latest.kind === "retry" ? latest.delayMs + gateMs : NEVER;
    let reason: string | undefined;
    if (meaning === "ok") {
      expect(soonest).toEqual({ kind: "stop", reason: "answered" });
      expect(decision).toBeUndefined();
    } else if (soonest.kind === "stop") {
      reason = soonest.reason;
      // To send a create as it came is decided before the gate is asked.
      if (idRefused) expect(refusals).toMatchObject([{ reason }]);
      else expect(decision).toMatchObject({ decision: "withheld", reason });
    } else if (decision?.decision === "retried") {
      const waitedMs = (begun[nth] ?? Number.NaN) - decision.at;
      expect(decision.reason).toBe(idRefused ? ID_REFUSED : meaning);
      expect(waitedMs).toBeGreaterThanOrEqual(soonest.delayMs - ROUNDING_MS);
      expect(waitedMs).toBeLessThanOrEqual(mostMs + ROUNDING_MS);
      expect(isLast).toBe(false);
    } else {
      // No time left, for jitter was long or earlier attempts were.
      const leftMs = (begun[0] ?? 0) + route.settings.deadlineMs - (decision?.at ?? 0);
      reason = decision?.reason;
      expect(["no-time", "throttled"]).toContain(reason);
      expect(nth > 1 || latest.kind === "stop").toBe(true);
      expect(mostMs).toBeGreaterThanOrEqual(leftMs - ROUNDING_MS);
    }

    unknown = meaning !== "ok" && (unknown || judged.processed === "unknown");
    if (idRefused) inForce = withoutOwnIds(policy);
    if (!isLast) continue;
    const { operation, replay } = asked;
    const processed = unknown ? "unknown" : judged.processed;
    expect(record).toMatchObject({ ...named, operation, replay, origin, processed });
    expect(record.reason).toBe(reason);
    expect(refusals).toHaveLength(idRefused ? 1 : 0);
  }
}

it("has policies of every kind to ask about", () => {
  expect(texts).toHaveLength(POLICIES);
  const profiles = texts.map((text) => policies.get(text)?.profile);
  expect(new Set(profiles)).toEqual(new Set(["aic", "crest", "none"]));
  expect(examples).toHaveLength(EXAMPLES.length);
});

it("what explain says is what the gateway does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...texts), questions, async (text, asked) => {
      const policy = policies.get(text);
      if (!policy) throw new Error("no such policy");
      const question = { ...asked, wire: possible(policy, asked) };
      const { wire, always, request } = question;
      const wallMs = clock.wall();
      const first = deedOf(wire, request.method, wallMs);
      const later = always || wire.kind === "failure" ? first : deedOf(GOOD, request.method, wallMs);
      const deeds = (nth: number): Deed => (nth === 1 ? first : later);
      const done = await exchangeAtRest(policy, question, deeds, { clock, gateway, upstream });
      expectAgreement(policy, question, deeds, done);
    }),
    { seed: SEED, numRuns: RUNS, examples, timeout: HANGS_MS, endOnFailure: true },
  );
  // Circuit and budget of a gateway at rest withhold nothing; all else that can be said was said.
  const words = [
    ...DIALECTS,
    ...REPLAY_CLASSES,
    ...MEANINGS,
    ...ORIGINS,
    ...WITHHELD_REASONS,
    RETRIED,
    ID_REFUSED,
  ];
  expect(words.filter((word) => !met.has(word))).toEqual(["circuit-open", "budget-spent"]);
});
