/** What the tables of `aic` make of requests and answers, asked through the code that the gateway itself asks. */
import { describe, expect, it } from "vitest";
import type { ReplayClass } from "../../src/crest/words.ts";
import { classify } from "../../src/decide/classify.ts";
import { judge } from "../../src/decide/judge.ts";
import type { Outcome } from "../../src/decide/outcome.ts";
import { type RequestFacts, requestFacts } from "../../src/decide/request.ts";
import type { Meaning, Origin } from "../../src/decide/words.ts";
import { parseTarget } from "../../src/http/target.ts";
import { policyOf } from "./compiled.ts";

const policy = policyOf("extends: aic");
const tables = { ...policy, ...policy.fallback };

function factsOf(request: string, headers: readonly string[] = [], body?: string): RequestFacts {
  const [method = "", target = ""] = request.split(" ");
  const parsed = parseTarget(method, target);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const held = body === undefined ? undefined : Buffer.from(body);
  return requestFacts({ method, target: parsed.target, headers, body: held });
}

const FORM = ["content-type", "application/x-www-form-urlencoded"];
const JSON_TYPE = ["content-type", "application/json"];
const TOKEN = "POST /am/oauth2/realms/root/realms/alpha/access_token";
const LOGIN = "POST /am/json/realms/root/realms/alpha/authenticate";
const AM = "/am/json/realms/root/realms/alpha";
const urn = (grant: string) => `grant_type=${encodeURIComponent(grant)}`;

