/**
 * One id for an exchange, and one for each of its attempts, so that the tenant's own log can prove which attempt it
 * processed. The tenant takes its ids from `X-ForgeRock-TransactionId` and puts them on its answers; children of an id
 * are written `<id>/<n>`.
 */
import { type HeaderList, headerLines, headerPairs, withHeader } from "../http/headers.ts";

const NAME = "X-ForgeRock-TransactionId";

/** The caller's own id, else the one made for the exchange. */
export function transactionOf(headers: HeaderList, made: string): string {
  return headerLines(headers, NAME)[0] || made;
}

/** The id of the nth request that the exchange sends, the first being 1. */
export function attemptId(transaction: string, nth: number): string {
  return `${transaction}/${nth}`;
}

export function withAttemptId(headers: HeaderList, transaction: string, nth: number): string[] {
  return withHeader(headers, NAME, attemptId(transaction, nth));
}

/** With the id of the exchange in place of an attempt's: what the caller sent comes back unchanged. */
export function withoutAttemptId(headers: HeaderList, transaction: string): string[] {
  const isOurs = (name: string, value: string): boolean =>
    name.toLowerCase() === NAME.toLowerCase() && value.startsWith(`${transaction}/`);
  return [...headerPairs(headers)].flatMap(([name, value]) => [
    name,
    isOurs(name, value) ? transaction : value,
  ]);
}
