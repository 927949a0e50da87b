/** What the status page says of an exchange, in the sentences that log, header and `explain` have too. */
import { describe, expect, it } from "vitest";
import { attemptStory, meaningStory, reasonStory } from "../../src/admin/page/story.ts";
import { REASON_SENTENCES } from "../../src/decide/reasons.ts";
import { FAILURES, MEANINGS, WITHHELD_REASONS } from "../../src/decide/words.ts";
import { FAILURE_SAYINGS, REFUSAL_SAYINGS } from "../../src/gateway/messages.ts";

describe("a word has its sentence:", () => {
  it.each(MEANINGS)("meaning %s", (meaning) => {
    expect(meaningStory(meaning)).toMatch(new RegExp(`^${meaning}: [A-Z].*\\.$`));
  });

  it.each(WITHHELD_REASONS)("reason %s", (reason) => {
    const sentence = `${reason}: ${REASON_SENTENCES[reason]}`;
    expect(reasonStory({ reason, attempts: 2 })).toBe(sentence);
    const attempt = { status: 503, meaning: "unavailable", atMs: 0, durationMs: 1, next: reason } as const;
    expect(attemptStory(attempt).next).toBe(sentence);
  });

  it.each(Object.entries(REFUSAL_SAYINGS))("refusal %s", (_, { reason, happened }) => {
    const told = reasonStory({ reason, attempts: 0 });
    expect(told).toMatch(new RegExp(`^${reason}: `));
    expect(told).toContain(happened);
  });

  it.each(FAILURES)("failure %s", (failure) => {
    const attempt = { failure, meaning: "cut-off", atMs: 0, durationMs: 40, next: "answered" } as const;
    expect(attemptStory(attempt).told).toBe(
      `Sent at 0 ms; after 40 ms ${failure}: ${FAILURE_SAYINGS[failure].happened}`,
    );
  });
});

describe("an attempt", () => {
  it("tells when, what it was told, what it was asked to wait, and that another followed", () => {
    const story = attemptStory({
      status: 429,
      meaning: "throttled",
      atMs: 12.34,
      durationMs: 8,
      toldMs: 12_000,
      next: "retried",
      waitMs: 12_040,
    });
    expect(story.told).toBe("Sent at 12 ms; after 8 ms was told 429. It asked to wait 12.0 s.");
    expect(story.next).toBe("retried: sending it again is safe; that was done after a wait of 12.0 s.");
  });
});

it("nothing is said where nothing more was wanted", () => {
  expect(reasonStory({ reason: undefined, attempts: 2 })).toBeUndefined();
});
