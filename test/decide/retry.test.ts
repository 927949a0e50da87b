import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REPLAY_CLASSES } from "../../src/crest/words.ts";
import { decideRetry, type RetryQuestion } from "../../src/decide/retry.ts";
import { mayRepeat } from "../../src/decide/verdict.ts";
import { RETRY_RULES, WITHHELD_REASONS, type WithheldReason } from "../../src/decide/words.ts";

/** A question that is answered with a retry after 60 ms. */
const YES: RetryQuestion = {
  rule: "idempotent",
  replay: "idempotent",
  callerLeft: false,
  bodyHeld: true,
  attempts: 1,
  maxAttempts: 3,
  toldMs: undefined,
  toldMaxMs: 20_000,
  minDelayMs: 0,
  backoffMs: 60,
  timeLeftMs: 10_000,
  circuitOpen: false,
  gateWaitMs: 0,
  withdraw: () => true,
};

/** What has to be so for the answer to be this reason. */
const WHEN: Record<WithheldReason, Partial<RetryQuestion>> = {
  answered: { rule: "never" },
  "caller-left": { callerLeft: true },
  "not-replayable": { replay: "unsafe" },
  "body-not-held": { bodyHeld: false },
  "attempts-spent": { attempts: 3 },
  "no-time": { timeLeftMs: 60 },
  "circuit-open": { circuitOpen: true },
  throttled: { gateWaitMs: 20_000 },
  "budget-spent": { withdraw: () => false },
};

const stop = (reason: WithheldReason) => ({ kind: "stop", reason });
const wait = (delayMs: number) => ({ kind: "retry", delayMs });

describe("whether there is a next attempt", () => {
  it("is yes when nothing speaks against it", () => {
    expect(decideRetry(YES)).toEqual(wait(60));
  });

  it.each(WITHHELD_REASONS)("is no: %s", (reason) => {
    expect(decideRetry({ ...YES, ...WHEN[reason] })).toEqual(stop(reason));
  });

  const pairs = WITHHELD_REASONS.flatMap((earlier, index) =>
    WITHHELD_REASONS.slice(index + 1).map((later) => [earlier, later] as const),
  );
  it.each(pairs)("is '%s' rather than '%s' when both hold", (earlier, later) => {
    expect(decideRetry({ ...YES, ...WHEN[later], ...WHEN[earlier] })).toEqual(stop(earlier));
  });

  it("gives the first reason that holds, whichever hold", () => {
    fc.assert(
      fc.property(fc.subarray([...WITHHELD_REASONS]), (reasons) => {
        const question = Object.assign(
          {},
          YES,
          ...reasons.toReversed().map((reason) => WHEN[reason]),
        ) as RetryQuestion;
        const [first] = reasons;
        expect(decideRetry(question)).toEqual(first === undefined ? wait(60) : stop(first));
      }),
    );
  });

  it.each(RETRY_RULES)("follows the rule '%s' for every class", (rule) => {
    for (const replay of REPLAY_CLASSES) {
      const reason = rule === "never" ? "answered" : "not-replayable";
      expect(decideRetry({ ...YES, rule, replay })).toEqual(
        mayRepeat(rule, replay) ? wait(60) : stop(reason),
      );
    }
  });
});

describe("the last attempt", () => {
  it.each([
    [1, 1, false],
    [1, 2, true],
    [2, 2, false],
    [2, 3, true],
    [4, 3, false],
  ])("after %i of %i", (attempts, maxAttempts, again) => {
    expect(decideRetry({ ...YES, attempts, maxAttempts })).toEqual(again ? wait(60) : stop("attempts-spent"));
  });
});

