/**
 * The operator's file as it is written. Compiling it is the business of the `compile-*` files.
 */
import { z } from "zod";
import { OPERATIONS, REPLAY_CLASSES } from "../../crest/words.ts";
import { FAILURES, MEANINGS, ORIGINS, PROCESSED, WITHHELD_REASONS } from "../../decide/words.ts";
import { requestMatch, tables } from "./schema-rows.ts";
import { connection, listener, maxBody, settings } from "./schema-settings.ts";
import { exactly, flag, label, list, section, size, text, texts, whole, word } from "./values.ts";

export const PROFILES = ["aic", "crest", "none"] as const;
export type ProfileName = (typeof PROFILES)[number];

/** What the file says when it does not say which tables it builds on. */
export const DEFAULT_PROFILE: ProfileName = "aic";

/** More routes than this would make more metric series than Prometheus should be asked to keep. */
export const MAX_ROUTES = 100;

const route = section(
  {
    name: label("a name").describe("Label in metrics and logs: a-z, 0-9 and -, at most 40 characters."),
    match: requestMatch.describe("Which requests the route serves; the first route that matches wins."),
    family: label("a family")
      .optional()
      .describe(
        "Which circuit, limits and budget its requests share. Default: the profile's family for the path.",
      ),
    replayableCreates: flag()
      .optional()
      .describe(
        "Turns `POST ?_action=create` into a `PUT` with an id of our own, which may be sent again. Default: false.",
      ),
    ...settings(),
    replay: section({ maxBody: maxBody() })
      .optional()
      .describe("Which request bodies are held for another attempt."),
    ...tables(),
  },
  "a route such as { name: users, match: { path: '/x/**' } }",
).describe("A named part of the API, and everything that is different there.");
export type RouteWritten = z.output<typeof route>;

const REASONS = [
  ...WITHHELD_REASONS,
  ...MEANINGS.filter((meaning) => !WITHHELD_REASONS.some((reason) => reason === meaning)),
] as const;

const REFUSED = ["no", "access-denied", "read-only", "body-too-large"] as const;

const test = section(
  {
    name: text("a name").describe("What the test holds, as a sentence."),
    request: text("a request such as 'GET /x'", /^[A-Z-]+ \S+$/).describe(
      "Method and target, such as `GET /x?_fields=a`.",
    ),
    header: texts("headers by name").optional().describe("Headers of the request."),
    body: z.unknown().optional().describe("Body of the request: a text, or a value that is sent as JSON."),
    answer: z
      .union(
        [
          whole(200, 599),
          word(FAILURES),
          section({
            status: whole(200, 599).describe("Status of the answer."),
            header: texts("headers by name").optional().describe("Headers of the answer."),
            body: z
              .unknown()
              .optional()
              .describe("Body of the answer: a text, or a value that is sent as JSON."),
          }),
        ],
        { error: "expected a status, a failure word or { status, header, body }" },
      )
      .optional()
      .describe("What the tenant answers: a status, a failure, or an answer in full."),
    expect: section({
      route: text("a route's name").optional().describe("Which route serves it."),
      family: text("a family's name").optional().describe("Which family it belongs to."),
      operation: word(OPERATIONS).optional().describe("What the request is in CREST."),
      replay: word(REPLAY_CLASSES).optional().describe("What sending it again would do."),
      refused: word(REFUSED)
        .optional()
        .describe("Whether `access` or `maxRequestBody` keep it from the tenant, and which."),
      origin: word(ORIGINS).optional().describe("Who made the answer."),
      meaning: word(MEANINGS).optional().describe("What the answer means."),
      processed: word(PROCESSED).optional().describe("Whether the tenant acted on it."),
      retry: flag().optional().describe("Whether it is sent again."),
      reason: word(REASONS)
        .optional()
        .describe("Why it is not sent again, or the meaning that asked for it."),
    })
      .refine((expect) => Object.keys(expect).length > 0, {
        error:
          "expected at least one expectation, such as { retry: false }; without any the test always passes",
      })
      .describe("What the gateway has to make of it."),
  },
  "a test such as { name: …, request: 'GET /x', answer: 503, expect: { retry: true } }",
).describe("An example that is checked before the file is used.");

export type TestWritten = z.output<typeof test>;
export type ExpectedWritten = TestWritten["expect"];

export const policyFile = section(
  {
    version: exactly(1).describe("The version of this file's format: 1."),
    extends: word(PROFILES)
      .optional()
      .describe(
        "The built-in tables this file stands in front of: `aic` PingOne Advanced Identity Cloud, `crest` any other " +
          "CREST server, `none` plain HTTP. Default: aic.",
      ),
    ...settings(),
    replay: section({
      maxBody: maxBody(),
      memory: size({ max: "64GiB" }).optional().describe("All held bodies together. Default: 64MiB."),
    })
      .optional()
      .describe("Which request bodies are held for another attempt."),
    forwarded: word(["none", "append"])
      .optional()
      .describe(
        "Forwarded-for headers: `none` reach the tenant, or ours is `append`ed to the caller's. Default: none.",
      ),
    connection: connection(),
    listener: listener.optional().describe("What callers' connections may do, and how long."),
    ...tables(),
    routes: list(route, "routes such as { name: users, match: { path: '/x/**' } }")
      .max(MAX_ROUTES, { error: `expected at most ${MAX_ROUTES} routes: each is a label in every metric` })
      .optional()
      .describe("Named parts of the API, and everything above for each; the first one that matches wins."),
    tests: list(test, "tests").optional().describe("Examples that are checked before the file is used."),
  },
  "a policy, at least `version: 1`",
);
export type PolicyWritten = z.output<typeof policyFile>;
