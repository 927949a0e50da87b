/**
 * The last few things worth a look, for the status page: exchanges that did not go straight, and changes of circuits,
 * policy and certificates. Bounded, in memory, and made of names and numbers only: it never holds a query, a header or a
 * body.
 */
import type { Clock } from "../clock.ts";
import type { AttemptRecord, ExchangeRecord, Observe } from "../observe/events.ts";
import { printable, shown } from "../observe/secrets.ts";

/** An exchange that failed, was refused, took more than one attempt or was denied one, or left a doubt. */
export type NotableExchange = {
  /** When it ended, ISO 8601 in UTC. */
  readonly at: string;
  readonly id: string;
  readonly transactionId: string | undefined;
  readonly method: string;
  /** Without its query, and masked as in the log. */
  readonly path: string;
  readonly route: string;
  readonly status: number;
  readonly attempts: number;
  readonly durationMs: number;
  readonly meaning: ExchangeRecord["meaning"] | undefined;
  readonly processed: string | undefined;
  readonly reason: string | undefined;
  readonly settled: ExchangeRecord["settled"];
  readonly story: readonly AttemptRecord[] | undefined;
};

export type Change = { readonly at: string; readonly what: string };

/** What reloading the policy came to, as far as it was tried. */
export type Reloads = {
  /** When the policy in force was taken over; absent when it is the one of the start. */
  readonly loadedAt?: string;
  /** Why the file was refused when it last was, a line for each mistake. */
  readonly refused?: { readonly at: string; readonly mistakes: readonly string[] };
};

export type Recent = {
  readonly observe: Observe;
  /** Newest first. */
  exchanges(): readonly NotableExchange[];
  /** Newest first. */
  changes(): readonly Change[];
  reloads(): Reloads;
};

const KEPT = 50;
const MOST_MISTAKES = 10;

/** Remembers the last fifty of each kind. */
export function createRecent(clock: Clock): Recent {
  const exchanges: NotableExchange[] = [];
  const changes: Change[] = [];
  let reloads: Reloads = {};
  const now = (): string => new Date(clock.wall()).toISOString();
  return {
    observe(event) {
      switch (event.kind) {
        case "exchange":
          if (
            event.status >= 500 ||
            event.attempts !== 1 ||
            event.processed === "unknown" ||
            event.story !== undefined
          )
            keep(exchanges, notable(now(), event));
          break;
        case "breaker":
          keep(changes, { at: now(), what: `${printable(event.family, 100)}: circuit ${event.to}` });
          break;
        case "reload":
          reloads =
            event.result === "success"
              ? { loadedAt: now() }
              : { ...reloads, refused: { at: now(), mistakes: linesOf(event.message) } };
          keep(changes, { at: now(), what: `policy reload, ${event.result}: ${shown(event.message, 500)}` });
          break;
        case "certificate-reload":
          keep(changes, {
            at: now(),
            what: `certificate reload, ${event.use}, ${event.result}: ${shown(event.message, 500)}`,
          });
          break;
        case "attempt":
        case "decision":
        case "normalised":
        case "refused":
        case "settled":
        case "client-id-refused":
        case "handshake-failed":
          // What is worth a look of these is seen at the end of their exchange.
          break;
        default:
          event satisfies never;
      }
    },
    exchanges: () => exchanges,
    changes: () => changes,
    reloads: () => reloads,
  };
}

function linesOf(message: string): string[] {
  return message.split("\n", MOST_MISTAKES).map((line) => shown(line, 300));
}

function keep<T>(list: T[], entry: T): void {
  list.unshift(entry);
  if (list.length > KEPT) list.pop();
}

function notable(at: string, exchange: ExchangeRecord): NotableExchange {
  return {
    at,
    id: printable(exchange.id, 100),
    transactionId: exchange.transactionId && shown(exchange.transactionId, 100),
    method: printable(exchange.method, 20),
    path: shown(exchange.path.replace(/[?#].*$/s, ""), 300),
    route: printable(exchange.route, 100),
    status: exchange.status,
    attempts: exchange.attempts,
    durationMs: Math.round(exchange.durationMs),
    meaning: exchange.meaning,
    processed: exchange.processed,
    reason: exchange.reason,
    settled: exchange.settled,
    story: exchange.story,
  };
}
