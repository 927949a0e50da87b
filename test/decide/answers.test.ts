/** Answers that need a second look: those that do not mean what their status says, recorded ones, and the edge's. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../src/decide/outcome.ts";
import { factsOf } from "../support/facts.ts";
import {
  AM,
  answered,
  BAD_GATEWAY,
  BLOCKED,
  CONFLICT,
  DEFECT,
  edge,
  FORBIDDEN,
  judged,
  MAINTENANCE,
  NOT_SUPPORTED,
  OK,
  REJECTED,
  REQUEST_TIMEOUT,
  says,
  THROTTLED,
  TIMED_OUT,
  TOO_EARLY,
  tenant,
  UNAUTHENTICATED,
  UNAVAILABLE,
  USER,
  VERSION_MISMATCH,
  verdictOn,
} from "./built-in.ts";

describe("answers that do not mean what their status says", () => {
  it.each<[string, string, Outcome, string]>([
    // A query that failed after its first result was on its way.
    ...(
      [
        [400, REJECTED],
        [401, UNAUTHENTICATED],
        [403, FORBIDDEN],
        [404, REJECTED],
        [408, REQUEST_TIMEOUT],
        [429, THROTTLED],
        [500, DEFECT],
        [501, NOT_SUPPORTED],
        [502, BAD_GATEWAY],
        [503, UNAVAILABLE],
        [504, TIMED_OUT],
      ] as const
    ).map(([code, verdict]): [string, string, Outcome, string] => [
      `a query's 200 with the error ${code} in it`,
      "GET /openidm/managed/alpha_user?_queryFilter=true",
      tenant(200, { result: [{ _id: "1" }], resultCount: 1, error: { code, reason: "R", message: "m" } }),
      verdict,
    ]),
    [
      "a read's 200 with a member called error",
      `GET ${USER}`,
      tenant(200, { _id: "1", error: { code: 503 } }),
      OK,
    ],
    [
      "a query's 200 as it should be",
      "GET /x?_queryFilter=true",
      tenant(200, { result: [], resultCount: 0 }),
      OK,
    ],
    [
      "a 200 with nothing in it",
      "POST /environment/secrets/esv-a?_action=setDescription",
      tenant(200, ""),
      OK,
    ],
    ["a 304 with a body", `GET ${USER}`, tenant(304, { code: 304, reason: "Not Modified" }), OK],

    [
      "a precondition that the verb does not know",
      `GET ${USER}`,
      says(412, "If-Match not supported for GET requests"),
      REJECTED,
    ],
    [
      "two preconditions at once",
      `PUT ${USER}`,
      says(412, "If-Match is not appropriate for create requests"),
      REJECTED,
    ],
    [
      "a precondition on another verb",
      `PATCH ${USER}`,
      says(412, "Use of If-None-Match not supported for PATCH requests"),
      REJECTED,
    ],
    [
      "a precondition that is too much",
      `PUT ${USER}`,
      says(412, "Simultaneous use of If-Match and If-None-Match not supported for PUT requests"),
      REJECTED,
    ],
    [
      "a precondition that makes no sense",
      `GET ${USER}`,
      says(412, "If-None-Match * not appropriate for GET requests"),
      REJECTED,
    ],
    [
      "a precondition that failed, whatever the resource is called",
      `PUT ${USER}`,
      says(412, "Entry Already Exists: The entry &#39;not supported for this&#39;"),
      VERSION_MISMATCH,
    ],
    [
      "a date where CREST takes none",
      `GET ${USER}`,
      says(409, "Header If-Modified-Since not supported"),
      REJECTED,
    ],
    ["another date", `PUT ${USER}`, says(409, "Header If-Unmodified-Since not supported"), REJECTED],
    ["a failed policy", `PUT ${USER}`, says(403, "Failed policy validation"), REJECTED],
    ["a failed policy in other words", `PUT ${USER}`, says(403, "Policy validation failed"), REJECTED],
    [
      "a wrong password of an account asked about",
      "POST /openidm/system/ldap/account?_action=authenticate",
      says(401, "Invalid credentials"),
      REJECTED,
    ],
    [
      "our own token, there",
      "GET /openidm/system/ldap/account/1",
      says(401, "Access Denied"),
      UNAUTHENTICATED,
    ],
    ["a login that is over", `POST ${AM}/authenticate`, says(408, "Session has timed out"), REJECTED],
    // The failure has been counted: to say that nothing was done would be a lie.
    ["a login that failed", `POST ${AM}/authenticate`, says(401, "Authentication Failed"), REJECTED],
    [
      "another login that is over",
      "POST /am/json/authenticate",
      says(408, "Session has timed out"),
      REJECTED,
    ],
    [
      "OAuth's word for an inner failure",
      "POST /am/oauth2/access_token",
      tenant(400, { error: "server_error" }),
      DEFECT,
    ],
    [
      "OAuth's word for overload",
      "POST /am/oauth2/realms/root/realms/alpha/access_token",
      tenant(400, { error: "temporarily_unavailable" }),
      UNAVAILABLE,
    ],
    [
      "IDM under maintenance",
      `POST ${USER}`,
      says(503, "Unable to update on resource path, in maintenance mode."),
      MAINTENANCE,
    ],
    [
      "somebody else's maintenance",
      "PUT /openidm/system/ldap/account/1",
      says(503, "The directory is in maintenance mode."),
      UNAVAILABLE,
    ],
    ["a script switched off", "POST /openidm/endpoint/x", says(503, "Inactive script: endpoint/x"), REJECTED],
    [
      "a service switched off",
      "POST /am/json/users?_action=forgotPassword",
      says(503, "Forgot password is not accessible."),
      NOT_SUPPORTED,
    ],
    [
      "a connector that broke",
      "PUT /openidm/system/ldap/account/1",
      says(503, "Connector: connection broken"),
      UNAVAILABLE,
    ],
    [
      "the question how far a restart is",
      "GET /environment/startup",
      says(500, "Internal Server Error"),
      UNAVAILABLE,
    ],
    [
      "the order to restart",
      "POST /environment/startup?_action=restart",
      says(500, "Internal Server Error"),
      DEFECT,
    ],
  ])("%s: %s", (_, request, outcome, verdict) => {
    expect(verdictOn(outcome, request)).toBe(`tenant: ${verdict}`);
  });
});

describe("answers as they were recorded", () => {
  const html = "text/html; charset=utf-8";
  const text = "text/plain; charset=utf-8";
  const auto = "DELETE /auto/orchestration/process/1";
  it.each<[string, Outcome, string]>([
    [
      "GET /environment/variables/esv-a",
      tenant(404, { code: 404, message: "The variable does not exist" }),
      REJECTED,
    ],
    ["PUT /environment/variables/esv-a", tenant(400, { code: 400, message: "m" }), REJECTED],
    ["PUT /environment/variables/esv-a", tenant(500, { code: 500, message: "m" }), DEFECT],
    ["GET /environment/release", tenant(401, { code: 401, message: "unauthorized" }), UNAUTHENTICATED],
    ["GET /environment/certificates/1", tenant(404, ""), REJECTED],
    ["DELETE /environment/certificates/1", tenant(500, ""), DEFECT],
    [
      "PUT /environment/secrets/esv-a",
      tenant(422, { code: 606, message: "encoding in body should be one of […]" }),
      REJECTED,
    ],
    [
      "PUT /environment/secrets/esv-a",
      says(400, "Failed to create secret, the secret already exists"),
      CONFLICT,
    ],
    ["GET /environment/ccc/apply", says(404, "path /environment/ccc/apply was not found"), REJECTED],
    ["GET /iga/governance/application/1", tenant(404, { message: "not found" }), REJECTED],
    ["GET /iga/governance/requestForms/1", tenant(404, "Object not found with ID: 1", html), REJECTED],
    [
      "POST /iga/governance/x",
      tenant(500, { message: "Cannot read properties of undefined (reading '_source')" }),
      DEFECT,
    ],
    [
      "DELETE /iga/commons/glossary/schema/1",
      tenant(500, { message: "Cannot read properties of undefined (reading '_source')" }),
      REJECTED,
    ],
    [
      "PUT /iga/governance/workflow/1",
      tenant(500, { message: "Workflow must be in draft to update" }),
      REJECTED,
    ],
    [
      auto,
      tenant(500, 'Exception: {"code":409,"reason":"Conflict","message":"running instances"}', text),
      CONFLICT,
    ],
    [auto, tenant(500, 'Exception: {"code":401,"reason":"Unauthorized"}', text), UNAUTHENTICATED],
    [auto, tenant(500, 'Exception: {"code":403,"reason":"Forbidden"}', text), FORBIDDEN],
    [auto, tenant(500, 'Exception: {"code":404,"reason":"Not Found"}', text), REJECTED],
    [auto, tenant(500, 'Exception: {"code":412,"reason":"Precondition Failed"}', text), VERSION_MISMATCH],
    [auto, tenant(500, 'Exception: {"code":429,"reason":"Too Many Requests"}', text), THROTTLED],
    [auto, tenant(500, 'Exception: {"code":501,"reason":"Not Implemented"}', text), NOT_SUPPORTED],
    [auto, tenant(500, 'Exception: {"code":503,"reason":"Service Unavailable"}', text), UNAVAILABLE],
    [auto, tenant(500, 'Exception: {"code":500,"reason":"Internal Server Error"}', text), DEFECT],
    [`GET ${AM}/scripts`, tenant(403, "Forbidden", text), FORBIDDEN],
    [
      `GET ${AM}/x`,
      says(403, "This operation is not available in PingOne Advanced Identity Cloud."),
      NOT_SUPPORTED,
    ],
    [`GET ${AM}/x`, says(403, "This operation is not available in ForgeRock Identity Cloud."), NOT_SUPPORTED],
    [`GET ${USER}`, says(401, "Access Denied"), UNAUTHENTICATED],
    [`GET ${USER}`, says(403, "Access denied"), FORBIDDEN],
    [
      `POST ${AM}/realm-config/saml2/hosted?_action=create`,
      says(400, "The Meta Alias /alpha/x already exists"),
      CONFLICT,
    ],
    [`POST ${AM}/applications?_action=create`, says(409, "Application already exists"), CONFLICT],
    [
      `PUT ${USER}`,
      says(412, "Entry Already Exists: The entry &#39;fr-idm-uuid&#61;1&#39;"),
      VERSION_MISMATCH,
    ],
    [`PUT ${AM}/applications/x`, says(404, "FrodoTestPolicySet5 not found."), REJECTED],
    [
      "PUT /openidm/system/ldap/account/1",
      says(404, "Create with client provided ID is not supported."),
      NOT_SUPPORTED,
    ],
    [
      `PUT ${AM}/scripts/1`,
      says(500, "Unable to update SMS config: Data validation failed for the attribute, Script"),
      REJECTED,
    ],
    [
      `POST ${AM}/realm-config/saml2/remote?_action=importEntity`,
      says(500, "Unable to import SAML2 entity provider."),
      REJECTED,
    ],
    [
      `PUT ${AM}/realm-config/federation/x`,
      says(500, "Unable to update entity provider's circle of trust"),
      REJECTED,
    ],
    ["POST /openidm/script?_action=eval", says(500, "Wrapped java.lang.NoSuchMethodException: x"), REJECTED],
    [`GET ${USER}`, says(500, "Access Denied"), FORBIDDEN],
    [
      "POST /am/oauth2/access_token",
      tenant(400, { error: "invalid_scope", error_description: "Unsupported scope" }),
      REJECTED,
    ],
    ["POST /am/oauth2/access_token", tenant(401, { error: "invalid_client" }), UNAUTHENTICATED],
    ["GET /am/oauth2/authorize?client_id=x", tenant(400, "<html>…</html>", html), REJECTED],
    [
      `PUT ${AM}/scripts/1`,
      tenant(400, { code: 400, message: "m", detail: "d", "Strict-Transport-Security": "x" }),
      REJECTED,
    ],
    [
      `GET ${AM}/agents/OAuth2Thing?_queryFilter=true`,
      says(501, "OAuth 2.0 for Things is not enabled"),
      NOT_SUPPORTED,
    ],
  ])("%s told %j", (request, outcome, verdict) => {
    expect(verdictOn(outcome, request)).toBe(`tenant: ${verdict}`);
  });
});

describe("the edge in front of the tenant", () => {
  it.each<[number, string]>([
    [400, BLOCKED],
    [403, BLOCKED],
    // Its limits may say so too; the tenant was not asked.
    [404, BLOCKED],
    [408, REQUEST_TIMEOUT],
    [413, BLOCKED],
    [431, BLOCKED],
    [425, TOO_EARLY],
    [429, THROTTLED],
    [500, DEFECT],
    // The load balancer says both also after it has passed the request on: no proof that nothing happened.
    [502, BAD_GATEWAY],
    [503, UNAVAILABLE],
    [504, TIMED_OUT],
  ])("says %i: %s", (status, verdict) => {
    expect(verdictOn(edge(status), `POST ${USER}`)).toBe(`edge: ${verdict}`);
  });

  it.each([
    ["via", { Via: "1.1 google", "Content-Type": "text/html" }],
    ["a transaction id", { "X-ForgeRock-TransactionId": "1", "Content-Type": "text/html" }],
    ["JSON", { "Content-Type": "application/problem+json" }],
  ])("is told from the tenant by %s", (_, headers) => {
    const { origin, meaning } = judged(answered(403, "", headers), factsOf(`PUT ${USER}`));
    expect({ origin, meaning }).toEqual({ origin: "tenant", meaning: "forbidden" });
  });

  it("is nobody where no such edge is known to stand", () => {
    expect(verdictOn(edge(403), `PUT ${USER}`, "crest")).toBe(`tenant: ${FORBIDDEN}`);
    expect(verdictOn(edge(503), `PUT ${USER}`, "none")).toBe(`tenant: ${UNAVAILABLE}`);
  });
});
