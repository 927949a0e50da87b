/** A route's numbers and choices, and the listener's: the nearest layer wins, setting by setting. */
import { fitted, inForce, type Layer } from "./layers.ts";
import type { ListenerSettings, RouteSettings } from "./policy.ts";

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
    access: inForce(layers, "access"),
    maxRequestBytes: limitOf(inForce(layers, "maxRequestBody")),
  };
}

const limitOf = (written: number | "none"): number | undefined => (written === "none" ? undefined : written);

export function compileListener(layers: readonly Layer[]): ListenerSettings {
  return {
    idleMs: inForce(layers, "listener.idle"),
    headBytes: inForce(layers, "listener.head"),
    headersMs: inForce(layers, "listener.headers"),
    stallMs: inForce(layers, "listener.stall"),
    minBytesPerSecond: inForce(layers, "listener.minRate"),
  };
}
