import { describe, expect, it } from "vitest";
import { crestRule, replayUnder } from "../../src/crest/operation.ts";
import { factsOf, type Sent, watchedFactsOf } from "../support/facts.ts";

const REPLACE = [{ operation: "replace", field: "/mail", value: "a@example.com" }];
const ADD = [{ operation: "add", field: "/roles/-", value: "x" }];

const operationOf = (line: string, sent: Sent = {}) => {
  const facts = factsOf(line, sent);
  const rule = crestRule(facts);
  return `${rule.operation}, ${replayUnder(rule, facts)}`;
};

const override = (method: string, more: Record<string, string> = {}): Sent => ({
  headers: { "X-HTTP-Method-Override": method, ...more },
});
const ifMatch = (value: string, body?: unknown): Sent => ({ headers: { "If-Match": value }, body });
const ifNoneMatch = (value: string): Sent => ({ headers: { "If-None-Match": value } });

describe("what a request is, and what sending it again would do", () => {
  const rows: [line: string, sent: Sent, is: string][] = [
    // Reads and queries.
    ["GET /openidm/managed/alpha_user/1", {}, "read, read"],
    ["GET /openidm/managed/alpha_user/1", ifNoneMatch('"7"'), "read, read"],
    ["HEAD /openidm/managed/alpha_user/1", {}, "read, read"],
    ["OPTIONS /openidm/managed/alpha_user", {}, "read, read"],
    ["OPTIONS *", {}, "read, read"],
    ["GET /users?_queryFilter=true", {}, "query, read"],
    ["GET /users?_queryId=query-all", {}, "query, read"],
    ["GET /users?_queryExpression=select", {}, "query, read"],
    ["GET /users?_QUERYFILTER=true", {}, "query, read"],
    ["GET /users?_queryfilter=true", {}, "query, read"],
    ["GET /users?_fields=mail&_QueryFilter=", {}, "query, read"],
    ["GET /users?%5FqueryFilter=true", {}, "query, read"],
    ["HEAD /users?_queryFilter=true", {}, "query, read"],
    ["GET /users?queryFilter=true", {}, "read, read"],
    ["GET /users?_fields=_queryFilter", {}, "read, read"],
    ["GET /users/1?_action=logout", {}, "read, read"],

    // Creates with an id: the second finds that the first was there.
    ["PUT /users/1", ifNoneMatch("*"), "create, guarded"],
    ["PUT /users/1", ifNoneMatch(" * "), "create, guarded"],
    // Any other value is refused by CREST; nothing guards it.
    ["PUT /users/1", ifNoneMatch('"7"'), "update, idempotent"],
    // Both at once are refused by CREST.
    ["PUT /users/1", { headers: { "If-None-Match": "*", "If-Match": "*" } }, "update, idempotent"],
    ["PUT /users/1", { headers: { "If-None-Match": "*", "If-Match": '"7"' } }, "update, guarded"],

    // Updates.
    ["PUT /users/1", {}, "update, idempotent"],
    ["PUT /users/1?_queryFilter=true", {}, "update, idempotent"],
    ["PUT /users/1", ifMatch('"7"'), "update, guarded"],
    ["PUT /users/1", ifMatch("7"), "update, guarded"],
    ["PUT /users/1", ifMatch("*"), "update, idempotent"],
    ["PUT /users/1", ifMatch('"*"'), "update, idempotent"],
    ["PUT /users/1", ifMatch('W/"7"'), "update, idempotent"],
    ["PUT /users/1", ifMatch('"7", W/"8"'), "update, idempotent"],
    ["PUT /users/1", ifMatch('"7", "8"'), "update, idempotent"],
    ["PUT /users/1", ifMatch('"7'), "update, idempotent"],
    ["PUT /users/1", ifMatch(""), "update, idempotent"],
    ["PUT /users/1", ifMatch('""'), "update, idempotent"],

    // Deletes.
    ["DELETE /users/1", {}, "delete, idempotent"],
    ["DELETE /users/1", ifMatch('"7"'), "delete, guarded"],
    ["DELETE /users/1", ifMatch("*"), "delete, idempotent"],
    ["DELETE /users/1", ifMatch('W/"7"'), "delete, idempotent"],
    ["DELETE /users/1", ifMatch('"7", "8"'), "delete, idempotent"],

    // Patches: a revision guards whatever the body says; without one the body tells.
    ["PATCH /users/1", ifMatch('"7"', ADD), "patch, guarded"],
    ["PATCH /users/1", ifMatch('"7"'), "patch, guarded"],
    ["PATCH /users/1", ifMatch("*", ADD), "patch, unsafe"],
    ["PATCH /users/1", ifMatch('W/"7"', ADD), "patch, unsafe"],
    // The tenant counts revisions, and the first try makes 8 of 7: the second would match again.
    ["PATCH /users/1", ifMatch('"7", "8"', ADD), "patch, unsafe"],
    ["PATCH /users/1", ifMatch("*", REPLACE), "patch, idempotent"],
    ["PATCH /users/1", { body: REPLACE }, "patch, idempotent"],
    ["PATCH /users/1", { body: ADD }, "patch, unsafe"],
    ["PATCH /users/1", {}, "patch, unsafe"],

    // Posts.
    ["POST /users", {}, "create, unsafe"],
    ["POST /users?_fields=_id", {}, "create, unsafe"],
    ["POST /users?_action=create", {}, "create, unsafe"],
    ["POST /users?_action=CREATE", {}, "create, unsafe"],
    ["POST /users?_ACTION=Create", {}, "create, unsafe"],
    ["POST /users?_action=createAll", {}, "action, unsafe"],
    ["POST /users?_action=", {}, "action, unsafe"],
    ["POST /sessions?_action=logout", {}, "action, unsafe"],
    ["POST /users?_queryFilter=true&_action=search", {}, "action, unsafe"],
    ["POST /users", ifMatch('"7"'), "create, unsafe"],
    ["POST /users", ifNoneMatch("*"), "create, unsafe"],

    // The method that CREST will act on is what counts, and only a POST can name another.
    ["POST /users/1", override("PUT"), "update, idempotent"],
    ["POST /users/1", override("put"), "update, idempotent"],
    ["POST /users/1", override(" PUT "), "update, idempotent"],
    ["POST /users/1", override("PUT", { "If-Match": '"7"' }), "update, guarded"],
    ["POST /users/1", override("PUT", { "If-None-Match": "*" }), "create, guarded"],
    ["POST /users/1", override("DELETE"), "delete, idempotent"],
    ["POST /users/1", { ...override("PATCH"), body: ADD }, "patch, unsafe"],
    ["POST /users/1", { ...override("PATCH"), body: REPLACE }, "patch, idempotent"],
    ["POST /users?_queryFilter=true", override("GET"), "query, read"],
    ["POST /users/1", { headers: { "x-http-method-override": "GET" } }, "read, read"],
    ["POST /users", override("POST"), "create, unsafe"],
    ["POST /users", override(""), "create, unsafe"],
    ["POST /users", override("MERGE"), "other, unsafe"],
    ["GET /users/1", override("DELETE"), "read, read"],
    ["PUT /users/1", override("GET"), "update, idempotent"],

    // Whatever nobody has heard of.
    ["TRACE /", {}, "other, unsafe"],
    ["PROPFIND /users", {}, "other, unsafe"],
  ];

  it.each(rows)("%s %o is %s", (line, sent, is) => {
    expect(operationOf(line, sent)).toBe(is);
  });

  it("takes a method in lower case for the same method", () => {
    expect(operationOf("get /users/1")).toBe("read, read");
    expect(operationOf("patch /users/1", { body: REPLACE })).toBe("patch, idempotent");
  });
});

