/**
 * Interim answers on their way to the caller (RFC 9110 section 15.2): as they come, with the fields that an answer would
 * have. They commit nothing: the attempt that brought one may fail and another one follow, and the caller, who has to be
 * ready for any number of them, is none the worse for a hint (RFC 8297 section 2).
 */
import type { Head } from "../upstream/message.ts";
import { fieldsForCaller } from "./answer-fields.ts";
import type { Course } from "./course.ts";
import type { Gateway } from "./gateway.ts";

/** Who hears of those of an attempt; undefined when the caller takes none. */
export function interimFor(
  { inbound, transaction }: Course,
  { tenant }: Gateway,
): ((head: Head) => void) | undefined {
  const { interim, callerOrigin, headers: requestHeaders } = inbound;
  if (!interim) return undefined;
  const way = { tenantOrigin: tenant.origin, callerOrigin, requestHeaders, transaction };
  return ({ status, headers }) => interim(status, fieldsForCaller(headers, "none", way));
}
