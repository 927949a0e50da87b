/**
 * What a server has to know of a request's fields before it takes the request, found in one walk. What follows from it
 * is not decided here.
 */
import { type HeaderList, listElements } from "./headers.ts";
import { remember } from "./remember.ts";
import { gatewaysIn } from "./via.ts";

export type RequestFields = {
  /** How many `Host` lines there are. */
  readonly hosts: number;
  /** The first of them. */
  readonly host: string | undefined;
  /** Through how many gateways of this kind the request has come, by its `Via`. */
  readonly gatewaysPassed: number;
  /** The first line; a parser lets no other one through. */
  readonly contentLength: string | undefined;
  readonly hasTransferEncoding: boolean;
  readonly asksForWebSocket: boolean;
  /** The first line of `X-Forwarded-Proto`. */
  readonly forwardedProto: string | undefined;
  /** The first line, when it is a number. */
  readonly maxForwards: number | undefined;
  /** The lower-case name of a field that came again though it may come once only. */
  readonly cameTwice: string | undefined;
};

/**
 * Fields of which a message has one (RFC 9110 section 5.3), and which say who asks, what is asked, or how it reads: of
 * two lines one server believes the first and another the last. `Host` has a sentence of its own; harmless ones, such as
 * `User-Agent`, pass as they came.
 */
const SINGLE = [
  "authorization",
  "content-type",
  "max-forwards",
  "idempotency-key",
  "x-http-method-override",
  "accept-api-version",
  "range",
  "if-range",
  "if-modified-since",
  "if-unmodified-since",
  "x-openidm-username",
  "x-openidm-password",
] as const;

const READ = [
  "host",
  "via",
  "content-length",
  "transfer-encoding",
  "upgrade",
  "x-forwarded-proto",
  "max-forwards",
] as const;

/** What is done with a field of that name. */
type Role = { readonly read: (typeof READ)[number] | undefined; readonly single: string | undefined };

const NO_ROLE: Role = { read: undefined, single: undefined };

const ROLES: ReadonlyMap<string, Role> = new Map(
  [...READ, ...SINGLE].map((name) => [
    name,
    { read: READ.find((each) => each === name), single: SINGLE.find((each) => each === name) },
  ]),
);

/** By names as they are written: what has been asked before. */
const known = new Map<string, Role>();

export function requestFields(headers: HeaderList): RequestFields {
  let hosts = 0;
  let host: string | undefined;
  let gatewaysPassed = 0;
  let contentLength: string | undefined;
  let hasTransferEncoding = false;
  let asksForWebSocket = false;
  let forwardedProto: string | undefined;
  let maxForwards: string | undefined;
  let cameTwice: string | undefined;
  let came: string[] | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    const { read, single } = known.get(name) ?? roleOf(name);
    if (single !== undefined) {
      if (came?.includes(single)) cameTwice ??= single;
      came ??= [];
      came.push(single);
    }
    if (read === undefined) continue;
    const value = headers[i + 1] ?? "";
    switch (read) {
      case "host":
        if (hosts++ === 0) host = value;
        break;
      case "via":
        gatewaysPassed += gatewaysIn(value);
        break;
      case "content-length":
        contentLength ??= value;
        break;
      case "transfer-encoding":
        hasTransferEncoding = true;
        break;
      case "upgrade":
        if (listElements(value.toLowerCase()).includes("websocket")) asksForWebSocket = true;
        break;
      case "x-forwarded-proto":
        forwardedProto ??= value;
        break;
      case "max-forwards":
        maxForwards ??= value;
    }
  }
  return {
    hosts,
    host,
    gatewaysPassed,
    contentLength,
    hasTransferEncoding,
    asksForWebSocket,
    forwardedProto,
    maxForwards:
      maxForwards !== undefined && WHOLE_NUMBER.test(maxForwards) ? Number(maxForwards) : undefined,
    cameTwice,
  };
}

const WHOLE_NUMBER = /^\d+$/;

function roleOf(name: string): Role {
  return remember(known, name, ROLES.get(name.toLowerCase()) ?? NO_ROLE);
}
