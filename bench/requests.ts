/**
 * What is asked for, and what the upstream answers to it, whichever program plays either side: data, nothing else.
 *
 * The path says what comes back. Callers ask for a thousand ids in turn, so that nobody gains by remembering one path.
 */
export type Ask = {
  readonly method: "GET" | "PUT";
  /** What an id is put behind. */
  readonly prefix: string;
  readonly bodyBytes: number;
  /** Whether the answer is to be an error, none, or one now and then. */
  readonly errors: "none" | "some" | "all";
};

const USERS = "/openidm/managed/alpha_user";

/** Paths that begin so are answered 503 now and then, each time at random. */
export const SHAKY = `${USERS}/shaky-`;
export const SHAKY_PERCENT = 30;

/** Paths that begin so are answered 404 with a page. */
export const MISSING = `${USERS}/missing-`;

export const IDS = 1_000;

export const ASKS = {
  read: { method: "GET", prefix: `${USERS}/`, bodyBytes: 0, errors: "none" },
  write: { method: "PUT", prefix: `${USERS}/`, bodyBytes: 1_000, errors: "none" },
  shaky: { method: "GET", prefix: SHAKY, bodyBytes: 0, errors: "some" },
  missing: { method: "GET", prefix: MISSING, bodyBytes: 0, errors: "all" },
} as const satisfies Readonly<Record<string, Ask>>;

export type Answer = { readonly status: number; readonly type: string; readonly body: string };

const JSON_TYPE = "application/json;charset=utf-8";

/** Every other path: 1 KiB, as a user's record is. */
export const FOUND: Answer = {
  status: 200,
  type: JSON_TYPE,
  body: JSON.stringify({ _id: "1", _rev: "1", padding: "x".repeat(989) }),
};
export const UNAVAILABLE: Answer = {
  status: 503,
  type: JSON_TYPE,
  body: JSON.stringify({ code: 503, reason: "Service Unavailable", message: "Service Unavailable" }),
};
export const PAGE: Answer = {
  status: 404,
  type: "text/html",
  body: `<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1><p>${"There is no such page. ".repeat(20)}</p></body></html>`,
};

/** The tenant behind its edge says these with every answer. */
export const SAID = { via: "1.1 google", etag: '"1"' } as const;
