/**
 * What one attempt came back as, as a value. Nothing here knows sockets.
 */
import type { HeaderList } from "../http/headers.ts";
import type { FailureWord } from "./words.ts";

/** The tenant (or the edge) spoke. */
export type Answered = {
  readonly kind: "answered";
  readonly status: number;
  readonly headers: HeaderList;
  /** The whole body, decoded, when it was small enough and reading it could matter; undefined when it streams. */
  readonly text: string | undefined;
};

/** No usable answer. */
export type Failed = {
  readonly kind: "failed";
  readonly failure: FailureWord;
  /** The system's own word (`ECONNRESET`), for logs. */
  readonly code: string;
  /** Whether any byte of the request can have left this machine. */
  readonly sent: boolean;
  /** What else people should know, as a sentence; where the failure is one of many kinds. */
  readonly explanation?: string | undefined;
};

export type Outcome = Answered | Failed;
