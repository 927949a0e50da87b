/**
 * `explain` says what the running gateway does: for policies, requests and answers made by chance, each is asked of
 * `explain` and sent through a real gateway to a real socket, and the two have to agree.
 *
 * `explain` speaks of a gateway at rest: circuit closed, gate open, budget full, no family known yet. So every exchange
 * meets families of its own, freshly made, and is alone; one gateway serves all of them, under one policy after the
 * other. Time is a clock that only this test moves, from timer to timer, so that a wait is exactly as long as asked.
 * Of later attempts `explain` is asked with `--attempt`; it does not know how much of the deadline the earlier ones
 * took, so that a gateway which has run out of time is the one thing they may differ in.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Explanation, explain } from "../../src/gateway/explain.ts";
import { Families } from "../../src/guard/families.ts";
import type { Event, ExchangeRecord } from "../../src/observe/events.ts";
import { compilePolicy } from "../../src/policy/load.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { type Running, startGateway } from "../support/gateway.ts";
import { manualClock, turnsUntil } from "../support/manual-clock.ts";
import { rawRequest } from "../support/raw-client.ts";
import { policyTexts, type Question, questions } from "./questions.ts";
import { type Deed, deedOf, requestBytes, startUpstream, type Upstream } from "./wire.ts";

const SEED = 20260101;
const POLICIES = 40;
const RUNS = 500;

const ROUNDING_MS = 1e-6;
const NEVER = Number.POSITIVE_INFINITY;

/** A clock that can be moved to whatever is waited for next. */
function steppedClock() {
  const manual = manualClock();
  const timers = new Set<{ readonly due: number }>();
  return {
    ...manual,
    after(delayMs: number, then: () => void) {
      const timer = { due: manual.now() + Math.max(0, delayMs) };
      timers.add(timer);
      const cancel = manual.after(delayMs, () => {
        timers.delete(timer);
        then();
      });
      return () => {
        timers.delete(timer);
        cancel();
      };
    },
    async step() {
      await manual.advance(Math.min(...[...timers].map(({ due }) => due)) - manual.now());
    },
  };
}

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

const policies: readonly Policy[] = fc
  .sample(policyTexts, { numRuns: 8 * POLICIES, seed: SEED })
  .flatMap((text) => {
    const loaded = compilePolicy(text, { file: "policy.yaml", env: {} });
    return "policy" in loaded ? [loaded.policy] : [];
  })
  .slice(0, POLICIES);

type Decision = Extract<Event, { kind: "decision" }> & { readonly at: number; readonly wallMs: number };

/** What the gateway did. */
type Done = {
  readonly attempts: readonly Extract<Event, { kind: "attempt" }>[];
  /** The moments at which attempts began. */
  readonly begun: readonly number[];
  /** After each attempt that did not end `ok`. */
  readonly decisions: readonly Decision[];
  readonly refused: readonly Event[];
  readonly record: ExchangeRecord;
  readonly seen: number;
};

/** Sends the question through the gateway, moving the clock whenever nothing but time is waited for. */
async function run(
  policy: Policy,
  { request, wire, random }: Question,
  deeds: (nth: number) => Deed,
): Promise<Done> {
  const begun: number[] = [];
  const events: Event[] = [];
  const decisions: Decision[] = [];
  let record: ExchangeRecord | undefined;
  const tenant = upstream.tenantFor(wire);
  const ofKind = <K extends Event["kind"]>(kind: K) =>
    events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
  Object.assign(gateway.gateway, {
    policy: () => policy,
    families: new Families(clock, () => {}),
    tenant: {
      ...tenant,
      agentFor: (replay: Parameters<typeof tenant.agentFor>[0]) => {
        begun.push(clock.now());
        return tenant.agentFor(replay);
      },
    },
    observe: (event: Event) => {
      events.push(event);
      if (event.kind === "decision") decisions.push({ ...event, at: clock.now(), wallMs: clock.wall() });
      if (event.kind === "exchange") record = event;
    },
  });
  clock.setRandom(random);
  upstream.begin(deeds);

  let hangUp = (): void => {};
  const caller = rawRequest(gateway.url, requestBytes(request), (socket) => {
    hangUp = () => socket.destroy();
  });
  const failure = wire.kind === "failure" ? wire.failure : undefined;
  const underway = () => begun.length > ofKind("attempt").length;
  const pausing = () => !underway() && decisions.at(-1)?.decision === "retried" && clock.pending() > 0;
  const unheard = () =>
    underway() &&
    clock.pending() > 0 &&
    (failure === "connect-timeout" || (failure === "timeout" && upstream.seen() === begun.length));
  const leaving = () => failure === "caller-left" && underway() && upstream.seen() === begun.length;
  for (;;) {
    await turnsUntil(() => record !== undefined || pausing() || unheard() || leaving());
    if (record) break;
    if (leaving()) {
      hangUp();
      await turnsUntil(() => record !== undefined);
    } else await clock.step();
  }
  await caller;
  return {
    attempts: ofKind("attempt"),
    begun,
    decisions,
    refused: ofKind("refused"),
    record,
    seen: upstream.seen(),
  };
}

