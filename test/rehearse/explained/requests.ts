/** Requests made by chance: every family and dialect, the words of the tables, and other spellings of both. */
import fc from "fast-check";
import { among, fewOf, form, json, METHODS, some } from "./pools.ts";

export type AskedRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined when there is none. */
  readonly body: string | undefined;
  readonly chunked: boolean;
};

const PATHS = among(
  "/openidm/managed/alpha_user",
  "/openidm/managed/alpha_user/1",
  "/openidm/system",
  "/openidm/system/ldap/account/1",
  "/openidm/system/hr%20db/account",
  "/openidm/config/sync",
  "/openidm/script",
  "/openidm/policy/managed/alpha_user/1",
  "/openidm/scheduler/job",
  "/openidm/endpoint/report",
  "/am/oauth2/realms/root/realms/alpha/access_token",
  "/am/oauth2/access_token",
  "/am/oauth2/introspect",
  "/am/oauth2/connect/endSession",
  "/am/oauth2/authorize",
  "/am/uma/resource_set",
  "/am/json/realms/root/realms/alpha/authenticate",
  "/am/json/realms/root/sessions",
  "/am/json/realms/root/realm-config/services",
  "/am/json/realms/root/policies",
  "/am/saml2/jsp/idpSSOInit.jsp",
  "/environment/variables/esv-a",
  "/environment/secrets/esv-b",
  "/environment/ccc/init",
  "/environment/startup",
  "/environment/certificates/1",
  "/iga/governance/catalog/search",
  "/iga/commons/glossary/1",
  "/monitoring/logs",
  "/auto/workflow/1",
  "/keys/1",
  "/feature/x",
  "/.well-known/openid-configuration",
  "/scim/v2/Users",
  "/elsewhere/x",
  // Other spellings of the above, which a server could understand by them.
  "/openidm//managed/alpha_user/./1",
  "/elsewhere/%2e%2e/openidm/managed/alpha_user/1",
  "/%61m/oauth2/access_token",
  "/am\\json\\authenticate",
  "/openidm;v=1/managed/alpha_user",
);

const RANDOM_PATH = fc
  .array(among("openidm", "am", "system", "managed", "json", "oauth2", "a", "..", ".", "", "%2f", "*", "é"), {
    minLength: 1,
    maxLength: 5,
  })
  .map((segments) => `/${segments.join("/").replaceAll("é", "%C3%A9")}`);

const PARAMETERS = among(
  "_action=create",
  "_ACTION=Create",
  "_Action=patch",
  "_action=getSessionInfo",
  "_action=logout",
  "_action=validateGoto",
  "_action=test",
  "_action=setDescription",
  "_action=triggerrecon&_action=create",
  "_queryFilter=true",
  "_QUERYFILTER=true",
  "_queryId=query-all",
  "_fields=*",
  "_fields=userName",
  "grant_type=client_credentials",
  "Grant_Type=password",
  "method=DELETE",
  "SAMLart=x",
  "request_uri=urn:x",
  "suspendedId=1",
  "_%61ction=create",
  "empty",
);

const TARGETS = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: PATHS }, { weight: 1, arbitrary: RANDOM_PATH }),
    fewOf(PARAMETERS, 2),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant("") },
      { weight: 1, arbitrary: fc.constant("http://elsewhere") },
    ),
  )
  .map(
    ([path, parameters, origin]) => origin + path + (parameters.length > 0 ? `?${parameters.join("&")}` : ""),
  );

const REQUEST_HEADERS = among<readonly [string, string]>(
  ["If-Match", '"3"'],
  ["If-Match", "*"],
  ["If-Match", 'W/"3"'],
  ["if-match", '"3", "4"'],
  ["If-Match", "3"],
  ["If-None-Match", "*"],
  ["If-None-Match", '"3"'],
  ["X-HTTP-Method-Override", "PATCH"],
  ["X-HTTP-Method-Override", "delete"],
  ["x-http-method-override", "GET"],
  ["X-HTTP-Method-Override", "BREW"],
  ["X-OpenAM-Username", "demo"],
  ["Authorization", "Basic ZGVtbzpkZW1v"],
  ["Authorization", "Bearer x"],
  ["Connection", "close, X-Mode"],
  ["X-Mode", "fast"],
  ["X-Forwarded-For", "192.0.2.1"],
  ["Accept", "text/html"],
  ["Idempotency-Key", "k-1"],
);

/** A second line of these is refused before there is an exchange. */
const SINGLE = ["authorization", "x-http-method-override", "x-openam-username", "idempotency-key"];

function withoutSeconds(headers: (readonly [string, string])[]): (readonly [string, string])[] {
  const names = headers.map(([name]) => name.toLowerCase());
  return headers.filter((_, index) => {
    const name = names[index] ?? "";
    return !SINGLE.includes(name) || names.indexOf(name) === index;
  });
}

const GRANTS = [
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "password",
  "urn:ietf:params:oauth:grant-type:jwt-bearer",
  "urn:ietf:params:oauth:grant-type:device_code",
  "urn:openid:params:grant-type:ciba",
  "urn:ietf:params:oauth:grant-type:token-exchange",
];

const BODIES = among<{ readonly type: string; readonly body: string }>(
  ...GRANTS.map((grant) => form(`grant_type=${encodeURIComponent(grant)}&client_id=a`)),
  form("grant_type=client_credentials&grant_type=refresh_token"),
  json({}),
  json({ userName: "demo" }),
  json({ _id: "1", mail: "a@example.com" }),
  json({ grant_type: "client_credentials" }),
  json([{ operation: "replace", field: "/mail", value: "b@example.com" }]),
  json([{ operation: "remove", field: "/mail" }]),
  json([{ operation: "remove", field: "/roles/0" }]),
  json([{ operation: "add", field: "/roles/-", value: {} }]),
  json([{ operation: "increment", field: "/count", value: 1 }]),
  json([]),
  { type: "application/json", body: '{"cut' },
  { type: "application/json", body: "" },
  { type: "text/csv", body: `name,mail\n${"demo,demo@example.com\n".repeat(10)}` },
);

const anyRequest: fc.Arbitrary<AskedRequest> = fc
  .record({
    method: METHODS,
    target: TARGETS,
    headers: fewOf(REQUEST_HEADERS, 3).map(withoutSeconds),
    sent: some(BODIES, 3),
    chunked: fc.boolean(),
  })
  .map(({ sent, headers, ...rest }) => ({
    ...rest,
    headers: sent ? [...headers, ["Content-Type", sent.type] as const] : headers,
    body: sent?.body,
  }));

/** What a route may make replayable. */
const plainCreate: fc.Arbitrary<AskedRequest> = fc
  .record({
    target: among("", "?_action=create", "?_fields=userName&_Action=CREATE").map(
      (query) => `/openidm/managed/alpha_user${query}`,
    ),
    headers: fewOf(REQUEST_HEADERS, 1),
    chunked: fc.boolean(),
  })
  .map(({ target, headers, chunked }) => ({
    method: "POST",
    target,
    headers: [...headers, ["Content-Type", "application/json"]],
    body: JSON.stringify({ userName: "demo" }),
    chunked,
  }));

export const requests = fc.oneof({ weight: 7, arbitrary: anyRequest }, { weight: 1, arbitrary: plainCreate });
