/**
 * The tenant's OAuth2 endpoints: token and introspect.
 *
 * Speaks RFC 6749 (`error`, `error_description`), not CREST. Clients are not checked, except that the secret `wrong` is.
 */
import { headerValue } from "../http/headers.ts";
import { type Change, changed, json, type Reply } from "./reply.ts";
import type { Handler, Route, TenantRequest } from "./request.ts";
import { type Grant, LIFETIME_MS, type Tokens } from "./tokens.ts";

/** A code and a refresh token that are there from the start, each good for one use. */
export const DEMO_CODE = "demo-code";
export const DEMO_REFRESH_TOKEN = "demo-refresh-token";

type GrantType = (form: URLSearchParams, tokens: Tokens) => Reply;

const GRANT_TYPES: ReadonlyMap<string, GrantType> = new Map([
  ["client_credentials", clientCredentials],
  ["authorization_code", (form, tokens) => exchanged("code", form.get("code"), tokens)],
  ["refresh_token", (form, tokens) => exchanged("refresh", form.get("refresh_token"), tokens)],
  ["urn:ietf:params:oauth:grant-type:jwt-bearer", jwtBearer],
]);

export function oauth2Routes(tokens: Tokens): readonly Route[] {
  const demo = tokens.grant("demo-client", "openid");
  tokens.issue("code", demo, DEMO_CODE);
  tokens.issue("refresh", tokens.grant("demo-client", "openid"), DEMO_REFRESH_TOKEN);
  const endpoint = (name: string): RegExp =>
    new RegExp(`^/am/oauth2/(?:realms/root/)?(?:realms/[^/]+/)?${name}$`);
  const form =
    (answer: GrantType): Handler =>
    (request) =>
      withForm(request, (fields) => answer(fields, tokens));
  return [
    [endpoint("access_token"), form(accessToken)],
    [endpoint("introspect"), form(introspect)],
  ];
}

function withForm(request: TenantRequest, answer: (form: URLSearchParams) => Reply): Reply {
  if (request.method !== "POST")
    return oauthError(405, "method_not_allowed", `Required Method: POST found: ${request.method}`, {
      allow: "POST",
    });
  const type = headerValue(request.headers, "content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type))
    return oauthError(400, "invalid_request", "The body must be a form");
  const form = new URLSearchParams(request.body);
  if (form.get("client_secret") === "wrong")
    return oauthError(401, "invalid_client", "Client authentication failed", { "www-authenticate": "Basic" });
  return answer(form);
}

function accessToken(form: URLSearchParams, tokens: Tokens): Reply {
  const name = form.get("grant_type");
  if (name === null) return oauthError(400, "invalid_request", "grant_type is missing");
  const grantType = GRANT_TYPES.get(name);
  return (
    grantType?.(form, tokens) ?? oauthError(400, "unsupported_grant_type", `${name} is not supported here`)
  );
}

function clientCredentials(form: URLSearchParams, tokens: Tokens): Reply {
  return issued(tokens.grant(form.get("client_id") ?? "demo-client", form.get("scope") ?? ""), tokens, {});
}

/** An assertion is accepted once: whoever repeats it must sign a new one. */
function jwtBearer(form: URLSearchParams, tokens: Tokens): Reply {
  const assertion = form.get("assertion");
  if (assertion === null) return oauthError(400, "invalid_request", "assertion is missing");
  const known = `assertion ${assertion}`;
  if (tokens.isDead(known)) return oauthError(400, "invalid_grant", "The assertion was used before");
  const grant = tokens.grant(form.get("client_id") ?? "service-account", form.get("scope") ?? "");
  tokens.issue("code", grant, known);
  tokens.spend("code", known);
  return issued(grant, tokens, {});
}

/** A code or refresh token for a new pair. */
function exchanged(kind: "code" | "refresh", value: string | null, tokens: Tokens): Reply {
  const spent = tokens.spend(kind, value ?? "");
  if ("grant" in spent) {
    return issued(spent.grant, tokens, { refresh_token: tokens.issue("refresh", spent.grant) });
  }
  const refusal = oauthError(400, "invalid_grant", "The grant is invalid, has expired or was ended");
  return spent.ended === undefined ? refusal : changed(refusal, onGrant(spent.ended));
}

function issued(grant: Grant, tokens: Tokens, more: Readonly<Record<string, string>>): Reply {
  const access_token = tokens.issue("access", grant);
  const expires_in = LIFETIME_MS.access / 1000 - 1;
  const body = { access_token, ...more, scope: grant.scope, token_type: "Bearer", expires_in };
  return changed(json(200, body), onGrant(grant));
}

function introspect(form: URLSearchParams, tokens: Tokens): Reply {
  const token = tokens.active(form.get("token") ?? "");
  if (token === undefined || token.kind === "code") return json(200, { active: false });
  const { grant, expiresWallMs } = token;
  const exp = Math.floor(expiresWallMs / 1000);
  const { clientId: client_id, scope } = grant;
  return json(200, { active: true, scope, client_id, token_type: "Bearer", exp });
}

function onGrant(grant: Grant): Change {
  return { operation: "action", id: grant.id };
}

function oauthError(status: number, error: string, about: string, headers: Reply["headers"] = {}): Reply {
  return json(status, { error_description: about, error }, headers);
}
