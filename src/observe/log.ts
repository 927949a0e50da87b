/**
 * Events to JSON lines: decides what is written about each, and at which level. The only file that knows pino.
 *
 * A line is flat and made of allow-listed fields: `level` as a word, `time` as ISO 8601 in UTC, those of its event,
 * `msg`. Headers, query values and bodies have no field, so they cannot be written; what comes from outside (path,
 * transaction id, the text of an exception) is bounded, masked and kept on its line.
 */
import { pino } from "pino";
import { type Clock, systemClock } from "../clock.ts";
import { errorFields } from "./error-fields.ts";
import type { Event, ExchangeRecord, Observe } from "./events.ts";
import { type LineWriter, lineWriter } from "./line-writer.ts";
import { MASK, printable, SECRET_NAMES, shown } from "./secrets.ts";

/** From the most talkative to none. `debug` adds every attempt and every decision. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line may say besides its message: flat, and named in the code, never by a caller. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = {
  readonly level: LogLevel;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, error: Error, fields?: LogFields): void;
  readonly observe: Observe;
  /** Writes what is still held before it returns; the end of the process does the same. */
  flush(): void;
};

const MAX_TEXT_CHARS = 1000;
const MAX_PATH_CHARS = 500;
const MAX_WORD_CHARS = 200;
const MAX_NAMES = 50;

/**
 * A log at `level`, one of `LOG_LEVELS` (throws on another word). Lines go to `write`, each with its line end, else to
 * standard output, where they are gathered for at most a quarter of a second.
 */
export function createLog(options: {
  readonly level: string;
  readonly write?: (line: string) => void;
  readonly clock?: Clock;
}): Log {
  const level = LOG_LEVELS.find((each) => each === options.level);
  if (!level) throw new Error(`log level "${options.level}": expected one of ${LOG_LEVELS.join(", ")}`);

  const out: LineWriter = options.write
    ? { write: options.write, flush: () => {} }
    : standardOutput(options.clock ?? systemClock, (lines) =>
        writeLine("warn", "log lines were lost: whoever reads the log is too slow", { lines }),
      );
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (word) => ({ level: word }) },
      redact: { paths: redactedPaths(), censor: MASK },
    },
    out,
  );
  const writeLine: WriteLine = (at, message, fields) => logger[at](fields, message);

  return {
    level,
    debug: (message, fields) => writeLine("debug", message, shownFields(fields)),
    info: (message, fields) => writeLine("info", message, shownFields(fields)),
    warn: (message, fields) => writeLine("warn", message, shownFields(fields)),
    error: (message, error, fields) =>
      writeLine("error", message, { ...shownFields(fields), ...errorFields(error) }),
    observe: (event) => writeEvent(writeLine, event),
    flush: out.flush,
  };
}

type WriteLine = (level: Exclude<LogLevel, "silent">, message: string, fields: LogFields) => void;

function standardOutput(clock: Clock, onLost: (lines: number) => void): LineWriter {
  const writer = lineWriter(1, clock, onLost);
  process.once("exit", writer.flush);
  return writer;
}

/** Secret names as fields are written, `access_token` and `accessToken`. */
function redactedPaths(): string[] {
  const camelCase = (name: string): string =>
    name.replace(/[-_](.)/g, (_, letter: string) => letter.toUpperCase());
  return [...new Set(SECRET_NAMES.flatMap((name) => [name, camelCase(name)]))].map((name) => `["${name}"]`);
}

/** What is written about each event. */
function writeEvent(writeLine: WriteLine, event: Event): void {
  switch (event.kind) {
    case "exchange":
      writeExchange(writeLine, event);
      break;
    case "breaker":
      writeLine(event.to === "open" ? "warn" : "info", `circuit ${event.to}`, { family: word(event.family) });
      break;
    case "reload": {
      const detail = shown(event.message, MAX_TEXT_CHARS);
      if (event.result === "success") writeLine("info", "policy reloaded", { detail });
      else writeLine("error", "policy not reloaded: the last good one stays in force", { detail });
      break;
    }
    case "attempt": {
      const { route, family, class: statusClass, meaning, durationMs } = event;
      const fields = { route: word(route), family: word(family), class: statusClass, meaning };
      writeLine("debug", "attempt", { ...fields, durationMs: tenths(durationMs) });
      break;
    }
    case "decision":
      writeLine("debug", event.decision, { route: word(event.route), reason: word(event.reason) });
      break;
    case "normalised":
      writeLine("debug", "error body rewritten", { route: word(event.route), from: event.from });
      break;
    case "settled":
      writeLine(event.result === "unresolved" ? "warn" : "info", "lost answer", {
        id: word(event.id),
        route: word(event.route),
        operation: word(event.operation),
        result: event.result,
        settled: event.settled,
        meaning: event.meaning,
        compared: shown(event.compared.slice(0, MAX_NAMES).join(" "), MAX_TEXT_CHARS),
        reads: event.reads,
      });
      break;
    case "client-id-refused":
      writeLine("warn", "the collection takes no ids of ours: its creates cannot be sent again", {
        route: word(event.route),
      });
      break;
    case "refused":
      writeLine("debug", "refused", { family: word(event.family), reason: event.reason });
      break;
    default:
      event satisfies never;
  }
}

/** One line for each exchange; a warning when the caller got no good answer, or one that nobody can vouch for. */
function writeExchange(writeLine: WriteLine, exchange: ExchangeRecord): void {
  const fields = exchangeFields(exchange);
  if (exchange.error)
    return void writeLine("error", "exchange", { ...fields, ...errorFields(exchange.error) });
  const bad = exchange.status >= 500 || exchange.processed === "unknown";
  writeLine(bad ? "warn" : "info", "exchange", fields);
}

function exchangeFields(exchange: ExchangeRecord): LogFields {
  return {
    id: word(exchange.id),
    route: word(exchange.route),
    family: word(exchange.family),
    method: word(exchange.method),
    path: shown(withoutQuery(exchange.path), MAX_PATH_CHARS),
    operation: word(exchange.operation),
    replay: exchange.replay,
    status: exchange.status,
    attempts: exchange.attempts,
    durationMs: tenths(exchange.durationMs),
    meaning: exchange.meaning,
    origin: exchange.origin,
    processed: exchange.processed,
    reason: exchange.reason && word(exchange.reason),
    delivery: exchange.delivery,
    failure: exchange.failure && word(exchange.failure),
    transactionId: exchange.transactionId && shown(exchange.transactionId, MAX_WORD_CHARS),
    policyHash: exchange.policyHash,
  };
}

/** A path that is told to be without its query is cut all the same: queries hold tokens. */
function withoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

/** Names: from the policy, but a family's may take a part of the path. */
function word(text: string): string {
  return printable(text, MAX_WORD_CHARS);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Flat values only, texts fit to be shown. */
function shownFields(fields: LogFields = {}): LogFields {
  const result: Record<string, string | number | boolean | undefined> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") result[name] = shown(value, MAX_TEXT_CHARS);
    else if (typeof value !== "object") result[name] = value;
  }
  return result;
}
