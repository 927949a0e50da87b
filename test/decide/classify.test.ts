import { describe, expect, it } from "vitest";
import { classify } from "../../src/decide/classify.ts";
import type { DialectRow, OperationRow } from "../../src/decide/rows.ts";
import { requestTable } from "../../src/decide/table.ts";
import { compileMatch } from "../../src/policy/compile-rows.ts";
import { factsOf, type Sent, watchedFactsOf } from "../support/facts.ts";

type Written = Omit<OperationRow, "match" | "at"> & { readonly match: Parameters<typeof compileMatch>[0] };

/** Rows as they would stand on lines 1, 2, 3 of a file. */
const rows = (...written: readonly Written[]) =>
  requestTable<OperationRow>(
    written.map(({ match, ...says }, index) => ({
      ...says,
      match: compileMatch(match),
      at: `policy.yaml:${index + 1}`,
    })),
  );

const DIALECTS = requestTable<DialectRow>([
  { match: compileMatch({ path: ["/am/oauth2/**"] }), dialect: "oauth2", at: "profile.yaml:1" },
]);

const classified = (operations: ReturnType<typeof rows>, line: string, sent?: Sent) =>
  classify(factsOf(line, sent), { dialects: DIALECTS, operations });

describe("what a request is", () => {
  const reports = { method: ["POST"], path: ["/reports/**"] };

  it("is told by CREST's own rules where no row speaks", () => {
    expect(classified(rows({ match: reports, replay: "read" }), "POST /users?_action=create")).toEqual({
      dialect: "crest",
      dialectAt: "no row speaks",
      operation: "create",
      replay: "unsafe",
      attempts: undefined,
      at: "CREST: POST that creates",
    });
  });

  it("is told by the first row that matches and names a replay class", () => {
    const table = rows(
      { match: reports, operation: "query", replay: "read", attempts: 2 },
      { match: {}, replay: "unsafe" },
    );
    expect(classified(table, "POST /reports/1")).toEqual({
      dialect: "crest",
      dialectAt: "no row speaks",
      operation: "query",
      replay: "read",
      attempts: 2,
      at: "policy.yaml:1",
    });
    expect(classified(table, "GET /users/1")).toMatchObject({
      operation: "read",
      replay: "unsafe",
      at: "policy.yaml:2",
    });
  });

  it("keeps CREST's operation when a row only names the replay class", () => {
    const table = rows({ match: reports, replay: "read" });
    expect(classified(table, "POST /reports/1?_action=run")).toMatchObject({
      operation: "action",
      replay: "read",
      at: "policy.yaml:1",
    });
  });

  it("keeps CREST's replay class when no row names one", () => {
    const table = rows({ match: reports, operation: "query", attempts: 4 });
    expect(classified(table, "POST /reports/1")).toEqual({
      dialect: "crest",
      dialectAt: "no row speaks",
      operation: "query",
      replay: "unsafe",
      attempts: 4,
      at: "CREST: POST that creates",
    });
  });

  it("is not made repeatable by a row that only speaks about something else", () => {
    const table = rows(
      { match: { path: ["/environment/**"] }, attempts: 5 },
      { match: { path: ["/environment/**"] }, operation: "query" },
      {
        match: { method: ["PUT"], path: ["/environment/ccc/*"] },
        operation: "action",
        replay: "unsafe",
        attempts: 2,
      },
    );
    expect(classified(table, "PUT /environment/ccc/apply")).toEqual({
      dialect: "crest",
      dialectAt: "no row speaks",
      operation: "query",
      replay: "unsafe",
      attempts: 5,
      at: "policy.yaml:3",
    });
  });

  it("takes nothing from rows below the one that decides", () => {
    const table = rows(
      { match: reports, replay: "idempotent" },
      { match: reports, operation: "query", attempts: 1 },
    );
    expect(classified(table, "POST /reports/1?_action=run")).toEqual({
      dialect: "crest",
      dialectAt: "no row speaks",
      operation: "action",
      replay: "idempotent",
      attempts: undefined,
      at: "policy.yaml:1",
    });
  });
});

