import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/crest/words.ts";
import { type JudgementTables, judge } from "../../src/decide/judge.ts";
import type { Outcome } from "../../src/decide/outcome.ts";
import type { AnswerRow, OriginRow } from "../../src/decide/rows.ts";
import { type OutcomeTable, outcomeTable } from "../../src/decide/table.ts";
import type { MeaningsTable, Verdict } from "../../src/decide/verdict.ts";
import { FAILURES, type FailureWord, MEANINGS, type Meaning } from "../../src/decide/words.ts";
import { compileWhen } from "../../src/policy/compile-rows.ts";
import { factsOf } from "../support/facts.ts";

type When = Parameters<typeof compileWhen>[0];

const VERDICT: Verdict = { processed: "unknown", retry: "idempotent", health: "bad", at: "meanings" };

const meanings = (own: Partial<Record<Meaning, Partial<Verdict>>> = {}): MeaningsTable =>
  Object.fromEntries(MEANINGS.map((meaning) => [meaning, { ...VERDICT, ...own[meaning] }])) as MeaningsTable;

const answers = (...rows: readonly [When, Meaning][]): OutcomeTable<AnswerRow> =>
  outcomeTable(
    rows.map(([when, means], index) => ({ when: compileWhen(when), means, at: `answers:${index + 1}` })),
  );

const origins = (...rows: readonly [When, OriginRow["origin"]][]): OutcomeTable<OriginRow> =>
  outcomeTable(
    rows.map(([when, origin], index) => ({ when: compileWhen(when), origin, at: `origins:${index + 1}` })),
  );

const answered = (status: number, text?: string, headers: Record<string, string> = {}): Outcome => ({
  kind: "answered",
  status,
  headers: Object.entries(headers).flat(),
  text,
});
const json = (status: number, body: unknown): Outcome =>
  answered(status, JSON.stringify(body), { "Content-Type": "application/json" });
const failed = (failure: FailureWord, sent = true): Outcome => ({ kind: "failed", failure, code: "E", sent });

type Asked = { readonly line?: string; readonly operation?: Operation } & Partial<JudgementTables>;

const judged = (outcome: Outcome, { line = "GET /users/1", operation = "read", ...tables }: Asked = {}) =>
  judge(
    outcome,
    { facts: factsOf(line), operation },
    { origins: origins(), answers: answers(), meanings: meanings(), ...tables },
  );

/** Whether a row with this condition speaks about the outcome. */
const speaks = (when: When, outcome: Outcome, asked: Asked = {}): boolean =>
  judged(outcome, { answers: answers([when, "maintenance"]), ...asked }).meaning === "maintenance";

describe("a condition on the status", () => {
  it.each<[When["status"], number[], number[]]>([
    [[503], [503], [502, 504, 500, 200]],
    [["5xx"], [500, 503, 599], [499, 600, 404]],
    [["500-504"], [500, 502, 504], [499, 505]],
    [
      ["2xx", 404],
      [200, 204, 299, 404],
      [300, 403],
    ],
  ])("%j", (status, holds, fails) => {
    expect(holds.filter((code) => !speaks({ status }, answered(code)))).toEqual([]);
    expect(fails.filter((code) => speaks({ status }, answered(code)))).toEqual([]);
  });

  it("speaks about answers only", () => {
    expect(FAILURES.filter((failure) => speaks({ status: ["5xx"] }, failed(failure)))).toEqual([]);
  });
});

describe("a condition on the failure", () => {
  it("speaks about the failures it names and about no answer", () => {
    const when: When = { failure: ["reset", "timeout"] };
    expect(FAILURES.filter((failure) => speaks(when, failed(failure)))).toEqual(["reset", "timeout"]);
    expect(speaks(when, answered(503))).toBe(false);
  });

  it("may ask for more", () => {
    const when: When = { failure: ["reset"], path: ["/iga/**"], operation: ["create"] };
    expect(speaks(when, failed("reset"), { line: "POST /iga/x", operation: "create" })).toBe(true);
    expect(speaks(when, failed("reset"), { line: "POST /am/x", operation: "create" })).toBe(false);
    expect(speaks(when, failed("reset"), { line: "POST /iga/x", operation: "action" })).toBe(false);
  });
});

