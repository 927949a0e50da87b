/** What a policy would have done with all the exchanges of a log: counts, and a few examples of each difference. */
import type { Policy } from "../policy/policy.ts";
import { type Logged, readLogged, type Untold } from "./logged.ts";
import { type Difference, type Doubt, rehearse } from "./rehearse.ts";

export type Example = { readonly logged: Logged; readonly attempt: number };

export type Group = Pick<Difference, "kind" | "route" | "what"> & {
  readonly exchanges: number;
  readonly attempts: number;
  readonly examples: readonly Example[];
};

export type Rehearsal = {
  /** Exchanges that were rehearsed. */
  readonly exchanges: number;
  readonly unchanged: number;
  readonly policyHashes: readonly string[];
  /** When the first and the last of them ended. */
  readonly from: string;
  readonly to: string;
  /** The most frequent first. */
  readonly groups: readonly Group[];
  readonly untold: Readonly<Partial<Record<Untold, number>>>;
  readonly doubts: Readonly<Partial<Record<Doubt, number>>>;
};

const EXAMPLES_KEPT = 3;

/** More kinds of differences than a person reads are counted together. */
const MOST_GROUPS = 200;

type Counting = { -readonly [Name in keyof Group]: Group[Name] } & { examples: Example[] };

export class Rehearsing {
  readonly #policy: Policy;
  #exchanges = 0;
  #unchanged = 0;
  #from = "";
  #to = "";
  readonly #hashes = new Set<string>();
  readonly #groups = new Map<string, Counting>();
  readonly #untold: Partial<Record<Untold, number>> = {};
  readonly #doubts: Partial<Record<Doubt, number>> = {};

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** One line of a log. */
  add(line: string): void {
    if (line.trim() === "") return;
    const logged = readLogged(line);
    if (typeof logged === "string") {
      this.#untold[logged] = (this.#untold[logged] ?? 0) + 1;
      return;
    }
    this.#exchanges++;
    this.#hashes.add(logged.policyHash);
    if (this.#from === "" || logged.time < this.#from) this.#from = logged.time;
    if (logged.time > this.#to) this.#to = logged.time;
    const { differences, doubts } = rehearse(this.#policy, logged);
    for (const doubt of doubts) this.#doubts[doubt] = (this.#doubts[doubt] ?? 0) + 1;
    if (differences.length === 0) this.#unchanged++;
    for (const difference of differences) this.#count(difference, logged);
  }

  result(): Rehearsal {
    return {
      exchanges: this.#exchanges,
      unchanged: this.#unchanged,
      policyHashes: [...this.#hashes],
      from: this.#from,
      to: this.#to,
      groups: [...this.#groups.values()].toSorted((a, b) => b.exchanges - a.exchanges),
      untold: this.#untold,
      doubts: this.#doubts,
    };
  }

  #count({ kind, route, what, attempts, attempt }: Difference, logged: Logged): void {
    const key = `${kind}\n${route}\n${what}`;
    const isKnown = this.#groups.has(key);
    const fits = isKnown || this.#groups.size < MOST_GROUPS;
    const named = fits ? { kind, route, what } : { kind, route: "others", what: "others" };
    const at = fits ? key : `${kind}\nothers`;
    const group = this.#groups.get(at) ?? { ...named, exchanges: 0, attempts: 0, examples: [] };
    this.#groups.set(at, group);
    group.exchanges++;
    group.attempts += attempts;
    if (group.examples.length < EXAMPLES_KEPT) group.examples.push({ logged, attempt });
  }
}
