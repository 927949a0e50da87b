/**
 * What is written about an exchange: its level, its fields, and their text. It knows neither pino nor where lines go.
 *
 * Every exchange writes a line, and for one of so many fields pino takes longer than all other observers together: it
 * asks each value what it is and looks for what has to be escaped, after the masks have looked for secrets. In nearly
 * every line all texts are plain (`isPlain`): it is put together here, as pino would write it. Whatever else comes is
 * left to the masks and to pino. `test/observe/exchange-line.test.ts` holds both ways to the same bytes.
 */
import { errorFields } from "./error-fields.ts";
import type { AttemptRecord, ExchangeRecord } from "./events.ts";
import { type LineLevel, type LogFields, MAX_WORD_CHARS, tenths, word } from "./fields.ts";
import { isPlain, shown } from "./secrets.ts";

const MAX_PATH_CHARS = 500;

/** A warning when the caller got no good answer, or one that nobody can vouch for. */
export function exchangeLevel({ error, status, processed }: ExchangeRecord): LineLevel {
  if (error) return "error";
  return status >= 500 || processed === "unknown" ? "warn" : "info";
}

/** The fields in their order, whatever is in them. */
export function exchangeFields(exchange: ExchangeRecord): LogFields {
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
    settled: exchange.settled,
    story: exchange.story && storyFields(exchange.story),
    policyHash: exchange.policyHash,
    ...(exchange.error ? errorFields(exchange.error) : {}),
  };
}

/** The same fields as text, each with a comma before it; undefined when one of them is not plain. */
export function exchangeText(exchange: ExchangeRecord): string | undefined {
  const { id, route, family, method, path, operation, status, attempts } = exchange;
  const { meaning, processed, reason, delivery, failure, transactionId, settled, story } = exchange;
  const durationMs = tenths(exchange.durationMs);
  const plain =
    exchange.error === undefined &&
    isPlain(id, MAX_WORD_CHARS) &&
    isPlain(path, MAX_PATH_CHARS) &&
    (transactionId === undefined || isPlain(transactionId, MAX_WORD_CHARS)) &&
    // Short words, which are plain if they are so in a row.
    isPlain(`${route},${family},${method},${operation},${reason},${failure}`, MAX_WORD_CHARS) &&
    Number.isFinite(durationMs);
  if (!plain) return undefined;
  return (
    `,"id":"${id}","route":"${route}","family":"${family}","method":"${method}","path":"${path}"` +
    `,"operation":"${operation}","replay":"${exchange.replay}","status":${status},"attempts":${attempts}` +
    `,"durationMs":${durationMs}${meaning === undefined ? "" : `,"meaning":"${meaning}"`}` +
    `,"origin":"${exchange.origin}"${processed === undefined ? "" : `,"processed":"${processed}"`}` +
    (reason === undefined ? "" : `,"reason":"${reason}"`) +
    (delivery === undefined ? "" : `,"delivery":"${delivery}"`) +
    (failure === undefined ? "" : `,"failure":"${failure}"`) +
    (transactionId === undefined ? "" : `,"transactionId":"${transactionId}"`) +
    (settled === undefined ? "" : `,"settled":"${settled}"`) +
    // Numbers, and words of closed lists.
    (story === undefined ? "" : `,"story":${JSON.stringify(storyFields(story))}`) +
    `,"policyHash":"${exchange.policyHash}"`
  );
}

/** The attempts as a line tells them: what stands in `AttemptRecord`, to the tenth of a millisecond. */
function storyFields(story: readonly AttemptRecord[]): AttemptRecord[] {
  return story.map((attempt) => ({
    ...attempt,
    atMs: tenths(attempt.atMs),
    durationMs: tenths(attempt.durationMs),
    ...(attempt.toldMs === undefined ? {} : { toldMs: tenths(attempt.toldMs) }),
    ...(attempt.waitMs === undefined ? {} : { waitMs: tenths(attempt.waitMs) }),
  }));
}

/** A path that is told to be without its query is cut all the same: queries hold tokens. */
function withoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}
