/** What `docs/policy.md` says of one key of the file. */
import type { PolicyWritten } from "../src/policy/written/schema.ts";

export type Wrong =
  /** A piece of a policy file with one mistake or warning in it, which is quoted. */
  | { readonly written: string }
  /** What no check can see. */
  | { readonly mind: string };

export type Section = {
  readonly key: keyof PolicyWritten;
  /** What it does, beyond the descriptions in the schema. */
  readonly text: readonly string[];
  /** A piece of a policy file, and it holds. */
  readonly example: string;
  readonly wrong: readonly Wrong[];
};
