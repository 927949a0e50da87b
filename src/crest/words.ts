/** The words of CREST: what a request is, and what sending it again would do. */

/** What a request is in CREST. */
export const OPERATIONS = [
  "create",
  "read",
  "update",
  "delete",
  "patch",
  "action",
  "query",
  "other",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What sending a request again would do. */
export const REPLAY_CLASSES = ["read", "guarded", "idempotent", "unsafe"] as const;
export type ReplayClass = (typeof REPLAY_CLASSES)[number];