describe("conditions on the answer's headers", () => {
  it.each<[When, Record<string, string>, boolean]>([
    [{ contentType: "text/html" }, { "content-type": "Text/HTML; charset=UTF-8" }, true],
    [{ contentType: "*json*" }, { "Content-Type": "application/problem+json" }, true],
    [{ contentType: "*json*" }, { "Content-Type": "text/html" }, false],
    [{ contentType: "*json*" }, {}, false],
    [{ header: { via: "*google*" } }, { Via: "1.1 google" }, true],
    [{ header: { via: "*google*" } }, { Via: "1.1 varnish" }, false],
    [{ header: { via: "*" } }, {}, false],
    [{ header: { via: "*", server: "x" } }, { Via: "1.1 google" }, false],
  ])("%j of %j: %s", (when, headers, holds) => {
    expect(speaks(when, answered(503, "", headers))).toBe(holds);
  });
});

describe("conditions on the answer's body", () => {
  const error = {
    code: 503,
    reason: "x",
    message: "In Maintenance mode",
    error: { code: 409, list: [1] },
    none: null,
  };
  it.each<[When["body"], unknown, boolean]>([
    [{ code: "503" }, error, true],
    [{ code: "50*" }, error, true],
    [{ code: "409" }, error, false],
    [{ "error.code": "409" }, error, true],
    [{ "error.code": "4*", code: "5*" }, error, true],
    [{ "error.code": "4*", code: "4*" }, error, false],
    [{ error: "*" }, error, true],
    [{ error: '{"code":409*' }, error, true],
    [{ none: "*" }, error, true],
    [{ none: "null" }, error, true],
    [{ missing: "*" }, error, false],
    [{ "error.code.deeper": "*" }, error, false],
    [{ "code.toString": "*" }, error, false],
    [{ constructor: "*" }, error, false],
    [{ length: "*" }, "text", false],
    [{ code: "*" }, null, false],
    [{ code: "*" }, [error], false],
    [{ "0.code": "503" }, [error], true],
  ])("%j of %j: %s", (body, text, holds) => {
    expect(speaks({ body }, json(400, text))).toBe(holds);
  });

  it("do not hold for a body that is no JSON, or was not read", () => {
    expect(speaks({ body: { code: "*" } }, answered(400, "code: 503"))).toBe(false);
    expect(speaks({ body: { code: "*" } }, answered(400, ""))).toBe(false);
    expect(speaks({ body: { code: "*" } }, answered(400, undefined))).toBe(false);
  });

  it("read JSON whatever the answer calls it", () => {
    expect(
      speaks({ body: { code: "503" } }, answered(503, '{"code":503}', { "Content-Type": "text/plain" })),
    ).toBe(true);
  });
});

describe("a condition on the message", () => {
  it.each([
    ["*maintenance*", json(503, { message: "In Maintenance mode" }), true],
    ["*maintenance*", json(503, { message: "other", detail: "maintenance" }), false],
    ["*maintenance*", answered(503, "Down for maintenance."), true],
    ["*maintenance*", answered(503, "<html>maintenance</html>"), true],
    ["Exception: {*", answered(500, 'Exception: {"code":409}'), true],
    ["*maintenance*", json(503, { error_description: "maintenance" }), true],
    ["*maintenance*", answered(503, ""), false],
    ["*", answered(503, ""), true],
    // A body that was not read says nothing, not even that it is there.
    ["*", answered(503, undefined), false],
  ] as const)("%s of %j: %s", (message, outcome, holds) => {
    expect(speaks({ message }, outcome)).toBe(holds);
  });
});

describe("conditions on the request", () => {
  it("are asked about the request that was answered", () => {
    const when: When = {
      status: [401],
      path: ["/openidm/system/**"],
      method: ["POST"],
      query: { _action: "authenticate" },
    };
    expect(
      speaks(when, answered(401), { line: "POST /openidm/system/ldap/account?_action=Authenticate" }),
    ).toBe(true);
    expect(speaks(when, answered(401), { line: "POST /openidm/system/ldap/account?_action=test" })).toBe(
      false,
    );
    expect(
      speaks(when, answered(401), { line: "GET /openidm/system/ldap/account?_action=authenticate" }),
    ).toBe(false);
    expect(speaks(when, answered(401), { line: "POST /openidm/managed/x?_action=authenticate" })).toBe(false);
  });

  it("know the operation", () => {
    const when: When = { status: [200], operation: ["query"], body: { error: "*" } };
    expect(speaks(when, json(200, { error: {} }), { operation: "query" })).toBe(true);
    expect(speaks(when, json(200, { error: {} }), { operation: "read" })).toBe(false);
  });
});

