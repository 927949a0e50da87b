/**
 * Everything that can happen to an exchange, as one closed union. Metrics and logs are two readers of it: adding an
 * event makes both fail to compile until they say what they do with it. No step knows who watches.
 */
import type { ReplayClass } from "../crest/words.ts";
import type {
  FailureWord,
  Meaning,
  Origin,
  Processed,
  RefusalReason,
  StatusClass,
  WithheldReason,
} from "../decide/words.ts";
import type { ErrorFormat } from "../problem/read.ts";
import type { CertificateUse, HandshakeFailure, SavedBy } from "./labels.ts";

export type Event =
  | {
      readonly kind: "attempt";
      readonly route: string;
      readonly family: string;
      readonly class: StatusClass | "failure";
      readonly meaning: Meaning;
      /** Until the answer's head, or the failure. */
      readonly durationMs: number;
    }
  /** Asked after every attempt that did not end `ok`; `reason` is the meaning that asked, or why not. */
  | {
      readonly kind: "decision";
      readonly route: string;
      readonly decision: "retried" | "withheld";
      readonly reason: string;
    }
  /** An error body was rewritten; `from` is how it spoke before. */
  | { readonly kind: "normalised"; readonly route: string; readonly from: ErrorFormat }
  /** The gateway refused to make an attempt. */
  | { readonly kind: "refused"; readonly family: string; readonly reason: RefusalReason }
  /** A write whose answer was lost was looked into; or its fate stays unknown. Names of fields, never values. */
  | {
      readonly kind: "settled";
      /** Of the exchange. */
      readonly id: string;
      readonly route: string;
      readonly operation: string;
      readonly result: "applied" | "not-applied" | "unresolved";
      readonly settled?: "applied" | "probable" | "synthesised";
      readonly compared: readonly string[];
      readonly reads: number;
      /** Of the answer that was doubted. */
      readonly meaning: Meaning;
    }
  /** A collection does not take ids of ours: its creates go as they come from now on. */
  | { readonly kind: "client-id-refused"; readonly route: string }
  | { readonly kind: "breaker"; readonly family: string; readonly to: "closed" | "half-open" | "open" }
  | { readonly kind: "reload"; readonly result: "success" | "failure"; readonly message: string }
  /** The files of a certificate have changed, and were taken over or not. */
  | {
      readonly kind: "certificate-reload";
      readonly use: CertificateUse;
      readonly result: "success" | "failure";
      readonly message: string;
    }
  /** A caller's connection never came as far as a request. */
  | {
      readonly kind: "handshake-failed";
      readonly reason: HandshakeFailure;
      /** Node's word for it. */
      readonly failure: string;
    }
  | ({ readonly kind: "exchange" } & ExchangeRecord);

/** One exchange, told once, at its end. One log line each. */
export type ExchangeRecord = {
  readonly id: string;
  readonly route: string;
  readonly family: string;
  /** The caller's method as sent. */
  readonly method: string;
  /** Without the query, and without what could be a secret (`decide/path-shown.ts`). */
  readonly path: string;
  readonly operation: string;
  readonly replay: ReplayClass;
  /** What the caller got; 499 when the caller left before an answer. */
  readonly status: number;
  readonly attempts: number;
  readonly durationMs: number;
  /** Of the last attempt; absent when none was made. */
  readonly meaning?: Meaning;
  readonly origin: Origin;
  readonly processed?: Processed;
  /** Why there was no further attempt, or why there was none at all. */
  readonly reason?: string;
  /** Present when the answer did not reach the caller whole: the tenant cut it, or the caller left. */
  readonly delivery?: "cut" | "caller-left";
  /** The system's word for a transport failure, e.g. `ECONNRESET`. */
  readonly failure?: string;
  readonly transactionId?: string;
  readonly policyHash: string;
  /** Every attempt in its order; absent when there was none, and when the first one's answer was final. */
  readonly story?: readonly AttemptRecord[];
  /** What became of a write whose answer was lost. */
  readonly settled?: "applied" | "not-applied" | "unresolved";
  /** An exception in the gateway itself. */
  readonly error?: Error;
};

/** By what a failure was kept from the caller; undefined when there was none, or it was not. */
export function savedBy({ attempts, status, settled, delivery }: ExchangeRecord): SavedBy | undefined {
  if (delivery !== undefined) return undefined;
  if (settled === "applied") return "settled";
  return attempts > 1 && status < 400 ? "retry" : undefined;
}

/** One attempt of an exchange that did not go straight, and what followed. */
export type AttemptRecord = {
  /** Of its answer; absent when none came. */
  readonly status?: number;
  /** What happened instead of an answer. */
  readonly failure?: FailureWord;
  readonly meaning: Meaning;
  /** When it was sent, since the exchange began. */
  readonly atMs: number;
  /** Until the answer's head, or the failure. */
  readonly durationMs: number;
  /** What the answer asked to wait. */
  readonly toldMs?: number;
  /** There was to be another one, after a wait; or why not. */
  readonly next: "retried" | WithheldReason;
  /** The wait before the next one. */
  readonly waitMs?: number;
};

export type Observe = (event: Event) => void;
