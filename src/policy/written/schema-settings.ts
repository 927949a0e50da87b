/**
 * The numbers and choices of the policy as they are written. A file may say each of them for everything, a route for
 * its part; defaults live in the profiles, never here.
 */
import type { z } from "zod";
import { ACCESS, type Access } from "../../decide/words.ts";
import { amount, dataRate, duration, percent, section, size, sizeOr, whole, word } from "./values.ts";

export const ERROR_SHAPES = ["crest", "problem", "passthrough"] as const;
export const LOST_ANSWERS = ["read-back", "annotate"] as const;

const breaker = section({
  window: duration({ min: "1s", max: "1h" })
    .optional()
    .describe("Failures are counted over this long. Default: 30s."),
  minimum: whole(1, 100_000)
    .optional()
    .describe("Fewer counted attempts than this in the window never open the circuit. Default: 20."),
  failures: percent(1)
    .optional()
    .describe("The share of counted attempts that opens the circuit. Default: 50%."),
  open: duration({ min: "100ms", max: "1h" })
    .optional()
    .describe("Until the first probe; half as much again between further ones. Default: 2s."),
  openMax: duration({ min: "100ms", max: "1h" })
    .optional()
    .describe("However long the outage was, callers are let through again this long after it. Default: 5s."),
  probes: whole(1, 1000)
    .optional()
    .describe("It closes when so many probes have gone well: 1, then 2, 4, ... at once. Default: 8."),
}).meta({ id: "breaker" });

const limits = section({
  concurrency: whole(1, 100_000).optional().describe("Attempts in flight at once. Default: 128."),
  queue: whole(0, 100_000)
    .optional()
    .describe("Requests waiting for a place, or after a 429; 0 means nobody waits. Default: 256."),
  wait: duration({ min: "0s", max: "1h" })
    .optional()
    .describe("How long one of them waits at most. Default: 1s."),
  streams: whole(1, 100_000)
    .optional()
    .describe("Large answers and uploads that are passed on piece by piece at once. Default: 512."),
}).meta({ id: "limits" });

const backoff = section({
  base: duration({ min: "1ms", max: "1h" })
    .optional()
    .describe(
      "Before the second attempt: a random time up to this; doubles with each further one. Default: 100ms.",
    ),
  max: duration({ min: "1ms", max: "1h" })
    .optional()
    .describe("No backoff is longer than this. Default: 5s."),
});

const retryAfter = section({
  max: duration({ min: "0s", max: "24h" })
    .optional()
    .describe("A longer `Retry-After` of the tenant is handed to the caller at once. Default: 20s."),
});

const budget = section({
  percent: percent(0)
    .optional()
    .describe("Retries may be at most this share of the requests of the same second. Default: 20%."),
  perSecond: amount(0, 100_000)
    .optional()
    .describe("And this many per second besides, where there are few requests. Default: 2."),
});

const attempt = section({
  timeout: duration().optional().describe("One attempt, until the head of its answer. Default: 10s."),
  connect: duration().optional().describe("Until connected, the TLS handshake included. Default: 3s."),
  idle: duration().optional().describe("Between two pieces of the answer's body. Default: 30s."),
}).meta({ id: "attempt" });

const retry = section({
  attempts: whole(1, 10)
    .optional()
    .describe("Attempts at most, the first one included; 1 means no retry. Default: 3."),
  backoff: backoff.optional().describe("How long to wait between attempts when nobody says."),
  retryAfter: retryAfter.optional().describe("How far the tenant's own `Retry-After` is obeyed."),
  budget: budget.optional().describe("What retries may add to a family's load, whatever callers do."),
}).meta({ id: "retry" });

/** How the gateway listens to its callers; only a file says it, since a connection belongs to no route. */
export const listener = section({
  idle: duration({ min: "100ms", max: "24h" })
    .optional()
    .describe("How long a caller's connection may idle between two requests. Default: 620s."),
  head: size({ min: "1KiB", max: "1MiB" })
    .optional()
    .describe("A longer request head, its target and fields together, is refused. Default: 16KiB."),
  headers: duration({ min: "100ms", max: "1h" })
    .optional()
    .describe("Until a request's head is complete, from its first byte. Default: 10s."),
  stall: duration({ min: "100ms", max: "1h" })
    .optional()
    .describe(
      "Over how long `minRate` has to hold; so whoever stands still this long is let go as well. Default: 30s.",
    ),
  minRate: dataRate({ min: "1B/s", max: "1MiB/s" })
    .optional()
    .describe(
      "How fast a caller has to send its body and to take its answer, on average over `stall`. Default: 1KiB/s.",
    ),
}).meta({ id: "listener" });