describe("who spoke", () => {
  const rows = origins([{ header: { via: "*google*" } }, "tenant"], [{ status: ["4xx", "5xx"] }, "edge"]);

  it("is told by the first row that holds", () => {
    const tenants = judged(answered(503, "", { Via: "1.1 google" }), { origins: rows });
    expect(tenants).toMatchObject({ origin: "tenant", originAt: "origins:1" });
    expect(judged(answered(503), { origins: rows })).toMatchObject({ origin: "edge", originAt: "origins:2" });
  });

  it("is the tenant where no row holds", () => {
    const { origin, originAt } = judged(answered(200), { origins: rows });
    expect({ origin, originAt }).toEqual({ origin: "tenant", originAt: "no row speaks" });
  });

  it("is the gateway itself when there was no answer", () => {
    for (const failure of FAILURES)
      expect(judged(failed(failure), { origins: rows })).toMatchObject({
        origin: "gateway",
        originAt: "no answer came",
      });
  });

  it("can decide what an answer means", () => {
    const asked = {
      origins: rows,
      answers: answers([{ status: [403], origin: "edge" }, "blocked"], [{ status: [403] }, "forbidden"]),
    };
    expect(judged(answered(403), asked).meaning).toBe("blocked");
    expect(judged(answered(403, "", { Via: "1.1 google" }), asked).meaning).toBe("forbidden");
  });
});

describe("what an answer means", () => {
  it("is told by the first row that holds, and which one it was is said", () => {
    const table = answers(
      [{ status: [503], message: "*inactive*" }, "rejected"],
      [{ status: ["5xx"] }, "unavailable"],
    );
    expect(judged(json(503, { message: "Inactive script" }), { answers: table })).toMatchObject({
      meaning: "rejected",
      at: "answers:1",
    });
    expect(judged(json(503, { message: "later" }), { answers: table })).toMatchObject({
      meaning: "unavailable",
      at: "answers:2",
    });
  });

  it.each<[Outcome, Meaning]>([
    [answered(200), "ok"],
    [answered(204), "ok"],
    [answered(304), "ok"],
    [answered(399), "ok"],
    [answered(400), "rejected"],
    [answered(499), "rejected"],
    [answered(500), "defect"],
    [answered(599), "defect"],
    [answered(700), "defect"],
    [failed("reset", true), "cut-off"],
    [failed("refused", false), "unreachable"],
  ])("follows from the class where no row holds: %j is %s", (outcome, meaning) => {
    expect(judged(outcome)).toMatchObject({ meaning, at: "by status class" });
  });
});

describe("what follows", () => {
  it("stands in the meaning's row", () => {
    const verdict = {
      processed: "yes",
      retry: "reads",
      health: "alive",
      minDelayMs: 7,
      at: "meanings:9",
    } as const;
    const asked = {
      answers: answers([{ status: [409] }, "conflict"]),
      meanings: meanings({ conflict: verdict }),
    };
    const { verdict: found, processed, retry } = judged(answered(409), asked);
    expect(found).toMatchObject(verdict);
    expect({ processed, retry }).toEqual({ processed: "yes", retry: "reads" });
  });

  it("is that nothing happened and anything may be sent again, when nothing was sent", () => {
    const { processed, retry, verdict } = judged(failed("reset", false), {
      answers: answers([{ failure: ["reset"] }, "cut-off"]),
    });
    expect({ processed, retry }).toEqual({ processed: "no", retry: "any" });
    // The tenant's health is another matter.
    expect(verdict.health).toBe("bad");
  });

  it("is still never, where the row says never", () => {
    const asked = {
      answers: answers([{ failure: ["caller-left"] }, "abandoned"]),
      meanings: meanings({ abandoned: { retry: "never" } }),
    };
    const unsent = judged(failed("caller-left", false), asked);
    expect({ processed: unsent.processed, retry: unsent.retry }).toEqual({ processed: "no", retry: "never" });
    const sent = judged(failed("caller-left", true), asked);
    expect({ processed: sent.processed, retry: sent.retry }).toEqual({
      processed: "unknown",
      retry: "never",
    });
  });
});
