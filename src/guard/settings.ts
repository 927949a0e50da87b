/** The numbers by which a family of the tenant is protected; the policy file and its profile give them. */
export type FamilySettings = {
  readonly breaker: BreakerSettings;
  readonly limits: LimiterSettings & StreamSettings;
  readonly budget: BudgetSettings;
  readonly throttle: ThrottleSettings;
};

export type BreakerSettings = {
  /** Failures are counted over this long. */
  readonly windowMs: number;
  /** Fewer counted attempts than this never open the circuit. */
  readonly minimum: number;
  /** The share of counted attempts that opens it, 0 to 1. */
  readonly failureRatio: number;
  /** Until the first probe; half as much again between further ones. */
  readonly openMs: number;
  /** However long it was open, callers of a healthy tenant are let through again within this. */
  readonly openMaxMs: number;
  /** It closes when so many probes have gone well. */
  readonly probes: number;
};

export type LimiterSettings = {
  /** Attempts in flight at once. */
  readonly concurrency: number;
  /** Callers waiting for a place. */
  readonly queue: number;
  /** How long one of them waits at most. */
  readonly waitMs: number;
};

export type StreamSettings = {
  /** Uploads and answers that are passed on piece by piece at once. */
  readonly streams: number;
};

export type BudgetSettings = {
  /** Retries may be at most this share of the first attempts of the same second, 0 to 1. */
  readonly ratio: number;
  /** And this many per second besides, while the family is quiet. */
  readonly perSecond: number;
};

export type ThrottleSettings = {
  /** How long a 429 without a hint holds the family back. */
  readonly holdMs: number;
  /** After the gate opens, held requests leave this far apart. */
  readonly spacingMs: number;
  /** How many may wait before it. */
  readonly line: number;
};

/** What the admin pages and the metrics show of a family at one moment. */
export type FamilySnapshot = {
  readonly family: string;
  readonly breaker: "closed" | "half-open" | "open";
  /** Milliseconds until an open circuit lets a probe through; 0 when it is not open. */
  readonly opensInMs: number;
  readonly throttled: boolean;
  /** Milliseconds until the throttle gate opens; 0 when it is open. */
  readonly throttledForMs: number;
  readonly budgetRemaining: number;
  readonly inFlight: number;
  readonly queued: number;
  /** Uploads and answers that are passed on piece by piece. */
  readonly streams: number;
};