/** One request body may be held up to this. */
export const maxBody = () =>
  size({ max: "1GiB" })
    .optional()
    .describe("A longer request body streams through and is tried once. Default: 1MiB.");

/** Of the file alone: connections are shared by everything that goes to the tenant. */
export const connection = () =>
  section({
    idle: duration({ min: "1s", max: "1h" })
      .optional()
      .describe("A connection to the tenant that carries no request for so long is closed. Default: 30s."),
    maxAge: duration({ min: "1s", max: "24h" })
      .optional()
      .describe(
        "An older one (or of four fifths of it, as chance has it) is not used again, so that names are looked up anew. Default: 5m.",
      ),
    head: size({ min: "8KiB", max: "1MiB" })
      .optional()
      .describe("Status line and fields of one answer. Default: 64KiB."),
  })
    .optional()
    .describe("The connections to the tenant: how long they are used, and how long a head may be.");

/** What both a file and a route may say. */
export const settings = () => ({
  deadline: duration()
    .optional()
    .describe(
      "One clock for a whole exchange, from its request's head: the body, attempts, waits, read-backs, the answer's first byte. Default: 30s.",
    ),
  attempt: attempt.optional().describe("Time limits of one attempt, inside the deadline."),
  retry: retry.optional().describe("When, how often and how much to try again."),
  breaker: breaker.optional().describe("The circuit of a family: opens when its part of the tenant is ill."),
  limits: limits.optional().describe("How many attempts a family takes at once, and who may wait."),
  errors: word(ERROR_SHAPES)
    .optional()
    .describe(
      "Shape of error bodies: `crest` {code, reason, message}, `problem` RFC 9457, `passthrough` untouched. Default: crest.",
    ),
  access: word(ACCESS)
    .optional()
    .describe(
      "Which requests go to the tenant: all with `allow`; with `read-only` those that change nothing; none with `deny`. " +
        "The others are told 403. Default: allow.",
    ),
  maxRequestBody: sizeOr("none", { max: "64GiB" })
    .optional()
    .describe("A longer request body is told 413; `none` is no limit. Default: none."),
  lostAnswers: word(LOST_ANSWERS)
    .optional()
    .describe(
      "When a retry meets the echo of its own lost answer: `read-back` and find out, or `annotate`. Default: read-back.",
    ),
});

/** How a family holds back after a 429; only profiles say it. */
export const throttle = section({
  hold: duration({ min: "1ms", max: "1h" })
    .optional()
    .describe("How long a 429 without a hint closes the gate."),
  release: duration({ min: "0s", max: "1m" }).optional().describe("Held requests leave this far apart."),
});

export const familySettings = () => ({
  breaker: breaker.optional(),
  limits: limits.optional(),
  throttle: throttle.optional(),
});

/** The settings of a file, a route or a profile, in whatever part they are given. */
export type SettingsWritten = {
  readonly deadline?: number | undefined;
  readonly attempt?: z.output<typeof attempt> | undefined;
  readonly retry?: z.output<typeof retry> | undefined;
  readonly replay?:
    | { readonly maxBody?: number | undefined; readonly memory?: number | undefined }
    | undefined;
  readonly breaker?: z.output<typeof breaker> | undefined;
  readonly limits?: z.output<typeof limits> | undefined;
  readonly throttle?: z.output<typeof throttle> | undefined;
  readonly errors?: (typeof ERROR_SHAPES)[number] | undefined;
  readonly lostAnswers?: (typeof LOST_ANSWERS)[number] | undefined;
  readonly access?: Access | undefined;
  readonly maxRequestBody?: number | "none" | undefined;
  readonly forwarded?: "none" | "append" | undefined;
  readonly connection?: z.output<ReturnType<typeof connection>>;
  readonly listener?: z.output<typeof listener> | undefined;
};
