/**
 * Lines of JSON, by pino: decides how a line looks, what is written at which level, and where to. The only file that
 * knows pino; what is said about an event is decided in `event-lines.ts` and `exchange-line.ts`.
 *
 * A line is flat and made of allow-listed fields: `level` as a word, `time` as ISO 8601 in UTC, those of its event,
 * `msg`. Headers, query values and bodies have no field, so they cannot be written; what comes from outside (path,
 * transaction id, the text of an exception) is bounded, masked and kept on its line.
 */
import { pino } from "pino";
import { type Clock, systemClock } from "../clock.ts";
import { errorFields } from "./error-fields.ts";
import { writeEvent } from "./event-lines.ts";
import type { Observe } from "./events.ts";
import { exchangeFields, exchangeLevel, exchangeText } from "./exchange-line.ts";
import type { LogFields, WriteLine } from "./fields.ts";
import { type LineWriter, lineWriter } from "./line-writer.ts";
import { type Paint, readable } from "./readable.ts";
import { MASK, SECRET_NAMES, shown } from "./secrets.ts";

/** From the most talkative to none. `debug` adds every attempt and every decision; nothing more is said at `trace`. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

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

/**
 * A log at `level`, one of `LOG_LEVELS` (throws on another word). Lines go to `write`, each with its line end, else to
 * standard output, where they are gathered for at most a quarter of a second.
 */
export function createLog(options: {
  readonly level: string;
  readonly write?: (line: string) => void;
  readonly clock?: Clock;
  /** Lines for people, so painted, in place of JSON. */
  readonly forPeople?: Paint | undefined;
}): Log {
  const level = LOG_LEVELS.find((each) => each === options.level);
  if (!level) throw new Error(`log level "${options.level}": expected one of ${LOG_LEVELS.join(", ")}`);

  const clock = options.clock ?? systemClock;
  const { forPeople } = options;
  const written: LineWriter = options.write
    ? { write: options.write, flush: () => {} }
    : standardOutput(clock, (lines) =>
        writeLine("warn", "log lines were lost: whoever reads the log is too slow", { lines }),
      );
  const out: LineWriter = forPeople
    ? { write: (line) => written.write(readable(line, forPeople)), flush: written.flush }
    : written;
  const time = timeMember(clock);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: time,
      formatters: { level: (word) => ({ level: word }) },
      redact: { paths: redactedPaths(), censor: MASK },
    },
    out,
  );
  const writeLine: WriteLine = (at, message, fields) => logger[at](fields, message);
  // A level is for good: pino is asked once.
  const writes = {
    debug: logger.isLevelEnabled("debug"),
    info: logger.isLevelEnabled("info"),
    warn: logger.isLevelEnabled("warn"),
    error: logger.isLevelEnabled("error"),
  };

  return {
    level,
    debug: (message, fields) => writeLine("debug", message, shownFields(fields)),
    info: (message, fields) => writeLine("info", message, shownFields(fields)),
    warn: (message, fields) => writeLine("warn", message, shownFields(fields)),
    error: (message, error, fields) =>
      writeLine("error", message, { ...shownFields(fields), ...errorFields(error) }),
    observe(event) {
      if (event.kind !== "exchange") return writeEvent(writeLine, event, writes.debug);
      const at = exchangeLevel(event);
      if (!writes[at]) return;
      const text = exchangeText(event);
      if (text === undefined) writeLine(at, "exchange", exchangeFields(event));
      else out.write(`{"level":"${at}"${time()}${text},"msg":"exchange"}\n`);
    },
    flush: out.flush,
  };
}

/** The time as pino's `isoTime` has it; put together once for each millisecond, in which many lines may fall. */
function timeMember(clock: Clock): () => string {
  let ofMs = Number.NaN;
  let member = "";
  return () => {
    const nowMs = clock.wall();
    if (nowMs !== ofMs) {
      ofMs = nowMs;
      member = `,"time":"${new Date(nowMs).toISOString()}"`;
    }
    return member;
  };
}

function standardOutput(clock: Clock, onLost: (lines: number) => void): LineWriter {
  const writer = lineWriter(1, clock, onLost);
  process.once("exit", writer.flush);
  return writer;
}

/**
 * Secret names as fields are written, `access_token` and `accessToken`. No event has such a field; it is for fields that
 * others give to `info` and the like, whose values need not look like secrets.
 */
function redactedPaths(): string[] {
  const camelCase = (name: string): string =>
    name.replace(/[-_](.)/g, (_, letter: string) => letter.toUpperCase());
  return [...new Set(SECRET_NAMES.flatMap((name) => [name, camelCase(name)]))].map((name) => `["${name}"]`);
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
