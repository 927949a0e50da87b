/**
 * What goes out and what comes back in one attempt, as values. Nothing here knows a library or a socket.
 */
import type { Readable } from "node:stream";
import type { Departure } from "../clock.ts";
import type { ReplayClass } from "../crest/words.ts";
import type { Failed } from "../decide/outcome.ts";
import type { HeaderList } from "../http/headers.ts";

export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "held"; readonly bytes: Buffer }
  /** Sent as it comes; `length` undefined means chunked. */
  | {
      readonly kind: "streamed";
      readonly stream: Readable;
      readonly length: string | undefined;
      /** How long it may get; above that it breaks off, and the tenant never sees its end. */
      readonly bound?: { readonly mostBytes: number; readonly onExceeded: () => void } | undefined;
      /** To be called when its first piece is with the kernel, and not in memory any more. */
      readonly onBegun?: (() => void) | undefined;
    };

export type Attempt = {
  readonly method: string;
  readonly pathAndQuery: string;
  /** Ready to be sent, without any that frame the body. */
  readonly headers: HeaderList;
  readonly body: RequestBody;
  readonly replay: ReplayClass;
  /** Whether it goes on a connection that is opened for it: the one before it may lead to where nobody is well. */
  readonly anew: boolean;
  readonly connectMs: number;
  /** Until the answer's head; with a streamed body each time that the tenant is waited for, to take more or to answer. */
  readonly timeoutMs: number;
  /** The longest silence between two pieces of the answer's body. */
  readonly idleMs: number;
  /** When the exchange has to begin its answer, by the clock's `now`. */
  readonly endsAt: number;
  /** Whether the body of a good answer has a say in what it means; that of an error always may. */
  readonly bodyMatters: (head: Head) => boolean;
  /** Hears of each interim answer, but for `100` and `101`. */
  readonly interim?: ((head: Head) => void) | undefined;
  /** Whose leaving ends the attempt, as does a streamed body that breaks off. */
  readonly left?: Departure | undefined;
};

export type Head = {
  readonly status: number;
  /** Empty when the tenant gave none that can be passed on. */
  readonly statusText: string;
  readonly headers: HeaderList;
};

/** What an engine can be told. Nothing that it tells afterwards of an ended line is listened to. */
export type Line = {
  /** Ends the request and its connection. */
  end(): void;
  pause(): void;
  resume(): void;
};

/** The rest of an answer that is passed on as it comes. */
export type BodyStream = {
  /** Lets it flow, to the one who takes it. To be called once. */
  flow(to: {
    readonly piece: (bytes: Buffer) => void;
    readonly end: () => void;
    /** It ended before it was complete, or fell silent for longer than `idleMs`. */
    readonly cut: () => void;
  }): void;
  /** While it is paused nobody waits for the tenant, and its silence is not measured. */
  pause(): void;
  resume(): void;
  /** Ends it, with its connection, unless it has come to its end. More than once does no harm. */
  letGo(): void;
};

export type AnswerBody =
  | { readonly kind: "none" }
  | { readonly kind: "whole"; readonly bytes: Buffer }
  | { readonly kind: "stream"; readonly beginning: Buffer; readonly rest: BodyStream };

/** What one attempt came back as. Until its head or its failure it took `durationMs`. */
export type Received = { readonly durationMs: number } & (
  | {
      readonly kind: "answer";
      readonly head: Head;
      /** Whether the body has a say in what the answer means. */
      readonly matters: boolean;
      /** `cut`: it ended before it was complete, or before as much of it had come as is collected. */
      readonly body: AnswerBody | { readonly kind: "cut"; readonly code: string };
    }
  | Failed
);