describe("the dialect", () => {
  const overridden = { headers: { "X-HTTP-Method-Override": "GET" } };

  it("is CREST where no row says otherwise", () => {
    const ping = classified(rows(), "GET /openidm/info/ping");
    expect(ping).toMatchObject({ dialect: "crest", dialectAt: "no row speaks" });
    const token = classified(rows(), "POST /am/oauth2/access_token");
    expect(token).toMatchObject({ dialect: "oauth2", dialectAt: "profile.yaml:1" });
  });

  it("decides whether a method override is heard", () => {
    expect(classified(rows(), "POST /users/1", overridden)).toMatchObject({
      operation: "read",
      replay: "read",
    });
    expect(classified(rows(), "POST /am/oauth2/access_token", overridden)).toMatchObject({
      operation: "create",
      replay: "unsafe",
    });
  });

  it("decides it for the rows' own methods too", () => {
    const table = rows({ match: { method: ["GET"] }, operation: "query", replay: "read" });
    expect(classified(table, "POST /users/1", overridden).at).toBe("policy.yaml:1");
    expect(classified(table, "POST /am/oauth2/access_token", overridden).replay).toBe("unsafe");
  });
});

describe("the body", () => {
  const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
  const grants = rows(
    {
      match: { method: ["POST"], path: ["/token"], body: { grant_type: "client_credentials" } },
      replay: "idempotent",
    },
    { match: { method: ["POST"], path: ["/token"] }, operation: "action", replay: "unsafe" },
  );

  it("decides where a row turns on it", () => {
    const asked = (body: string) => classified(grants, "POST /token", { headers: FORM, body }).replay;
    expect(asked("grant_type=client_credentials")).toBe("idempotent");
    expect(asked("grant_type=authorization_code")).toBe("unsafe");
  });

  it("that is not held leaves the row that turns on it out", () => {
    expect(classified(grants, "POST /token", { headers: FORM })).toMatchObject({
      replay: "unsafe",
      at: "policy.yaml:2",
    });
  });

  it.each(["GET /token", "POST /other?_action=x", "PUT /token", "DELETE /token"])(
    "is not looked at for %s",
    (line) => {
      const { facts, looks } = watchedFactsOf(line, { headers: FORM, body: "grant_type=client_credentials" });
      classify(facts, { dialects: DIALECTS, operations: grants });
      expect(looks()).toBe(0);
    },
  );

  it("of a patch is not looked at when a row has named the class", () => {
    const { facts, looks } = watchedFactsOf("PATCH /users/1", { body: [] });
    const { replay } = classify(facts, {
      dialects: requestTable<DialectRow>([]),
      operations: rows({ match: {}, replay: "unsafe" }),
    });
    expect({ replay, looks: looks() }).toEqual({ replay: "unsafe", looks: 0 });
  });
});

describe("a path that a server could read in another way", () => {
  const session = { method: ["POST"], path: ["/am/json/sessions/**"], query: { _action: "getSessionInfo" } };
  const table = rows(
    { match: { method: ["POST"], path: ["/am/oauth2/**"] }, replay: "unsafe" },
    { match: session, replay: "read", attempts: 3 },
    { match: { path: ["/reports/**"] }, replay: "idempotent", attempts: 2 },
  );
  const ask = (path: string) => classified(table, `POST ${path}?_action=getSessionInfo`);

  it.each([
    "/am/json/sessions/../../am/oauth2/access_token",
    "/am/json/sessions/../../oauth2/access_token",
    "/am/json/sessions/%2e%2e/%2E%2E/oauth2/access_token",
    "/am/json/sessions/..%2f..%2Foauth2/access_token",
    "/am/json/sessions/..;/..;x=1/oauth2/access_token",
    "/am/json/sessions/..%3b/..%3B/oauth2/access_token",
    "/am/json/sessions/%252e%252e/%252e%252e/oauth2/access_token",
    "/am/json/sessions\\..\\..\\oauth2/access_token",
    "/am/json/sessions//../..//oauth2/access_token",
    "/am/oauth2/../json/sessions/x",
    "/am/json/sessions/../users/x",
    "/am/./json/../json/sessions/../other",
  ])("%s is not made repeatable by a row about one reading", (path) => {
    expect(ask(path).replay).toBe("unsafe");
  });

  it.each([
    "/am/json/sessions/a%20b",
    "/am/json/sessions//a",
    "/am/json/sessions/a;v=1/%41",
    "/am/json/sessions/x/../y",
  ])("%s is what the row says, which speaks about every reading", (path) => {
    expect(ask(path)).toMatchObject({ replay: "read", attempts: 3, at: "policy.yaml:2" });
  });

  it("has the lowest limit on attempts that any reading has", () => {
    expect(ask("/am/json/sessions/../../../reports/1")).toMatchObject({ replay: "idempotent", attempts: 2 });
  });
});
