import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DEMO_CODE, DEMO_REFRESH_TOKEN } from "../../src/demo/oauth2.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { manualClock } from "../support/manual-clock.ts";
import { type Answer, ask } from "./ask.ts";

const USERS = "/openidm/managed/alpha_user?_queryFilter=true";
const GRANT_GONE = { status: 400, json: { error: "invalid_grant" } };

const clock = manualClock();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant({ clock });
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const token = (form: Record<string, string>, realm = ""): Promise<Answer> =>
  ask(tenant, `POST /am/oauth2${realm}/access_token`, { form });
const refresh = (value: unknown): Promise<Answer> =>
  token({ grant_type: "refresh_token", refresh_token: String(value) });
const code = (value: string): Promise<Answer> => token({ grant_type: "authorization_code", code: value });
const isActive = async (value: unknown): Promise<unknown> =>
  (await ask(tenant, "POST /am/oauth2/introspect", { form: { token: String(value) } })).json.active;

describe("client_credentials", () => {
  it.each(["", "/realms/root/realms/alpha", "/realms/alpha"])(
    "gives a new token every time at %s",
    async (realm) => {
      const form = { grant_type: "client_credentials", client_id: "me", scope: "a b" };
      const [one, two] = [await token(form, realm), await token(form, realm)];
      expect(one).toMatchObject({
        status: 200,
        json: { token_type: "Bearer", scope: "a b", expires_in: 3599 },
      });
      expect(one.json).not.toHaveProperty("refresh_token");
      expect(two.json.access_token).not.toBe(one.json.access_token);
      expect(tenant.applied).toHaveLength(2);
    },
  );

  it("gives a token that opens the tenant until it expires", async () => {
    const { access_token } = (await token({ grant_type: "client_credentials" })).json;
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await ask(tenant, `GET ${USERS}`, { headers })).status).toBe(200);
    expect(await isActive(access_token)).toBe(true);
    await clock.advance(3_600_000);
    expect((await ask(tenant, `GET ${USERS}`, { headers })).status).toBe(401);
    expect(await isActive(access_token)).toBe(false);
  });

  it("is refused to a client with the wrong secret", async () => {
    const answer = await token({ grant_type: "client_credentials", client_secret: "wrong" });
    expect(answer).toMatchObject({ status: 401, json: { error: "invalid_client" } });
    expect(answer.headers["www-authenticate"]).toBe("Basic");
  });
});

describe("refresh_token", () => {
  it("rotates: each works once, the next one comes with the answer", async () => {
    const first = await refresh(DEMO_REFRESH_TOKEN);
    const second = await refresh(first.json.refresh_token);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await isActive(second.json.refresh_token)).toBe(true);
  });

  it("used again ends the grant and every token on it", async () => {
    const { access_token, refresh_token } = (await refresh(DEMO_REFRESH_TOKEN)).json;
    expect(await refresh(DEMO_REFRESH_TOKEN)).toMatchObject(GRANT_GONE);
    expect(await isActive(access_token)).toBe(false);
    expect(await refresh(refresh_token)).toMatchObject(GRANT_GONE);
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await ask(tenant, `GET ${USERS}`, { headers })).status).toBe(401);
    expect(tenant.applied.map(({ id }) => id)).toEqual(Array(3).fill(tenant.applied[0]?.id));
  });

  it("that nobody issued is refused and changes nothing", async () => {
    expect(await refresh("invented")).toMatchObject(GRANT_GONE);
    expect(tenant.applied).toEqual([]);
  });
});

describe("authorization_code", () => {
  it("works once, and used again ends the grant", async () => {
    const { access_token, refresh_token } = (await code(DEMO_CODE)).json;
    expect(await isActive(access_token)).toBe(true);
    expect(await code(DEMO_CODE)).toMatchObject(GRANT_GONE);
    expect(await isActive(access_token)).toBe(false);
    expect(await isActive(refresh_token)).toBe(false);
  });

  it("leaves other grants alone", async () => {
    await code(DEMO_CODE);
    await code(DEMO_CODE);
    expect((await refresh(DEMO_REFRESH_TOKEN)).status).toBe(200);
  });
});

describe("jwt-bearer", () => {
  it("takes an assertion once", async () => {
    const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "a.b.c" };
    expect((await token(form)).status).toBe(200);
    expect(await token(form)).toMatchObject(GRANT_GONE);
    expect((await token({ ...form, assertion: "a.b.d" })).status).toBe(200);
    expect(await token({ grant_type: form.grant_type })).toMatchObject({
      json: { error: "invalid_request" },
    });
  });
});

describe("mistakes speak RFC 6749", () => {
  it.each([
    ["no grant type", { form: { a: "b" } }, 400, "invalid_request"],
    ["an unknown grant type", { form: { grant_type: "password" } }, 400, "unsupported_grant_type"],
    [
      "a grant type that only JavaScript knows",
      { form: { grant_type: "constructor" } },
      400,
      "unsupported_grant_type",
    ],
    ["JSON", { json: { grant_type: "client_credentials" } }, 400, "invalid_request"],
  ])("%s", async (_name, asked, status, error) => {
    const answer = await ask(tenant, "POST /am/oauth2/access_token", asked);
    expect(answer).toMatchObject({ status, json: { error, error_description: expect.any(String) } });
    expect(answer.json).not.toHaveProperty("code");
  });

  it("405 names the method that is allowed", async () => {
    expect((await ask(tenant, "PUT /am/oauth2/access_token")).headers.allow).toBe("POST");
  });
});
