/**
 * The Proxy-Status field (RFC 9209): what this gateway did with a request, for machines.
 *
 * `error` and `received-status` are registered parameters; the others are our own, and tokens like them.
 */
export type ProxyStatus = {
  /** A registered proxy error type, e.g. `connection_refused` (RFC 9209 section 2.3). */
  readonly error?: string | undefined;
  readonly receivedStatus?: number | undefined;
  readonly attempts?: number | undefined;
  readonly meaning?: string | undefined;
  readonly reason?: string | undefined;
  readonly processed?: string | undefined;
  readonly origin?: string | undefined;
  readonly settled?: string | undefined;
};

/** In the order of the field. */
const PARAMETERS = [
  ["error", "error"],
  ["received-status", "receivedStatus"],
  ["attempts", "attempts"],
  ["meaning", "meaning"],
  ["reason", "reason"],
  ["processed", "processed"],
  ["origin", "origin"],
  ["settled", "settled"],
] as const satisfies readonly (readonly [name: string, member: keyof ProxyStatus])[];

/** The field's value. What is no legal token or integer of a structured field (RFC 9651 section 3.3) is left out. */
export function proxyStatus(fields: ProxyStatus): string {
  const written = PARAMETERS.flatMap(([name, member]) => {
    const value = fields[member];
    return isBareItem(value) ? [`; ${name}=${value}`] : [];
  });
  return `crest-gateway${written.join("")}`;
}

const STRUCTURED_TOKEN = /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/;
const HIGHEST_INTEGER = 999_999_999_999_999;

function isBareItem(value: string | number | undefined): value is string | number {
  if (typeof value === "string") return STRUCTURED_TOKEN.test(value);
  return value !== undefined && Number.isInteger(value) && Math.abs(value) <= HIGHEST_INTEGER;
}
