/**
 * Which header fields pass from one side to the other (RFC 9110 sections 7.6.1 and 7.6.3), in one walk each way.
 *
 * What belongs to one connection stays on it, what only we may say is not taken from others, and everything else
 * passes in order, line by line. It knows fields, not bodies: whoever sends a body says how long it is.
 */
import { HOP_BY_HOP, isNeverOfOneConnection, listedInConnection } from "./connection.ts";
import { type Fate, type FieldFates, fateOf, fieldFates } from "./field-fates.ts";
import { whoCalled } from "./forwarded.ts";
import { type HeaderList, headerValue } from "./headers.ts";
import { FIELD_VALUE } from "./token.ts";
import { viaLine } from "./via.ts";

export type ForwardOptions = {
  /** Whether the tenant is told who called. */
  readonly forwarded: "none" | "append";
  readonly callerAddress?: string | undefined;
  /** `http` or `https`. */
  readonly callerProto?: string | undefined;
  /** The tenant's authority. */
  readonly host: string;
  /** The version the caller spoke: `1.1`. */
  readonly httpVersion: string;
};

const OURS_TO_SAY = { host: "drop", "content-length": "drop" } as const;

const SHADOWED: ReadonlySet<string> = new Set<string>([...HOP_BY_HOP, "forwarded", "x-real-ip", "via"]);

/**
 * `Content_Length` and the like: servers that hand fields to programs as variables take `_` and `-` for the same, and
 * would believe what was left behind here under its own name. Of other names a `_` is nobody's business.
 */
function isShadow(lower: string): boolean {
  if (!lower.includes("_")) return false;
  const name = lower.replaceAll("_", "-");
  return SHADOWED.has(name) || name.startsWith("x-forwarded-") || isNeverOfOneConnection(name);
}

/** What is gathered becomes one line, with our caller at its end. */
const TO_TENANT: Readonly<Record<ForwardOptions["forwarded"], FieldFates<"gather">>> = {
  none: fieldFates<"gather">(
    { ...OURS_TO_SAY, forwarded: "drop", "x-real-ip": "drop" },
    "x-forwarded-",
    isShadow,
  ),
  append: fieldFates<"gather">(
    { ...OURS_TO_SAY, forwarded: "gather", "x-forwarded-for": "gather" },
    undefined,
    isShadow,
  ),
};

/** The caller's fields as the tenant gets them: `Host` first and once, `Via` last, no `Content-Length`. */
export function requestHeadersToSend(headers: HeaderList, options: ForwardOptions): string[] {
  const fates = TO_TENANT[options.forwarded];
  const listed = listedInConnection(headers);
  const claims: string[] = [];
  const sent = ["Host", options.host];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    const value = headers[i + 1] ?? "";
    const fate = fates.known.get(name) ?? fateOf(name, fates);
    if (fate === "drop" || listed?.has(name.toLowerCase()) || !FIELD_VALUE.test(value)) continue;
    if (fate === "gather") claims.push(name, value);
    else sent.push(name, value);
  }
  if (options.forwarded === "append") {
    const { callerAddress: address, callerProto: proto } = options;
    sent.push(...whoCalled(claims, { address, proto, host: headerValue(headers, "host") }));
  }
  sent.push("Via", viaLine(options.httpVersion));
  return sent;
}

/** What becomes of a value on its way to the caller. `Of` is what has to be known of the answer. */
export type Rewrite<Of> = (value: string, of: Of) => string;

/** The edits of one kind of answers. */
export type FieldEdits<Of> = FieldFates<Rewrite<Of>>;

/**
 * They speak of the host that was asked, which is ours: that it speaks HTTP/3 (RFC 7838 section 3), that it is to be
 * asked by TLS alone (RFC 6797 section 8.1), and whom to tell of trouble with it.
 */
const OF_THE_TENANTS_HOST = {
  "alt-svc": "drop",
  "strict-transport-security": "drop",
  nel: "drop",
  "report-to": "drop",
} as const;

/**
 * Edits by lower-case name, made once for a kind of answers. `Proxy-Status` and `X-Gateway-*` are dropped: callers have
 * to be able to trust that we said them.
 */
export function fieldEdits<Of>(edits: Readonly<Record<string, Fate<Rewrite<Of>>>>): FieldEdits<Of> {
  return fieldFates<Rewrite<Of>>({ ...edits, ...OF_THE_TENANTS_HOST, "proxy-status": "drop" }, "x-gateway-");
}

/** The tenant's fields as the caller gets them. */
export function responseHeadersToPass<Of>(headers: HeaderList, edits: FieldEdits<Of>, of: Of): string[] {
  const listed = listedInConnection(headers);
  const passed: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    const value = headers[i + 1] ?? "";
    const edit = edits.known.get(name) ?? fateOf(name, edits);
    if (edit === "drop" || listed?.has(name.toLowerCase()) || !FIELD_VALUE.test(value)) continue;
    passed.push(name, edit === "pass" ? value : edit(value, of));
  }
  return passed;
}
