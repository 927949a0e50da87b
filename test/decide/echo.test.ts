import { describe, expect, it } from "vitest";
import { classify } from "../../src/decide/classify.ts";
import { type Echo, echoOf } from "../../src/decide/echo.ts";
import type { Outcome } from "../../src/decide/outcome.ts";
import { factsOf, type Sent } from "../support/facts.ts";
import { AM, edge, failed, judged, PROFILES, says, tenant, USER } from "./built-in.ts";

const USERS = "/openidm/managed/alpha_user";
const REV: Sent = { headers: { "if-match": '"r0"' } };
const CREATE: Sent = { headers: { "if-none-match": "*" } };
const REPLACE = { body: [{ operation: "replace", field: "/sn", value: "Roe" }] };
const INCREMENT = { body: [{ operation: "increment", field: "/n", value: 1 }] };

/** What the answer to such a request may be the echo of, in a word or two. */
function echo(line: string, sent: Sent, outcome: Outcome): string {
  const facts = factsOf(line, sent);
  const asked = classify(facts, PROFILES.aic);
  const status = outcome.kind === "answered" ? outcome.status : undefined;
  return word(echoOf(asked, judged(outcome, facts), status));
}

function word(found: Echo | undefined): string {
  if (!found) return "none";
  return found.kind === "read-back" ? `read back: ${found.of}` : found.kind;
}

const MISMATCH = says(412, "'1' is at another revision");
const EXISTS = says(412, "Entry Already Exists");
const CONFLICT = says(409, "Conflict");
const NOT_THERE = says(404, "No Such Entry");
const GONE = says(410, "Gone");
const DONE = tenant(200, { _id: "1" });

describe("an answer may be the echo of", () => {
  it.each<[string, string, Sent, Outcome, string]>([
    ["an update by revision, told 412", `PUT ${USER}`, REV, MISMATCH, "read back: update"],
    ["an update by revision, told 409", `PUT ${USER}`, REV, CONFLICT, "unverifiable"],
    ["an update by revision, told 404", `PUT ${USER}`, REV, NOT_THERE, "unverifiable"],
    [
      "an update of any revision, told 412",
      `PUT ${USER}`,
      { headers: { "if-match": "*" } },
      MISMATCH,
      "unverifiable",
    ],
    [
      "an update by a weak tag, told 412",
      `PUT ${USER}`,
      { headers: { "if-match": 'W/"1"' } },
      MISMATCH,
      "unverifiable",
    ],
    ["an update without a revision, told 404", `PUT ${USER}`, {}, NOT_THERE, "unverifiable"],
    [
      "an update by another method's name",
      `POST ${USER}`,
      { headers: { "if-match": '"r0"', "x-http-method-override": "PUT" } },
      MISMATCH,
      "read back: update",
    ],

    ["a patch by revision, told 412", `PATCH ${USER}`, { ...REV, ...REPLACE }, MISMATCH, "read back: patch"],
    [
      "an increment by revision, told 412",
      `PATCH ${USER}`,
      { ...REV, ...INCREMENT },
      MISMATCH,
      "read back: patch",
    ],
    ["a patch by revision, told 404", `PATCH ${USER}`, { ...REV, ...REPLACE }, NOT_THERE, "unverifiable"],
    ["a patch without a revision, told 404", `PATCH ${USER}`, REPLACE, NOT_THERE, "unverifiable"],
    ["an increment without a revision, told 409", `PATCH ${USER}`, INCREMENT, CONFLICT, "unverifiable"],

    ["a create by id, told 412", `PUT ${USER}`, CREATE, EXISTS, "read back: create"],
    ["a create by id, told 409", `PUT ${USER}`, CREATE, CONFLICT, "read back: create"],
    [
      "a create by id, told 400 in other words",
      `PUT ${AM}/x/1`,
      CREATE,
      says(400, "The Meta Alias 'x' already exists"),
      "read back: create",
    ],
    ["a create by id, told 400", `PUT ${USER}`, CREATE, says(400, "mail is not valid"), "unverifiable"],
    ["a create by id, told 403", `PUT ${USER}`, CREATE, says(403, "Access Denied"), "unverifiable"],
    [
      "a create by id, told that such a header is not allowed",
      `PUT ${USER}`,
      CREATE,
      says(412, "If-None-Match not supported for PUT requests"),
      "unverifiable",
    ],
    ["a create, told 412", `POST ${USERS}?_action=create`, {}, EXISTS, "unverifiable"],
    ["a create, told 409", `POST ${USERS}`, {}, CONFLICT, "unverifiable"],

    ["a delete, told 404", `DELETE ${USER}`, {}, NOT_THERE, "gone"],
    ["a delete, told 410", `DELETE ${USER}`, {}, GONE, "gone"],
    ["a delete by revision, told 404", `DELETE ${USER}`, REV, NOT_THERE, "gone"],
    ["a delete by revision, told 410", `DELETE ${USER}`, REV, GONE, "gone"],
    ["a delete by revision, told 412", `DELETE ${USER}`, REV, MISMATCH, "not-applied"],
    ["a delete, told 412", `DELETE ${USER}`, {}, MISMATCH, "unverifiable"],
    ["a delete, told 404 by the edge", `DELETE ${USER}`, {}, edge(404), "unverifiable"],
    ["a delete, told 403", `DELETE ${USER}`, {}, says(403, "Access Denied"), "unverifiable"],
    ["a delete, told 409", `DELETE ${USER}`, {}, CONFLICT, "unverifiable"],

    ["an action, told 409", `POST ${USER}?_action=resetPassword`, {}, CONFLICT, "unverifiable"],
    ["an unknown method, told 412", `MOVE ${USER}`, {}, MISMATCH, "unverifiable"],
    ["a write that no answer came to", `PUT ${USER}`, REV, failed("reset"), "unverifiable"],
    ["a write that was not sent", `PUT ${USER}`, REV, failed("refused", false), "unverifiable"],
    ["a write, told 503", `PUT ${USER}`, REV, says(503, "later"), "unverifiable"],

    ["nothing: it worked", `PUT ${USER}`, REV, DONE, "none"],
    ["nothing: a create that worked", `PUT ${USER}`, CREATE, tenant(201, { _id: "1" }), "none"],
    ["nothing: a delete that worked", `DELETE ${USER}`, {}, DONE, "none"],
    ["nothing: a read changes nothing", `GET ${USER}`, {}, NOT_THERE, "none"],
    [
      "nothing: an action that only looks",
      `POST ${AM}/sessions?_action=getSessionInfo`,
      {},
      CONFLICT,
      "none",
    ],
  ])("%s", (_, line, sent, outcome, expected) => {
    expect(echo(line, sent, outcome)).toBe(expected);
  });

  it("a create by POST that the operator's word guards, told 409", () => {
    const facts = factsOf(`POST ${USERS}`, { body: { _id: "1" } });
    const asked = { ...classify(facts, PROFILES.aic), replay: "guarded" as const };
    expect(word(echoOf(asked, judged(CONFLICT, facts), 409))).toBe("read back: create");
  });
});