/** What `explain` says of the nth attempt, had it been at rest before. */
function said(
  policy: Policy,
  { request }: Question,
  deed: Deed | undefined,
  nth: number,
  wallMs: number,
): Explanation {
  const { method, target, body } = request;
  const explained = explain(
    policy,
    {
      method,
      target,
      headers: ["Host", "gateway", ...request.headers.flat()],
      body: body === undefined ? undefined : Buffer.from(body),
    },
    deed && { outcome: deed.outcome, attempts: nth, wallMs },
  );
  if ("problem" in explained) throw new Error(explained.problem);
  return explained;
}

/** What the throttle gate may add when it is not at rest: earlier attempts have closed it, or used up what was left. */
function gateBesideRest(
  policy: Policy,
  { wire }: Question,
  { familyName }: Explanation["chosen"],
  nth: number,
) {
  if (nth === 1) return 0;
  const counted = wire.kind === "answer" && wire.headers.some(([name]) => name === "x-ratelimit-remaining");
  return counted ? NEVER : policy.familySettings(familyName).throttle.spacingMs;
}

/** A write is let finish when its caller leaves: its attempt ends in some other way. */
function possible(policy: Policy, question: Question): Question["wire"] {
  const { wire } = question;
  if (wire.kind !== "failure" || wire.failure !== "caller-left") return wire;
  const { asked } = said(policy, question, undefined, 1, 0);
  return asked.replay === "read" ? wire : { kind: "failure", failure: "timeout" };
}

function agree(
  policy: Policy,
  question: Question,
  deeds: (nth: number) => Deed,
  done: Done,
  startedAt: number,
): void {
  const { record, attempts, decisions } = done;
  let unknown = false;
  let meaning: string | undefined;
  for (const [index, attempt] of attempts.entries()) {
    const nth = index + 1;
    const decision = decisions[index];
    const { chosen, route, asked, told } = said(
      policy,
      question,
      deeds(nth),
      nth,
      decision?.wallMs ?? clock.wall(),
    );
    if (!told) throw new Error("nothing was told");
    const { judged, next } = told;
    meaning = judged.meaning;
    unknown = meaning !== "ok" && (unknown || judged.processed === "unknown");
    expect({ route: attempt.route, family: attempt.family, meaning: attempt.meaning }).toEqual({
      route: chosen.label,
      family: chosen.familyName,
      meaning,
    });
    const { soonest, latest } = next;
    const most =
      latest.kind === "retry" ? latest.delayMs + gateBesideRest(policy, question, chosen, nth) : NEVER;
    if (meaning === "ok") {
      expect(soonest).toEqual({ kind: "stop", reason: "answered" });
      expect(nth).toBe(attempts.length);
    } else if (soonest.kind === "stop") {
      expect(decision).toMatchObject({ decision: "withheld", reason: soonest.reason });
    } else if (decision?.decision === "retried") {
      const waited = (done.begun[nth] ?? Number.NaN) - decision.at;
      expect(decision.reason).toBe(meaning);
      expect(waited).toBeGreaterThanOrEqual(soonest.delayMs - ROUNDING_MS);
      expect(waited).toBeLessThanOrEqual(most + ROUNDING_MS);
    } else {
      // Out of time, by jitter or by what earlier attempts took.
      const left = startedAt + route.settings.deadlineMs - (decision?.at ?? 0);
      expect(["no-time", "throttled"]).toContain(decision?.reason);
      expect(most).toBeGreaterThanOrEqual(left - ROUNDING_MS);
      expect(nth > 1 || latest.kind === "stop").toBe(true);
    }
    if (nth === attempts.length) {
      const { operation, replay } = asked;
      expect({ ...record, meaning: record.meaning }).toMatchObject({
        route: chosen.label,
        family: chosen.familyName,
        operation,
        replay,
        origin: judged.origin,
        meaning,
        processed: unknown ? "unknown" : judged.processed,
        attempts: nth,
      });
      expect(record.reason).toBe(meaning === "ok" ? undefined : decision?.reason);
    }
  }
  expect(done.refused).toEqual([]);
  expect(attempts.length).toBeGreaterThan(0);
}

it("has policies of every kind to ask about", () => {
  expect(policies).toHaveLength(POLICIES);
  expect(new Set(policies.map(({ profile }) => profile))).toEqual(new Set(["aic", "crest", "none"]));
});

it("what explain says is what the gateway does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(POLICIES - 1), questions, async (which, asked) => {
      const policy = policies[which];
      if (!policy) throw new Error("no such policy");
      const { method } = asked.request;
      const wallMs = clock.wall();
      const question = { ...asked, wire: possible(policy, asked) };
      const always = deedOf(question.wire, method, wallMs);
      const good = deedOf(
        { kind: "answer", status: 200, headers: [], body: "{}", framing: "length" },
        method,
        wallMs,
      );
      const repeats = asked.always || asked.wire.kind === "failure";
      const deeds = (nth: number): Deed => (nth === 1 || repeats ? always : good);
      const startedAt = clock.now();
      const done = await run(policy, question, deeds);
      agree(policy, question, deeds, done, startedAt);
    }),
    { seed: SEED, numRuns: RUNS, timeout: 3000, endOnFailure: true },
  );
});
