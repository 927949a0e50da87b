/**
 * The tenant's fields as their caller gets them, edited in one walk. What stands in the body, and what the gateway says
 * in fields of its own, is decided elsewhere.
 */
import { type FieldEdits, fieldEdits, responseHeadersToPass } from "../http/forward.ts";
import { type HeaderList, headerValue, withHeader } from "../http/headers.ts";
import { locationForCaller } from "../http/location.ts";
import { prefersHtml } from "../http/media-type.ts";
import { deltaSeconds, retryAfterMs } from "../http/retry-after.ts";
import { withoutAttempt } from "./transaction.ts";

/** Between whom the answer goes. */
export type Way = {
  readonly tenantOrigin: string;
  readonly callerOrigin: string;
  readonly requestHeaders: HeaderList;
  /** The transaction id of the whole exchange. */
  readonly transaction: string;
};

/** What becomes of the tenant's body: there can be none, it passes with the length it came with, with one of ours, or is another's. */
export type BodyFate = "none" | "framed-by-tenant" | "framed-by-us" | "written-anew";

/** Links to the tenant lead back through the gateway; a browser follows its own. */
function linkForCaller(value: string, { tenantOrigin, callerOrigin, requestHeaders }: Way): string {
  if (prefersHtml(headerValue(requestHeaders, "accept"))) return value;
  return locationForCaller(value, tenantOrigin, callerOrigin);
}

const FACING_CALLER = {
  location: linkForCaller,
  "content-location": linkForCaller,
  "x-forgerock-transactionid": (value: string, { transaction }: Way) => withoutAttempt(value, transaction),
};

const EDITS: Readonly<Record<BodyFate, FieldEdits<Way>>> = {
  none: fieldEdits({ ...FACING_CALLER, "content-length": "drop" }),
  "framed-by-tenant": fieldEdits(FACING_CALLER),
  "framed-by-us": fieldEdits({ ...FACING_CALLER, "content-length": "drop" }),
  // Validators and digests of a body that is no longer there, and its framing.
  "written-anew": fieldEdits({
    ...FACING_CALLER,
    etag: "drop",
    "last-modified": "drop",
    "content-type": "drop",
    "content-length": "drop",
    "content-encoding": "drop",
    "content-md5": "drop",
    "content-digest": "drop",
    "repr-digest": "drop",
    digest: "drop",
    "accept-ranges": "drop",
  }),
};

/** The tenant's fields, on the way to the caller. */
export function fieldsForCaller(received: HeaderList, body: BodyFate, way: Way): string[] {
  return responseHeadersToPass(received, EDITS[body], way);
}

/**
 * Always delta-seconds: a date makes clients with another clock come back at once. Added where the tenant gave none
 * and coming back is safe: `comeBackMs` is undefined where it is not.
 */
export function withRetryAfter(
  headers: string[],
  status: number,
  comeBackMs: number | undefined,
  wallMs: number,
): string[] {
  const toldMs = retryAfterMs(headers, wallMs);
  // One that could not be read is the caller's to read: nothing shorter may stand in its place.
  if (headerValue(headers, "retry-after") !== undefined)
    return toldMs === undefined ? headers : withHeader(headers, "Retry-After", deltaSeconds(toldMs));
  const canPass = status === 429 || (status >= 502 && status <= 504);
  if (!canPass || comeBackMs === undefined) return headers;
  return withHeader(headers, "Retry-After", deltaSeconds(toldMs ?? comeBackMs));
}