describe("what sending a request again would do", () => {
  it.each<[string, ReplayClass, readonly string[], string | undefined]>([
    [TOKEN, "idempotent", FORM, "grant_type=client_credentials&scope=a"],
    [TOKEN, "idempotent", FORM, `${urn("urn:ietf:params:oauth:grant-type:jwt-bearer")}&assertion=a`],
    ["POST /am/oauth2/access_token", "idempotent", FORM, "grant_type=client_credentials"],
    [TOKEN, "unsafe", FORM, "grant_type=authorization_code&code=a"],
    [TOKEN, "unsafe", FORM, "grant_type=refresh_token&refresh_token=a"],
    [TOKEN, "unsafe", FORM, "grant_type=password&username=a&password=b"],
    [TOKEN, "unsafe", FORM, urn("urn:ietf:params:oauth:grant-type:device_code")],
    [TOKEN, "unsafe", FORM, urn("urn:openid:params:grant-type:ciba")],
    [TOKEN, "unsafe", FORM, urn("urn:ietf:params:oauth:grant-type:token-exchange")],
    [TOKEN, "unsafe", FORM, undefined],
    [TOKEN, "unsafe", [], "grant_type=client_credentials"],
    [`${TOKEN}?grant_type=authorization_code`, "unsafe", FORM, "grant_type=client_credentials"],
    [TOKEN, "unsafe", FORM, "grant_type=client_credentials&grant_type=authorization_code"],
    ["GET /am/oauth2/access_token", "unsafe", ["X-HTTP-Method-Override", "POST"], undefined],
    ["GET /am/oauth2/access_token?method=POST", "unsafe", [], undefined],
    ["POST /am/oauth2/introspect", "unsafe", [...FORM, "X-HTTP-Method-Override", "DELETE"], "token=a"],
    ["POST /am/oauth2/realms/alpha/introspect", "read", FORM, "token=a"],
    ["POST /am/oauth2/userinfo", "read", [], ""],
    ["GET /am/oauth2/userinfo", "read", [], undefined],
    ["POST /am/oauth2/token/revoke", "idempotent", FORM, "token=a"],
    ["GET /am/oauth2/authorize?client_id=a", "read", [], undefined],
    ["GET /am/oauth2/authorize?client_id=a&request_uri=urn:x", "unsafe", [], undefined],
    ["POST /am/oauth2/authorize", "unsafe", FORM, "decision=allow"],
    ["POST /am/oauth2/device/code", "unsafe", FORM, "client_id=a"],
    ["GET /am/oauth2/connect/endSession", "idempotent", [], undefined],

    [LOGIN, "idempotent", JSON_TYPE, ""],
    [LOGIN, "idempotent", JSON_TYPE, "{}"],
    [`${LOGIN}?authIndexType=service&authIndexValue=Login`, "idempotent", [], ""],
    [LOGIN, "unsafe", JSON_TYPE, '{"authId":"a","callbacks":[]}'],
    [LOGIN, "unsafe", [], '{"authId":"a"}'],
    [LOGIN, "unsafe", JSON_TYPE, undefined],
    [LOGIN, "unsafe", ["X-OpenAM-Username", "a", "X-OpenAM-Password", "b"], ""],
    [LOGIN, "unsafe", ["Authorization", "Basic YTpi"], ""],
    [`${LOGIN}?suspendedId=a`, "unsafe", [], ""],

    [`POST ${AM}/sessions?_action=getSessionInfo`, "read", JSON_TYPE, "{}"],
    [`POST ${AM}/sessions?_action=getSessionInfoAndResetIdleTime`, "idempotent", JSON_TYPE, "{}"],
    [`POST ${AM}/sessions?_action=logout`, "idempotent", JSON_TYPE, "{}"],
    [`POST ${AM}/sessions/?_action=logout`, "idempotent", JSON_TYPE, "{}"],
    [`POST ${AM}/sessions?_action=logoutByUser`, "idempotent", JSON_TYPE, "{}"],
    [`POST ${AM}/realm-config/services?_action=nextdescendents`, "read", JSON_TYPE, "{}"],
    ["POST /am/json/node-designer/node-type/a-1?_action=journeys", "read", JSON_TYPE, "{}"],
    [`POST ${AM}/realm-config/agents?_ACTION=getalltypes`, "read", JSON_TYPE, "{}"],
    [`POST ${AM}/policies?_action=evaluate`, "read", JSON_TYPE, "{}"],
    [`POST ${AM}/scripts?_action=validate`, "read", JSON_TYPE, "{}"],
    [`POST ${AM}/applications/?_action=create`, "unsafe", JSON_TYPE, "{}"],
    ["POST /openidm/policy/managed/alpha_user/x?_action=validateObject", "read", JSON_TYPE, "{}"],
    ["POST /openidm/script?_action=compile", "read", JSON_TYPE, "{}"],
    ["POST /openidm/script?_action=eval", "unsafe", JSON_TYPE, "{}"],
    ["POST /openidm/system?_action=test", "read", [], ""],
    ["POST /openidm/system/OUD?_action=test", "read", [], ""],
    ["POST /openidm/system/OUD/__ACCOUNT__?_action=authenticate", "unsafe", JSON_TYPE, "{}"],
    ["POST /openidm/recon?_action=recon&mapping=a", "unsafe", [], ""],
    ["POST /openidm/scheduler/job?_action=listCurrentlyExecutingJobs", "read", [], ""],
    ["POST /openidm/scheduler?_action=validateQuartzCronExpression", "read", JSON_TYPE, "{}"],
    ["POST /openidm/scheduler/job/a?_action=trigger", "unsafe", [], ""],
    ["POST /openidm/managed/alpha_user", "read", ["X-HTTP-Method-Override", "GET"], ""],
    ["POST /iga/governance/requests", "unsafe", ["X-HTTP-Method-Override", "GET"], ""],
    ["POST /environment/variables/esv-a", "unsafe", ["X-HTTP-Method-Override", "PUT"], "{}"],
    ["POST /openidm/managed/alpha_user?_action=create", "unsafe", JSON_TYPE, "{}"],
    ["PUT /openidm/managed/alpha_user/1", "guarded", ["If-Match", '"3"'], "{}"],
    ["PATCH /openidm/managed/alpha_user/1", "guarded", ["If-Match", '"3"'], '[{"operation":"add"}]'],
    ["PATCH /openidm/config/authentication", "unsafe", ["If-Match", '"3"'], '[{"operation":"add"}]'],
    ["PATCH /iga/governance/application/1", "unsafe", ["If-Match", '"3"'], "[]"],
    ["PUT /environment/ccc/init", "unsafe", [], "{}"],
    ["PUT /environment/secrets/esv-a", "unsafe", JSON_TYPE, "{}"],
    ["PUT /environment/variables/esv-a", "idempotent", JSON_TYPE, "{}"],
    ["POST /environment/variables/esv-a?_action=setDescription", "idempotent", JSON_TYPE, "{}"],
    ["POST /environment/secrets/esv-a/versions/2?_action=changestatus", "idempotent", JSON_TYPE, "{}"],
    ["POST /environment/secrets/esv-a/versions?_action=create", "unsafe", JSON_TYPE, "{}"],
    ["POST /environment/startup?_action=restart", "unsafe", [], ""],
    ["POST /environment/custom-domains?_action=verify", "read", JSON_TYPE, "{}"],
    ["POST /iga/commons/glossary/schema/search", "read", JSON_TYPE, "{}"],
    ["POST /iga/governance/requestTypes", "unsafe", JSON_TYPE, "{}"],
    ["GET /monitoring/logs/tail?source=am-access", "read", [], undefined],
  ])("%s is %s (%j, %j)", (request, replay, headers, body) => {
    expect(classify(factsOf(request, headers, body), tables).replay).toBe(replay);
  });

  it.each([
    [TOKEN, FORM, urn("urn:ietf:params:oauth:grant-type:jwt-bearer"), 2],
    [LOGIN, [], "", 2],
    [TOKEN, FORM, "grant_type=client_credentials", undefined],
  ])("%s (%j, %j) is tried at most %s times", (request, headers, body, attempts) => {
    expect(classify(factsOf(request, headers, body), tables).attempts).toBe(attempts);
  });
});

