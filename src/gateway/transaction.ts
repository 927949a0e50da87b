/**
 * One id for an exchange, and one for each of its attempts, so that the tenant's own log can prove which attempt it
 * processed. The tenant takes its ids from `X-ForgeRock-TransactionId` and puts them on its answers; children of an id
 * are written `<id>/<n>`.
 */
import { firstHeaderLine, type HeaderList, withHeader } from "../http/headers.ts";

const NAME = "X-ForgeRock-TransactionId";

/** The caller's own id, else the one made for the exchange. */
export function transactionOf(headers: HeaderList, made: string): string {
  return firstHeaderLine(headers, NAME) || made;
}

/** The id of the nth request that the exchange sends, the first being 1. */
export function attemptId(transaction: string, nth: number): string {
  return `${transaction}/${nth}`;
}

export function withAttemptId(headers: HeaderList, transaction: string, nth: number): string[] {
  return withHeader(headers, NAME, attemptId(transaction, nth));
}

/** The id of the exchange in place of one of its attempts': what the caller sent comes back unchanged. */
export function withoutAttempt(value: string, transaction: string): string {
  return value.startsWith(`${transaction}/`) ? transaction : value;
}
