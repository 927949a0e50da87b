import { describe, expect, it } from "vitest";
import { asSeenBy, requestMatches } from "../../src/decide/request.ts";
import { compileMatch } from "../../src/policy/compile-rows.ts";
import { factsOf, type Sent, watchedFactsOf } from "../support/facts.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };

const match = (written: Parameters<typeof compileMatch>[0]) => compileMatch(written);

type Row = [condition: Parameters<typeof compileMatch>[0], line: string, sent: Sent, holds: boolean];

const table = (rows: readonly Row[]): void => {
  it.each(rows)("%j, asked about %s %j: %s", (condition, line, sent, holds) => {
    expect(requestMatches(match(condition), factsOf(line, sent))).toBe(holds);
  });
};

describe("a row without conditions", () => {
  table([
    [{}, "GET /", {}, true],
    [{}, "MERGE /x?y=1", { body: "z" }, true],
  ]);
});

describe("a condition on the method", () => {
  const named = { headers: { "X-HTTP-Method-Override": "PATCH" } };
  table([
    [{ method: ["GET"] }, "GET /x", {}, true],
    [{ method: ["get"] }, "GET /x", {}, true],
    [{ method: ["GET"] }, "get /x", {}, true],
    [{ method: ["GET", "HEAD"] }, "HEAD /x", {}, true],
    [{ method: ["GET"] }, "HEAD /x", {}, false],
    // What CREST will act on counts.
    [{ method: ["PATCH"] }, "POST /x", named, true],
    [{ method: ["POST"] }, "POST /x", named, false],
    [{ method: ["PATCH"] }, "GET /x", named, false],
  ]);

  it("is the method on the wire wherever CREST is not spoken", () => {
    const facts = factsOf("POST /am/oauth2/access_token", { headers: { "X-HTTP-Method-Override": "GET" } });
    expect(asSeenBy("crest", facts).effectiveMethod).toBe("GET");
    for (const dialect of ["oauth2", "scim", "authenticate"] as const)
      expect(asSeenBy(dialect, facts).effectiveMethod).toBe("POST");
  });
});

describe("a condition on the path", () => {
  const users = { path: ["/openidm/managed/alpha_user/**"] };
  table([
    [users, "GET /openidm/managed/alpha_user/1", {}, true],
    [users, "GET /openidm/managed/alpha_user?_queryFilter=true", {}, true],
    [users, "GET /openidm/managed/bravo_user/1", {}, false],
    [{ path: ["/a", "/b"] }, "GET /b", {}, true],
    [{ path: ["/a", "/b"] }, "GET /c", {}, false],
    // Either form may match: what was sent, or what a server makes of it.
    [users, "GET /openidm/config/../managed/alpha_user/1", {}, true],
    [{ path: ["/openidm/config/**"] }, "GET /openidm/config/../managed/alpha_user/1", {}, true],
    [users, "GET /openidm/managed/%61lpha_user/1", {}, true],
    [users, "GET //openidm//managed/alpha_user/1", {}, true],
    [users, "GET /openidm/managed/alpha_user%2F1", {}, true],
    [{ path: ["/x/%61"] }, "GET /x/%61", {}, true],
    [{ path: ["*"] }, "OPTIONS *", {}, true],
  ]);
});

describe("a condition on query parameters", () => {
  table([
    [{ query: { _action: "create" } }, "POST /x?_action=create", {}, true],
    [{ query: { _action: "create" } }, "POST /x?_ACTION=Create", {}, true],
    [{ query: { _ACTION: "CREATE" } }, "POST /x?_action=create", {}, true],
    [{ query: { _action: "validate*" } }, "POST /x?_action=validateGoto", {}, true],
    [{ query: { _action: "create" } }, "POST /x?_action=created", {}, false],
    [{ query: { _action: "create" } }, "POST /x", {}, false],
    [{ query: { _action: "*" } }, "POST /x?_action", {}, true],
    [{ query: { _action: "*" } }, "POST /x?action=create", {}, false],
    // Which of two the tenant takes is not known: both have to match.
    [{ query: { _action: "b" } }, "POST /x?_action=a&_action=b", {}, false],
    [{ query: { _action: "a" } }, "POST /x?_action=a&_action=b", {}, false],
    [{ query: { _action: "a*" } }, "POST /x?_action=a&_ACTION=ab", {}, true],
    [{ query: { a: "1", b: "2" } }, "GET /x?b=2&a=1", {}, true],
    [{ query: { a: "1", b: "2" } }, "GET /x?a=1", {}, false],
    [{ query: { a: "x y" } }, "GET /x?a=x+y", {}, true],
  ]);
});