describe("how a part of the API writes its errors", () => {
  it.each([
    ["/am/oauth2/access_token", "oauth2"],
    ["/am/oauth2/realms/root/realms/alpha/userinfo", "oauth2"],
    ["/am/uma/permission_request", "oauth2"],
    ["/am/json/authenticate", "authenticate"],
    ["/am/json/realms/root/realms/alpha/authenticate", "authenticate"],
    ["/am/json/realms/root/realms/alpha/users", "crest"],
    ["/openidm/scim/v2/Users", "scim"],
    ["/openidm/managed/alpha_user", "crest"],
  ])("%s speaks %s", (path, dialect) => {
    expect(classify(factsOf(`POST ${path}`), tables).dialect).toBe(dialect);
  });
});

describe("families", () => {
  const familyOf = (path: string): string => {
    const row = policy.families.rows.find(({ paths }) => paths.some((each) => each.matches(path)));
    return (
      row?.family.replace("*", row.paths.map((each) => each.star(path)).find(Boolean) ?? "*") ?? "default"
    );
  };
  it.each([
    ["/am/oauth2/access_token", "oauth2-token"],
    ["/am/oauth2/realms/root/realms/alpha/access_token", "oauth2-token"],
    ["/am/oauth2/introspect", "am"],
    ["/am/json/serverinfo/*", "am"],
    ["/openidm/system", "openidm"],
    ["/openidm/system/", "openidm"],
    ["/openidm/system/OUD", "openidm-system-OUD"],
    ["/openidm/system/OUD/__ACCOUNT__/1", "openidm-system-OUD"],
    ["/openidm/managed/alpha_user/1", "openidm"],
    ["/environment/startup", "environment"],
    ["/iga/governance/requests", "iga"],
    ["/monitoring/logs/tail", "monitoring"],
    ["/auto/orchestration/x", "auto"],
    ["/keys", "keys"],
    ["/feature", "feature"],
    ["/platform/index.html", "default"],
  ])("%s belongs to %s", (path, family) => {
    expect(familyOf(path)).toBe(family);
  });
});

