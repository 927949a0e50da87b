/**
 * The rows of the policy's tables as they are written: what a request is, what an answer means, what follows.
 *
 * The operator's file and the built-in profiles share them.
 */
import type { z } from "zod";
import { OPERATIONS, REPLAY_CLASSES } from "../../crest/words.ts";
import { FAILURES, HEALTHS, MEANINGS, ORIGINS, PROCESSED, RETRY_RULES } from "../../decide/words.ts";
import {
  duration,
  flag,
  list,
  oneOrMany,
  pattern,
  patterns,
  section,
  text,
  whole,
  word,
  words,
} from "./values.ts";

const PATH = /^(\/[^?#\s]*|\*)$/;
const METHOD = /^[A-Za-z][A-Za-z-]*$/;
const STATUS_TEXT = /^[1-5](xx|\d\d(-[1-5]\d\d)?)$/;

const path = () =>
  oneOrMany(
    text("a path that begins with /, without query, such as /openidm/managed/**", PATH),
    "a path that begins with /, without query, such as /openidm/managed/**",
  ).describe(
    "Path pattern, or a list of them: `*` is one segment or a part of it, `**` is any number of segments.",
  );

const method = () =>
  oneOrMany(text("a method such as GET", METHOD), "a method such as GET").describe(
    "HTTP method, or a list of them; a POST with `X-HTTP-Method-Override` counts as the method it names.",
  );

const query = () =>
  patterns("query parameters").describe(
    "Query parameters and patterns for their values, all of which have to hold; neither knows case.",
  );

const requestConditions = () => ({
  method: method().optional(),
  path: path().optional(),
  query: query().optional(),
  header: patterns("request headers")
    .optional()
    .describe(
      "Request headers and patterns for their values, all of which have to hold; `'*'` means: it is there.",
    ),
  body: patterns("members of the body")
    .optional()
    .describe(
      "Members of the request's form or JSON body and patterns for their values, all of which have to hold.",
    ),
});

/** What a request has to look like; nothing means every request. */
export const requestMatch = section(
  requestConditions(),
  "conditions such as { method: GET, path: '/x/**' }",
).meta({
  id: "requestMatch",
});
export type RequestMatchWritten = z.output<typeof requestMatch>;

/** As `requestMatch`, but a table's row has to name at least one condition. */
const rowMatch = requestMatch.refine((match) => Object.keys(match).length > 0, {
  error: "expected at least one condition; without any the row would speak about every request",
});

const status = () =>
  oneOrMany(
    whole(100, 599).or(text("a status such as 503, 5xx or 500-504", STATUS_TEXT)),
    "a status such as 503, 5xx or 500-504",
  ).describe("Status code, `5xx`, `500-504`, or a list of such.");

/** Conditions on an outcome; `origin` is left out where origin is what the row decides. */
const outcomeConditions = () => ({
  status: status().optional(),
  contentType: pattern().optional().describe("Pattern for the answer's media type, such as `text/*`."),
  body: patterns("members of the answer's body")
    .optional()
    .describe(
      "Members of the answer's JSON body by dotted name, such as `error.code`, and patterns for their values.",
    ),
  message: pattern()
    .optional()
    .describe(
      "Pattern for the body's `message`, or for the whole text when the body is not JSON. Case does not count.",
    ),
  header: patterns("answer headers")
    .optional()
    .describe("Headers of the answer and patterns for their values; `'*'` means: it is there."),
  failure: words(FAILURES).optional().describe("What became of an attempt that brought no usable answer."),
  operation: words(OPERATIONS).optional().describe("What the request is in CREST."),
  method: method().optional(),
  path: path().optional(),
  query: query().optional(),
});

const NO_CONDITION = "expected at least one condition; without any the row would speak about every answer";

export const outcomeMatch = section(
  { ...outcomeConditions(), origin: word(ORIGINS).optional().describe("Who made the answer.") },
  "conditions such as { status: 503 }",
)
  .refine((when) => Object.keys(when).length > 0, { error: NO_CONDITION })
  .meta({ id: "outcomeMatch" });
export type OutcomeMatchWritten = z.output<typeof outcomeMatch>;

/** An origins row of a profile. */
export const originRow = section({
  when: section(outcomeConditions(), "conditions such as { status: 4xx }").refine(
    (when) => Object.keys(when).length > 0,
    { error: NO_CONDITION },
  ),
  origin: word(ORIGINS),
});

export const operationRow = section(
  {
    match: rowMatch.describe("Which requests the row speaks about."),
    operation: word(OPERATIONS).optional().describe("What such a request is in CREST."),
    replay: word(REPLAY_CLASSES)
      .optional()
      .describe(
        "What sending it again would do: `read` nothing; `guarded` nothing more, a precondition sees to it; " +
          "`idempotent` the same once more; `unsafe` a second change.",
      ),
    attempts: whole(1, 10)
      .optional()
      .describe("At most this many attempts for such a request, the first included."),
  },
  "a row such as { match: { path: /x }, replay: read }",
)
  .refine((row) => row.operation !== undefined || row.replay !== undefined || row.attempts !== undefined, {
    error: "expected at least one of operation, replay and attempts; the row says nothing",
  })
  .meta({ id: "operationRow" });
export type OperationRowWritten = z.output<typeof operationRow>;

export const answerRow = section(
  {
    when: outcomeMatch.describe("Which answers or failures the row speaks about."),
    means: word(MEANINGS).describe("What they mean."),
  },
  "a row such as { when: { status: 503 }, means: unavailable }",
).meta({ id: "answerRow" });
export type AnswerRowWritten = z.output<typeof answerRow>;

const verdict = section(
  {
    processed: word(PROCESSED).optional().describe("Whether the tenant acted on such an attempt."),
    retry: word(RETRY_RULES)
      .optional()
      .describe(
        "Which requests may be sent again: `never`; `reads`; `guarded`, which adds writes under a precondition; " +
          "`idempotent`, which adds all idempotent ones; `any`, also creates and actions.",
      ),
    health: word(HEALTHS)
      .optional()
      .describe(
        "What it says about the tenant: `good` and `bad` count in the circuit, `alive` and `neutral` do not.",
      ),
    attempts: whole(1, 10)
      .optional()
      .describe("At most this many attempts for this reason, the first included."),
    minDelay: duration({ min: "0s", max: "1h" })
      .optional()
      .describe("The next attempt comes no earlier than this."),
    oncePerPath: flag().optional().describe("Counts as `bad` only once for each path in a breaker's window."),
    closesGate: flag().optional().describe("Holds back the whole family until the told time."),
  },
  "what follows, such as { retry: never }",
).meta({ id: "verdict" });
export type VerdictWritten = z.output<typeof verdict>;

/** What follows from meanings; what is left out stays as it is in the table below. */
export const meaningsTable = section(
  Object.fromEntries(
    MEANINGS.map((meaning) => [meaning, verdict.optional().describe(`What follows from \`${meaning}\`.`)]),
  ) as Record<(typeof MEANINGS)[number], z.ZodOptional<typeof verdict>>,
  "meanings and what follows from them",
).meta({ id: "meanings" });
export type MeaningsWritten = z.output<typeof meaningsTable>;

/** The three tables, as keys of a file or a route. */
export const tables = () => ({
  operations: list(operationRow, "rows such as { match: { path: /x }, replay: read }")
    .optional()
    .describe("What a request is; the first row that matches wins, and these stand before the profile's."),
  answers: list(answerRow, "rows such as { when: { status: 503 }, means: unavailable }")
    .optional()
    .describe(
      "What an answer or a failure means; the first row that matches wins, and these stand before the profile's.",
    ),
  meanings: meaningsTable
    .optional()
    .describe("What follows from a meaning; replaces members of the profile's rows."),
});