describe("a condition on headers", () => {
  const sent = { headers: { "X-OpenAM-Username": "demo", Accept: "application/json, text/plain" } };
  table([
    [{ header: { "x-openam-username": "*" } }, "POST /x", sent, true],
    [{ header: { "X-OPENAM-USERNAME": "Demo" } }, "POST /x", sent, true],
    [{ header: { accept: "*json*" } }, "POST /x", sent, true],
    [{ header: { accept: "application/json" } }, "POST /x", sent, false],
    [{ header: { cookie: "*" } }, "POST /x", sent, false],
    [{ header: { accept: "*", cookie: "*" } }, "POST /x", sent, false],
    // A held body is sent with its own length, whatever the caller said of it; another with what he said.
    [{ header: { "content-length": "0" } }, "POST /x", { headers: { "Content-Length": "0" } }, true],
    [{ header: { "content-length": "2" } }, "POST /x", { headers: {}, body: "{}" }, true],
    [
      { header: { "content-length": "0" } },
      "POST /x",
      { headers: { "Content-Length": "0" }, body: "{}" },
      false,
    ],
    [{ header: { "content-length": "0" } }, "POST /x", { headers: {}, body: "" }, true],
    [{ header: { "content-length": "*" } }, "POST /x", { headers: {} }, false],
  ]);
});

describe("a condition on members of the body", () => {
  const grant = { body: { grant_type: "client_credentials" } };
  table([
    [grant, "POST /x", { headers: FORM, body: "scope=a&grant_type=client_credentials" }, true],
    [grant, "POST /x", { headers: FORM, body: "grant_type=client%5Fcredentials" }, true],
    [grant, "POST /x", { headers: FORM, body: "grant_type=refresh_token" }, false],
    [grant, "POST /x", { headers: FORM, body: "Grant_Type=client_credentials" }, false],
    [grant, "POST /x", { headers: FORM, body: "" }, false],
    [
      grant,
      "POST /x",
      { headers: FORM, body: "grant_type=client_credentials&grant_type=refresh_token" },
      false,
    ],
    [grant, "POST /x", { headers: JSON_TYPE, body: { grant_type: "client_credentials" } }, true],
    [grant, "POST /x", { headers: JSON_TYPE, body: "grant_type=client_credentials" }, false],
    [grant, "POST /x", { headers: JSON_TYPE, body: ["grant_type"] }, false],
    [grant, "POST /x", { headers: JSON_TYPE, body: "null" }, false],
    [
      grant,
      "POST /x",
      { headers: { "Content-Type": "application/problem+json" }, body: { grant_type: "client_credentials" } },
      true,
    ],
    // A body of another kind, or of none, says nothing.
    [
      grant,
      "POST /x",
      { headers: { "Content-Type": "text/plain" }, body: "grant_type=client_credentials" },
      false,
    ],
    [grant, "POST /x", { body: "grant_type=client_credentials" }, false],
    [grant, "POST /x", { headers: FORM }, false],
    // Members that are not text are matched as their JSON.
    [{ body: { count: "3" } }, "POST /x", { headers: JSON_TYPE, body: { count: 3 } }, true],
    [{ body: { on: "true" } }, "POST /x", { headers: JSON_TYPE, body: { on: true } }, true],
    [{ body: { it: "null" } }, "POST /x", { headers: JSON_TYPE, body: { it: null } }, true],
    [{ body: { it: '{"a":*' } }, "POST /x", { headers: JSON_TYPE, body: { it: { a: 1 } } }, true],
    // Only what the body itself says.
    [{ body: { constructor: "*" } }, "POST /x", { headers: JSON_TYPE, body: {} }, false],
    [{ body: { toString: "*" } }, "POST /x", { headers: JSON_TYPE, body: {} }, false],
  ]);

  it("makes the body be looked at only when all the rest holds", () => {
    const condition = match({
      method: ["POST"],
      path: ["/token"],
      header: { accept: "*" },
      body: { a: "1" },
    });
    const asked = (line: string, headers: Record<string, string>) => {
      const { facts, looks } = watchedFactsOf(line, { headers: { ...FORM, ...headers }, body: "a=1" });
      return { matches: requestMatches(condition, facts), looks: looks() };
    };
    expect(asked("GET /token", { accept: "x" })).toEqual({ matches: false, looks: 0 });
    expect(asked("POST /other", { accept: "x" })).toEqual({ matches: false, looks: 0 });
    expect(asked("POST /token", {})).toEqual({ matches: false, looks: 0 });
    expect(asked("POST /token", { accept: "x" })).toEqual({ matches: true, looks: 1 });
  });
});
