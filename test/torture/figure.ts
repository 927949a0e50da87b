/** One thing that was measured or tried, and what it should have come to: a line of what `npm run torture` prints. */
export type Figure = {
  /** What was done, in a few words: "outage of 36 s at 90 % load". */
  readonly name: string;
  /** What it should come to, with its unit: "goodput at 95 % within 5 s". */
  readonly expected: string;
  /** What it came to, in the same words: "within 2.1 s". */
  readonly actual: string;
  readonly ok: boolean;
};

/** `full` is what `npm run torture` runs; `short` is part of `npm test` and takes seconds. */
export type Form = "short" | "full";
