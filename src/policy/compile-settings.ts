/**
 * A route's numbers and choices: the nearest layer wins, setting by setting, and settings that cannot be true together
 * are mistakes.
 */
import { type Fit, fitted, inForce, type Layer, misfit } from "./layers.ts";
import type { RouteSettings } from "./policy.ts";
import type { Mistake } from "./written/mistakes.ts";
import { formatDuration, formatSize } from "./written/units.ts";

const time = { format: formatDuration };

/** What has to fit into what. */
const FITS: readonly Fit[] = [
  { ...time, lesser: "attempt.timeout", greater: "deadline", because: "no attempt outlives its exchange" },
  {
    ...time,
    lesser: "attempt.connect",
    greater: "attempt.timeout",
    because: "connecting is a part of the attempt",
  },
  {
    ...time,
    lesser: "retry.backoff.base",
    greater: "retry.backoff.max",
    because: "no backoff is longer than its maximum",
  },
  {
    ...time,
    lesser: "retry.backoff.base",
    greater: "deadline",
    strict: true,
    because: "such a wait never fits the exchange",
  },
  {
    ...time,
    lesser: "retry.backoff.max",
    greater: "deadline",
    because: "such a wait never fits the exchange",
  },
  {
    ...time,
    lesser: "retry.retryAfter.max",
    greater: "deadline",
    strict: true,
    because: "such a wait never fits the exchange",
  },
  {
    ...time,
    lesser: "limits.wait",
    greater: "deadline",
    because: "nobody waits longer than the exchange lasts",
  },
  {
    format: formatSize,
    lesser: "replay.maxBody",
    greater: "replay.memory",
    because: "all held bodies together have to hold one",
  },
];

/** Every pair of settings in force that cannot be true together. */
export function settingMistakes(layers: readonly Layer[]): Mistake[] {
  return FITS.flatMap((fit) => misfit(layers, fit) ?? []);
}

/** The settings in force. What a nearer deadline has overtaken gives way to it. */
export function compileSettings(layers: readonly Layer[]): RouteSettings {
  return {
    deadlineMs: inForce(layers, "deadline"),
    attempt: {
      timeoutMs: fitted(layers, "attempt.timeout", "deadline"),
      connectMs: fitted(layers, "attempt.connect", "attempt.timeout", "deadline"),
      idleMs: inForce(layers, "attempt.idle"),
    },
    retry: {
      attempts: inForce(layers, "retry.attempts"),
      backoff: {
        baseMs: fitted(layers, "retry.backoff.base", "retry.backoff.max", "deadline"),
        maxMs: fitted(layers, "retry.backoff.max", "deadline"),
      },
      retryAfterMaxMs: fitted(layers, "retry.retryAfter.max", "deadline"),
    },
    replayMaxBodyBytes: fitted(layers, "replay.maxBody", "replay.memory"),
    errors: inForce(layers, "errors"),
    lostAnswers: inForce(layers, "lostAnswers"),
  };
}