describe("how long to wait", () => {
  it.each<[string, Partial<RetryQuestion>, number]>([
    ["the backoff, when nobody told", {}, 60],
    ["not at all, when chance says so", { backoffMs: 0 }, 0],
    ["the backoff on top of what the tenant told", { toldMs: 2000 }, 2060],
    ["what the tenant told at least", { toldMs: 2000, backoffMs: 0 }, 2000],
    ["the backoff, when the tenant told to come at once", { toldMs: 0 }, 60],
    ["what the meaning asks for at least", { minDelayMs: 1000 }, 1000],
    ["the backoff, when it is more than the meaning asks for", { minDelayMs: 50 }, 60],
    [
      "what the tenant told, when it is more than the meaning asks for",
      { toldMs: 2000, minDelayMs: 1000 },
      2060,
    ],
    [
      "what the meaning asks for, when it is more than the tenant told",
      { toldMs: 500, minDelayMs: 1000 },
      1000,
    ],
  ])("%s", (_, question, delayMs) => {
    expect(decideRetry({ ...YES, ...question })).toEqual(wait(delayMs));
  });

  it("is never less than anybody asked for, and always ends before the deadline", () => {
    const ms = fc.integer({ min: 0, max: 30_000 });
    const asked = fc.record({
      toldMs: fc.option(ms, { nil: undefined }),
      minDelayMs: ms,
      backoffMs: fc.integer({ min: 0, max: 5000 }),
      timeLeftMs: ms,
      gateWaitMs: ms,
      toldMaxMs: ms,
    });
    fc.assert(
      fc.property(asked, (question) => {
        const next = decideRetry({ ...YES, ...question });
        if (next.kind === "stop") return;
        expect(next.delayMs).toBeGreaterThanOrEqual(question.toldMs ?? 0);
        expect(next.delayMs).toBeGreaterThanOrEqual(question.minDelayMs);
        expect(next.delayMs).toBeLessThan(question.timeLeftMs);
        expect(question.gateWaitMs).toBeLessThan(question.timeLeftMs);
        expect(question.toldMs ?? 0).toBeLessThanOrEqual(question.toldMaxMs);
      }),
    );
  });
});

describe("a wait that does not fit", () => {
  it.each<[string, Partial<RetryQuestion>, boolean]>([
    ["told as long as is obeyed", { toldMs: 5000, toldMaxMs: 5000 }, true],
    ["told longer than is obeyed", { toldMs: 5001, toldMaxMs: 5000 }, false],
    ["ends just before the deadline", { toldMs: 9939 }, true],
    ["ends at the deadline, which leaves no time to ask", { toldMs: 9940 }, false],
    ["the meaning asks for more than there is", { minDelayMs: 10_000 }, false],
    ["the deadline has passed", { backoffMs: 0, timeLeftMs: 0 }, false],
    ["the deadline has long passed", { backoffMs: 0, timeLeftMs: -5 }, false],
  ])("%s", (_, question, again) => {
    expect(decideRetry({ ...YES, ...question }).kind).toBe(again ? "retry" : "stop");
    if (!again) expect(decideRetry({ ...YES, ...question })).toEqual(stop("no-time"));
  });

  it("behind a closed gate: waits for it while the deadline allows", () => {
    expect(decideRetry({ ...YES, gateWaitMs: 9999 })).toEqual(wait(60));
    expect(decideRetry({ ...YES, gateWaitMs: 10_000 })).toEqual(stop("throttled"));
  });
});

describe("the budget", () => {
  const counting = () => {
    let withdrawn = 0;
    return { withdraw: () => ++withdrawn > 0, withdrawn: () => withdrawn };
  };

  it("is asked once for a retry", () => {
    const { withdraw, withdrawn } = counting();
    expect(decideRetry({ ...YES, withdraw })).toEqual(wait(60));
    expect(withdrawn()).toBe(1);
  });

  it.each(WITHHELD_REASONS.filter((reason) => reason !== "budget-spent"))(
    "is not touched when the reason is %s",
    (reason) => {
      const { withdraw, withdrawn } = counting();
      decideRetry({ ...YES, ...WHEN[reason], withdraw });
      expect(withdrawn()).toBe(0);
    },
  );
});
