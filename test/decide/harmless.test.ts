/** The rule that no built-in table may break, over all outcomes and all requests. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REPLAY_CLASSES } from "../../src/crest/words.ts";
import type { Outcome } from "../../src/decide/outcome.ts";
import { decideRetry } from "../../src/decide/retry.ts";
import { mayRepeat } from "../../src/decide/verdict.ts";
import { FAILURES } from "../../src/decide/words.ts";
import { factsOf } from "../support/facts.ts";
import { AM, edge, failed, judged, PROFILE_NAMES, tenant, USER } from "./built-in.ts";

describe("the rule that stands behind the tables", () => {
  const requests = [
    ...["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "MERGE"].flatMap((method) =>
      [
        USER,
        "/environment/startup",
        "/environment/ccc/apply",
        "/openidm/system/ldap/account",
        "/auto/x",
        "/iga/x",
        "/x",
      ].map((path) => `${method} ${path}`),
    ),
    ...["create", "logout", "getSessionInfo", "eval", "authenticate"].map(
      (action) => `POST ${AM}/sessions?_action=${action}`,
    ),
    ...[
      `POST ${AM}/authenticate`,
      "POST /am/oauth2/access_token",
      "GET /am/oauth2/authorize",
      `GET ${USER}?_queryFilter=true`,
    ],
  ].map((line) => factsOf(line));
  const messages = [
    ...[
      "",
      "m",
      "Access Denied",
      "Failed policy validation",
      "x already exists",
      "x in maintenance mode",
      "Inactive script",
    ],
    ...[
      "If-Match not supported for GET requests",
      "Data validation failed",
      "Wrapped x",
      "Workflow must be in draft",
    ],
    ...["This operation is not available in PingOne Advanced Identity Cloud.", 'Exception: {"code":409,'],
  ];

  const headers = fc.subarray([
    ["Via", "1.1 google"],
    ["X-ForgeRock-TransactionId", "1"],
    ["Retry-After", "1"],
  ]);
  const body = fc.oneof(
    fc.constantFrom(...messages),
    fc.record({ code: fc.integer({ min: 400, max: 599 }), message: fc.constantFrom(...messages) }),
    fc.record({ error: fc.constantFrom("server_error", "temporarily_unavailable", "invalid_grant") }),
    fc.record({ error: fc.record({ code: fc.integer({ min: 400, max: 599 }) }) }),
  );
  const answer = fc
    .tuple(
      fc.integer({ min: 100, max: 599 }),
      body,
      fc.constantFrom("application/json", "text/html", "text/plain", ""),
      headers,
    )
    .map(([status, content, type, lines]): Outcome => {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      return { kind: "answered", status, headers: ["Content-Type", type, ...lines.flat()], text };
    });
  const outcome: fc.Arbitrary<Outcome> = fc.oneof(
    { weight: 4, arbitrary: answer },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...FAILURES), fc.boolean()).map((each) => failed(...each)),
    },
  );
  const name = fc.constantFrom(...PROFILE_NAMES);

  it("what may have been processed is sent again only if sending it again is harmless", () => {
    fc.assert(
      fc.property(outcome, fc.constantFrom(...requests), name, (came, facts, tables) => {
        const { processed, retry, replay } = judged(came, facts, tables);
        const next = decideRetry({
          rule: retry,
          replay,
          callerLeft: false,
          bodyHeld: true,
          attempts: 1,
          maxAttempts: 9,
          toldMs: undefined,
          toldMaxMs: 1,
          minDelayMs: 0,
          backoffMs: 0,
          timeLeftMs: 1,
          circuitOpen: false,
          gateWaitMs: 0,
          withdraw: () => true,
        });
        expect(next.kind === "retry").toBe(mayRepeat(retry, replay));
        if (next.kind === "retry" && processed !== "no") expect(replay).not.toBe("unsafe");
        // What was done for good is not sent again at all.
        if (processed === "yes") expect(next).toEqual({ kind: "stop", reason: "answered" });
      }),
      { numRuns: 5000 },
    );
  });

  it("holds for every status, every class and every part of the API", () => {
    for (const facts of requests)
      for (let status = 100; status < 600; status++)
        for (const came of [tenant(status), edge(status)]) {
          const { processed, retry } = judged(came, facts);
          const repeatable = REPLAY_CLASSES.filter((replay) => mayRepeat(retry, replay));
          if (processed !== "no" && repeatable.includes("unsafe"))
            expect.fail(`${status} to ${facts.target.path}`);
        }
  });

  it("only what says that nothing was done lets everything be sent again", () => {
    fc.assert(
      fc.property(outcome, fc.constantFrom(...requests), name, (came, facts, tables) => {
        const { retry, meaning } = judged(came, facts, tables);
        if (retry !== "any") return;
        if (came.kind === "answered") expect(["throttled", "too-early", "maintenance"]).toContain(meaning);
        else expect(!came.sent || meaning === "unreachable").toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});
