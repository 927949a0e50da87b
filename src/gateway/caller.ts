/** What the server hands to an exchange, and what it gets back to write. */
import type { Readable } from "node:stream";
import type { Departure } from "../clock.ts";
import type { HeaderList } from "../http/headers.ts";
import type { Target } from "../http/target.ts";
import type { BodyStream } from "../upstream/message.ts";

/** A caller's request, checked for form and for nothing else. */
export type Inbound = {
  /** Names the exchange in the log. */
  readonly id: string;
  readonly method: string;
  readonly target: Target;
  readonly httpVersion: string;
  readonly headers: HeaderList;
  /** Undefined when the request has no body. */
  readonly body: Readable | undefined;
  /** Bids the caller send its body; undefined unless it waits for that. */
  readonly accept: (() => void) | undefined;
  /** To be called when the body goes to the tenant as it comes: what breaks off from then on may have arrived. */
  readonly streams: () => void;
  /** Undefined when it is not told, or there is no body. */
  readonly contentLength: number | undefined;
  /** Scheme and authority by which the caller reached us. */
  readonly callerOrigin: string;
  readonly callerAddress: string | undefined;
  /** Writes an interim answer; undefined for a caller that cannot be sent any. */
  readonly interim: ((status: number, headers: HeaderList) => void) | undefined;
  /** Whether the caller has hung up. */
  readonly left: Departure;
  /** Whether it turned out to send its body too slowly; undefined when there is none. */
  readonly slow: Departure | undefined;
  /** What the caller was told on its connection in place of an answer, if it was. */
  readonly insteadOfAnswer: { readonly status: number | undefined };
};

export type ReplyBody =
  | { readonly kind: "none" }
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  /** The tenant's answer as it comes: first what was already read, then the rest. */
  | { readonly kind: "stream"; readonly beginning: Buffer; readonly rest: BodyStream };

/** How the delivery of a reply ended. */
export type Delivery = "delivered" | "cut" | "caller-left";

export type Reply = {
  readonly status: number;
  /** The tenant's own reason phrase, when it has one to pass on. */
  readonly statusText: string | undefined;
  /** With the body's length, if that is known; made for this reply, so that the server may put its own behind them. */
  readonly headers: string[];
  readonly body: ReplyBody;
  /** To be called once, when the last byte has gone or cannot go any more. */
  readonly ended: (delivery: Delivery) => void;
};