describe("the rule that decided", () => {
  it.each([
    ["GET /users?_queryFilter=true", {}, "GET with a query"],
    ["PUT /users/1", ifNoneMatch("*"), "PUT with If-None-Match: *"],
    ["DELETE /users/1", ifMatch('"7"'), "DELETE with a revision"],
    ["POST /users", {}, "POST that creates"],
    ["LOCK /users", {}, "unknown method"],
  ])("%s %o is decided by '%s'", (line, sent, rule) => {
    const facts = factsOf(line, sent);
    expect(crestRule(facts).name).toBe(rule);
  });
});

describe("the body", () => {
  it.each([
    ["GET /users/1", {}],
    ["GET /users?_queryFilter=true", {}],
    ["PUT /users/1", { body: { mail: "a" } }],
    ["PUT /users/1", ifMatch('"7"', { mail: "a" })],
    ["DELETE /users/1", {}],
    ["POST /users", { body: { mail: "a" } }],
    ["POST /users?_action=send", { body: {} }],
    ["PATCH /users/1", ifMatch('"7"', REPLACE)],
    ["MERGE /users/1", { body: {} }],
  ])("is not looked at for %s %o", (line, sent) => {
    const { facts, looks } = watchedFactsOf(line, sent);
    replayUnder(crestRule(facts), facts);
    expect(looks()).toBe(0);
  });

  it("is looked at for a PATCH without a revision, when the class is asked for", () => {
    const { facts, looks } = watchedFactsOf("PATCH /users/1", { body: REPLACE });
    const rule = crestRule(facts);
    expect(looks()).toBe(0);
    expect(replayUnder(rule, facts)).toBe("idempotent");
    expect(looks()).toBe(1);
  });
});
