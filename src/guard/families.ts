/**
 * What the gateway remembers of each family of the tenant: circuit, throttle gate, retry budget, concurrency, streams.
 *
 * It outlives the policy: a family keeps its state by name. Names are bounded by whoever makes them.
 */
import type { Clock } from "../clock.ts";
import { RetryBudget } from "./budget.ts";
import { Circuit, type CircuitStateName } from "./circuit.ts";
import { Limiter } from "./limiter.ts";
import type { FamilySettings, FamilySnapshot } from "./settings.ts";
import { Streams } from "./streams.ts";
import { ThrottleGate } from "./throttle-gate.ts";

export type Family = {
  readonly name: string;
  readonly circuit: Circuit;
  readonly gate: ThrottleGate;
  readonly budget: RetryBudget;
  readonly limiter: Limiter;
  readonly streams: Streams;
};

export class Families {
  readonly #clock: Clock;
  readonly #onChange: (family: string, to: CircuitStateName) => void;
  readonly #byName = new Map<string, Family>();

  constructor(clock: Clock, onChange: (family: string, to: CircuitStateName) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** The family of that name, made with these settings when it is new. */
  of(name: string, settings: (name: string) => FamilySettings): Family {
    const known = this.#byName.get(name);
    if (known) return known;
    const { breaker, limits, budget, throttle } = settings(name);
    const retryBudget = new RetryBudget(budget, this.#clock);
    const family: Family = {
      name,
      circuit: new Circuit(breaker, this.#clock, (to) => this.#onChange(name, to)),
      gate: new ThrottleGate(throttle, this.#clock, () => retryBudget.firstsOfLate),
      budget: retryBudget,
      limiter: new Limiter(limits, this.#clock),
      streams: new Streams(limits.streams),
    };
    this.#byName.set(name, family);
    return family;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Gives every family the numbers of another policy; circuits, gates and budgets keep what they know. */
  configure(settings: (name: string) => FamilySettings): void {
    for (const [name, family] of this.#byName) {
      const { breaker, limits, budget, throttle } = settings(name);
      family.circuit.configure(breaker);
      family.limiter.configure(limits);
      family.streams.configure(limits.streams);
      family.budget.configure(budget);
      family.gate.configure(throttle);
    }
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  snapshot(): FamilySnapshot[] {
    return [...this.#byName.values()].map((family) => ({
      family: family.name,
      breaker: family.circuit.state(),
      opensInMs: family.circuit.opensInMs(),
      throttled: family.gate.closedForMs() > 0,
      throttledForMs: family.gate.closedForMs(),
      budgetRemaining: family.budget.remaining(),
      inFlight: family.limiter.inFlight,
      queued: family.limiter.queued,
      streams: family.streams.open,
    }));
  }
}