const VIA = ["via", "1.1 google"];
const JSON_BODY = ["content-type", "application/json;charset=UTF-8"];
const HTML = ["content-type", "text/html; charset=UTF-8"];
const PAGE = '<!doctype html><meta charset="utf-8"><title>403</title>403 Forbidden';

function judged(request: string, outcome: Outcome) {
  const facts = factsOf(request);
  return judge(outcome, { facts, operation: classify(facts, tables).operation }, tables);
}

describe("what an answer means", () => {
  const crest = (code: number, message: string) => JSON.stringify({ code, reason: "R", message });
  const USER = "GET /openidm/managed/alpha_user/1";
  const QUERY = "GET /openidm/managed/alpha_user?_queryFilter=true";

  it.each<[string, number, readonly string[], string | undefined, Meaning, Origin]>([
    [USER, 200, [...VIA, ...JSON_BODY], "{}", "ok", "tenant"],
    [USER, 206, VIA, undefined, "ok", "tenant"],
    [USER, 302, VIA, undefined, "ok", "tenant"],
    [USER, 404, [...VIA, ...JSON_BODY], crest(404, "Not Found"), "rejected", "tenant"],
    [USER, 403, [...VIA, ...JSON_BODY], crest(403, "Access denied"), "forbidden", "tenant"],
    [USER, 403, HTML, PAGE, "blocked", "edge"],
    [USER, 403, [...VIA, "content-type", "text/plain; charset=utf-8"], "Forbidden", "forbidden", "tenant"],
    [USER, 403, [...VIA, ...JSON_BODY], crest(403, "Failed policy validation"), "rejected", "tenant"],
    [USER, 403, [...VIA, ...JSON_BODY], crest(403, "Policy validation failed"), "rejected", "tenant"],
    [
      USER,
      403,
      [...VIA, ...JSON_BODY],
      crest(403, "This operation is not available in PingOne Advanced Identity Cloud."),
      "not-supported",
      "tenant",
    ],
    [USER, 404, [...VIA, ...HTML], "Object not found", "rejected", "tenant"],
    [USER, 500, ["x-forgerock-transactionid", "a"], "", "defect", "tenant"],
    [USER, 502, HTML, "<html>", "bad-gateway", "edge"],
    [USER, 503, HTML, "<html>", "unavailable", "edge"],
    [USER, 503, [], "", "unavailable", "edge"],
    [USER, 503, JSON_BODY, crest(503, "x"), "unavailable", "tenant"],
    [USER, 504, HTML, "<html>", "timed-out", "edge"],
    [USER, 429, HTML, "<html>", "throttled", "edge"],
    [USER, 408, VIA, "", "request-timeout", "tenant"],
    [USER, 425, VIA, "", "too-early", "tenant"],
    [USER, 422, [...VIA, ...JSON_BODY], '{"code":606,"message":"encoding"}', "rejected", "tenant"],
    [USER, 505, VIA, "", "defect", "tenant"],
    ["PUT /x", 412, [...VIA, ...JSON_BODY], crest(412, "revision"), "version-mismatch", "tenant"],
    [
      USER,
      412,
      [...VIA, ...JSON_BODY],
      crest(412, "If-Match not supported for GET requests"),
      "rejected",
      "tenant",
    ],
    [
      USER,
      409,
      [...VIA, ...JSON_BODY],
      crest(409, "Header If-Modified-Since not supported"),
      "rejected",
      "tenant",
    ],
    ["POST /x", 409, [...VIA, ...JSON_BODY], crest(409, "Application already exists"), "conflict", "tenant"],
    [
      "PUT /x",
      400,
      [...VIA, ...JSON_BODY],
      crest(400, "Failed to create secret, the secret already exists"),
      "conflict",
      "tenant",
    ],
    [
      "PUT /x",
      503,
      [...VIA, ...JSON_BODY],
      crest(503, "Unable to update on x in maintenance mode."),
      "maintenance",
      "tenant",
    ],
    ["POST /x", 503, [...VIA, ...JSON_BODY], crest(503, "Inactive script: a"), "rejected", "tenant"],
    [QUERY, 200, [...VIA, ...JSON_BODY], '{"result":[],"error":{"code":503}}', "unavailable", "tenant"],
    [QUERY, 200, [...VIA, ...JSON_BODY], '{"result":[],"error":{"code":507}}', "defect", "tenant"],
    [QUERY, 200, [...VIA, ...JSON_BODY], '{"result":[],"error":{"code":404}}', "rejected", "tenant"],
    [QUERY, 200, [...VIA, ...JSON_BODY], '{"result":[]}', "ok", "tenant"],
    [USER, 200, [...VIA, ...JSON_BODY], '{"error":{"code":503}}', "ok", "tenant"],
    [LOGIN, 408, [...VIA, ...JSON_BODY], crest(408, "Session has timed out"), "rejected", "tenant"],
    [LOGIN, 401, [...VIA, ...JSON_BODY], crest(401, "Authentication Failed"), "rejected", "tenant"],
    [
      "POST /openidm/system/OUD/a",
      401,
      [...VIA, ...JSON_BODY],
      crest(401, "Password is invalid"),
      "rejected",
      "tenant",
    ],
    [
      "POST /openidm/system/OUD/a",
      401,
      [...VIA, ...JSON_BODY],
      crest(401, "Access Denied"),
      "unauthenticated",
      "tenant",
    ],
    [TOKEN, 400, [...VIA, ...JSON_BODY], '{"error":"server_error"}', "defect", "tenant"],
    [TOKEN, 400, [...VIA, ...JSON_BODY], '{"error":"temporarily_unavailable"}', "unavailable", "tenant"],
    [TOKEN, 400, [...VIA, ...JSON_BODY], '{"error":"invalid_grant"}', "rejected", "tenant"],
    [
      "DELETE /auto/orchestration/definition/a/published",
      500,
      [...VIA, "content-type", "text/plain"],
      'Exception: {"code":409,"reason":"Conflict","message":"The process definition has running instances"} ',
      "conflict",
      "tenant",
    ],
    [
      "PUT /am/json/x",
      500,
      [...VIA, ...JSON_BODY],
      crest(500, "Unable to update SMS config: Data validation failed for the attribute, x"),
      "rejected",
      "tenant",
    ],
    ["GET /environment/startup", 500, [...VIA, ...JSON_BODY], '{"code":500}', "unavailable", "tenant"],
    ["DELETE /environment/certificates/a", 500, [...VIA, ...JSON_BODY], "", "defect", "tenant"],
  ])(
    "%s told %s (%j, %j) means %s, and the %s says it",
    (request, status, headers, text, meaning, origin) => {
      const { meaning: found, origin: speaker } = judged(request, {
        kind: "answered",
        status,
        headers,
        text,
      });
      expect({ meaning: found, origin: speaker }).toEqual({ meaning, origin });
    },
  );

  it.each([
    ["name-not-found", "unreachable"],
    ["refused", "unreachable"],
    ["connect-failed", "unreachable"],
    ["connect-timeout", "unreachable"],
    ["tls-failed", "unreachable"],
    ["certificate", "untrusted"],
    ["proxy-failed", "unreachable"],
    ["reset", "cut-off"],
    ["timeout", "silent"],
    ["not-http", "garbled"],
    ["head-too-large", "oversized"],
    ["body-cut", "garbled"],
    ["caller-left", "abandoned"],
  ] as const)("the failure %s means %s", (failure, meaning) => {
    expect(judged("GET /x", { kind: "failed", failure, code: "E", sent: true }).meaning).toBe(meaning);
  });
});
