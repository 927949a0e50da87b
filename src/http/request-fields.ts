/**
 * What a server has to know of a request's fields before it takes the request, found in one walk. What follows from it
 * is not decided here.
 */
import { type HeaderList, listElements } from "./headers.ts";
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
};

export function requestFields(headers: HeaderList): RequestFields {
  let hosts = 0;
  let host: string | undefined;
  let gatewaysPassed = 0;
  let contentLength: string | undefined;
  let hasTransferEncoding = false;
  let asksForWebSocket = false;
  let forwardedProto: string | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    // Most names are told from the wanted ones by their length alone.
    if (!WANTED_LENGTHS.has(name.length)) continue;
    const value = headers[i + 1] ?? "";
    switch (name.toLowerCase()) {
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
  };
}

const WANTED_LENGTHS: ReadonlySet<number> = new Set(
  ["host", "via", "content-length", "transfer-encoding", "upgrade", "x-forwarded-proto"].map(
    ({ length }) => length,
  ),
);
