import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PASSWORD, SEEDS } from "../../src/demo/seeds.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { manualClock } from "../support/manual-clock.ts";
import { type Answer, type Asked, ask } from "./ask.ts";

const USERS = "/openidm/managed/alpha_user";
const ID = Object.keys(SEEDS["managed/alpha_user"] ?? {})[0] ?? "";
const USER = `${USERS}/${ID}`;
const ROLE = "/openidm/internal/role/demo-admin";
const ACCOUNTS = "/openidm/system/ldap/account";
const APPLICATIONS = "/am/json/realms/root/realms/alpha/applications";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant({ clock: manualClock() });
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const run = (line: string, asked?: Asked): Promise<Answer> => ask(tenant, line, asked);
const etagOf = async (path: string): Promise<string> => (await run(`GET ${path}`)).headers.etag ?? "";

describe("a read", () => {
  it("shows id, revision and members, and the revision as ETag", async () => {
    const answer = await run(`GET ${USER}`);
    expect(answer.json).toMatchObject({ _id: ID, userName: "aoki", givenName: "Mei" });
    expect(answer.json._rev).toMatch(/^[0-9a-f-]{36}-\d+$/);
    expect(answer.headers).toMatchObject({
      etag: `"${answer.json._rev}"`,
      "content-type": "application/json;charset=utf-8",
      "content-api-version": "protocol=2.1,resource=1.0",
      "cache-control": "no-store",
    });
  });

  it("never shows a password", async () => {
    expect((await run(`GET ${USER}`)).json).not.toHaveProperty("password");
    expect((await run(`GET ${USER}?_fields=password`)).json).not.toHaveProperty("password");
  });

  it("shows only the fields that were named, in any case of the parameter's name", async () => {
    const answer = await run(`GET ${USER}?_FIELDS=userName,/mail`);
    expect(Object.keys(answer.json).sort()).toEqual(["_id", "_rev", "mail", "userName"]);
  });

  it("shows all fields for *", async () => {
    expect((await run(`GET ${USER}?_fields=*`)).json).toHaveProperty("sn", "Aoki");
  });

  it("answers 412 to If-None-Match: *, and 200 to a revision that is not the present one", async () => {
    expect((await run(`GET ${USER}`, { headers: { "if-none-match": "*" } })).status).toBe(412);
    expect((await run(`GET ${USER}`, { headers: { "if-none-match": '"0-0"' } })).status).toBe(200);
  });

  it("answers a HEAD with the head of a GET", async () => {
    const [head, get] = [await run(`HEAD ${USER}`), await run(`GET ${USER}`)];
    expect(head).toMatchObject({ status: 200, text: "" });
    expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
  });
});

describe("a query", () => {
  const query = async (parameters: string): Promise<Answer["json"]> =>
    (await run(`GET ${USERS}?${parameters}`)).json;

  it("shows everything for true", async () => {
    expect(await query("_queryFilter=true")).toMatchObject({
      result: [{ userName: "aoki" }, { userName: "brandt" }, { userName: "castro" }],
      resultCount: 3,
      pagedResultsCookie: null,
      totalPagedResultsPolicy: "NONE",
      totalPagedResults: -1,
      remainingPagedResults: -1,
    });
  });

  it("finds what equals", async () => {
    expect(await query("_queryFilter=userName+eq+%22brandt%22&_fields=sn")).toMatchObject({
      result: [{ _id: expect.any(String), _rev: expect.any(String), sn: "Brandt" }],
      resultCount: 1,
    });
    expect(await query("_queryFilter=loginCount+eq+0")).toMatchObject({ resultCount: 3 });
    expect(await query("_queryFilter=userName+eq+%22nobody%22")).toMatchObject({
      result: [],
      resultCount: 0,
    });
  });

  it("pages by offset and by cookie, and counts when asked to", async () => {
    const first = await query("_queryFilter=true&_pageSize=2&_totalPagedResultsPolicy=exact");
    expect(first).toMatchObject({ resultCount: 2, totalPagedResults: 3, remainingPagedResults: 1 });
    const rest = { result: [{ userName: "castro" }], resultCount: 1, pagedResultsCookie: null };
    expect(
      await query(`_queryFilter=true&_pageSize=2&_pagedResultsCookie=${first.pagedResultsCookie}`),
    ).toMatchObject(rest);
    expect(await query("_queryFilter=true&_pageSize=2&_pagedResultsOffset=2")).toMatchObject(rest);
  });

  it.each([
    ["_queryFilter=true&_queryId=all", 400],
    ["_queryFilter=userName+sw", 400],
    ["_queryFilter=userName+eq+%22%5Cx%22", 400],
    ["_queryFilter=true&_pageSize=-1", 400],
    ["_queryFilter=true&_pageSize=many", 400],
    ["_queryFilter=true&_pagedResultsCookie=1&_pagedResultsOffset=1", 400],
    ["_queryExpression=x", 501],
  ])("refuses %s with %i", async (parameters, status) => {
    expect((await run(`GET ${USERS}?${parameters}`)).status).toBe(status);
  });
});

describe("a create", () => {
  it("by POST makes an id, says where, and is recorded", async () => {
    const answer = await run(`POST ${USERS}`, { json: { userName: "dora" } });
    expect(answer).toMatchObject({ status: 201, json: { userName: "dora" } });
    expect(answer.json._id).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.location).toBe(`${tenant.url}${USERS}/${answer.json._id}`);
    expect(answer.headers.etag).toBe(`"${answer.json._rev}"`);
    expect(tenant.applied).toEqual([
      { operation: "create", path: USERS, id: answer.json._id, rev: answer.json._rev, saw: 0 },
    ]);
  });

  it("by POST takes the id from the body, and 412 says that it is taken", async () => {
    const twice = { json: { _id: "dora", userName: "dora" } };
    expect((await run(`POST ${USERS}?_ACTION=Create`, twice)).headers.location).toMatch(/\/dora$/);
    const again = await run(`POST ${USERS}?_action=create`, twice);
    expect(again.status).toBe(412);
    expect(again.json.message).toContain("&#39;");
    expect(tenant.applied).toHaveLength(1);
  });

  it("by PUT with If-None-Match: * happens once", async () => {
    const asked = { json: { userName: "dora" }, headers: { "if-none-match": "*" } };
    const first = await run(`PUT ${USERS}/dora`, asked);
    expect(first).toMatchObject({ status: 201, json: { _id: "dora" } });
    expect(first.headers.location).toBe(`${tenant.url}${USERS}/dora`);
    expect((await run(`PUT ${USERS}/dora`, asked)).status).toBe(412);
    expect(tenant.applied.map(({ operation }) => operation)).toEqual(["create"]);
  });

  it("by PUT without conditions creates, then updates", async () => {
    expect((await run(`PUT ${USERS}/dora`, { json: {} })).status).toBe(201);
    expect((await run(`PUT ${USERS}/dora`, { json: {} })).status).toBe(200);
    expect(tenant.applied.map(({ operation }) => operation)).toEqual(["create", "update"]);
  });

  it("works in collections that nobody heard of", async () => {
    await run("PUT /openidm/managed/alpha_thing/1", { json: { a: 1 } });
    expect((await run("GET /openidm/managed/alpha_thing/1")).json).toMatchObject({ a: 1 });
  });

  it("cannot be done below an object", async () => {
    expect((await run(`POST ${USER}`, { json: {} })).status).toBe(400);
  });
});

describe("an update", () => {
  it("replaces the object at the revision named, once", async () => {
    const asked = { json: { userName: "aoki2" }, headers: { "if-match": await etagOf(USER) } };
    const answer = await run(`PUT ${USER}`, asked);
    expect(answer).toMatchObject({ status: 200, json: { userName: "aoki2" } });
    expect(answer.json).not.toHaveProperty("sn");
    expect(answer.headers.etag).not.toBe(asked.headers["if-match"]);
    expect((await run(`PUT ${USER}`, asked)).status).toBe(412);
    expect(tenant.applied).toMatchObject([{ operation: "update", id: ID, rev: answer.json._rev, saw: 1 }]);
  });

  it("takes any revision for *", async () => {
    expect((await run(`PUT ${USER}`, { json: {}, headers: { "if-match": "*" } })).status).toBe(200);
  });

  it("of nothing is 404 when it names a revision", async () => {
    expect((await run(`PUT ${USERS}/nobody`, { json: {}, headers: { "if-match": "*" } })).status).toBe(404);
  });

  it("refuses both conditions together with 412, and a revision in If-None-Match with 400", async () => {
    const both = { json: {}, headers: { "if-match": "*", "if-none-match": "*" } };
    expect((await run(`PUT ${USER}`, both)).status).toBe(412);
    expect((await run(`PUT ${USER}`, { json: {}, headers: { "if-none-match": '"1"' } })).status).toBe(400);
  });

  it("of a collection is 400", async () => {
    expect((await run(`PUT ${USERS}`, { json: {} })).status).toBe(400);
  });

  it("that breaks a policy names the requirement and the property, and changes nothing", async () => {
    const answer = await run(`PUT ${USER}`, { json: { userName: "" } });
    expect(answer).toMatchObject({
      status: 403,
      json: {
        message: "Failed policy validation",
        detail: {
          result: false,
          failedPolicyRequirements: [
            { policyRequirements: [{ policyRequirement: "REQUIRED" }], property: "userName" },
          ],
        },
      },
    });
    expect(tenant.applied).toEqual([]);
  });

  it("may come as a POST that names PUT", async () => {
    const answer = await run(`POST ${USER}`, {
      json: { a: 1 },
      headers: { "x-http-method-override": "PUT" },
    });
    expect(answer).toMatchObject({ status: 200, json: { _id: ID, a: 1 } });
    expect(tenant.saw[0]).toMatchObject({ method: "POST" });
    expect(tenant.applied).toMatchObject([{ operation: "update" }]);
  });
});

describe("a patch", () => {
  const increment = { json: [{ operation: "increment", field: "/loginCount", value: 2 }] };

  it("is applied and recorded", async () => {
    expect(await run(`PATCH ${USER}`, increment)).toMatchObject({
      status: 200,
      json: { loginCount: 2, sn: "Aoki" },
    });
    expect(tenant.applied).toMatchObject([{ operation: "patch", id: ID }]);
  });

  it("keeps what is never shown", async () => {
    await run(`PATCH ${USER}`, increment);
    const callbacks = ["aoki", PASSWORD].map((value) => ({ input: [{ value }] }));
    const { authId } = (await run("POST /am/json/authenticate")).json;
    expect((await run("POST /am/json/authenticate", { json: { authId, callbacks } })).json).toHaveProperty(
      "tokenId",
    );
  });

  it("is held to the revision in If-Match", async () => {
    const headers = { "if-match": await etagOf(USER) };
    expect((await run(`PATCH ${USER}`, { ...increment, headers })).status).toBe(200);
    expect((await run(`PATCH ${USER}`, { ...increment, headers })).status).toBe(412);
  });

  it.each([
    [404, `PATCH ${USERS}/nobody`, increment],
    [412, `PATCH ${USER}`, { ...increment, headers: { "if-none-match": "*" } }],
    [400, `PATCH ${USER}`, { json: { a: 1 } }],
    [403, `PATCH ${USER}`, { json: [{ operation: "replace", field: "mail", value: "nowhere" }] }],
    [501, `PATCH ${USER}`, { json: [{ operation: "transform", field: "mail" }] }],
  ])("is refused with %i for %s", async (status, line, asked) => {
    expect((await run(line, asked)).status).toBe(status);
    expect(tenant.applied).toEqual([]);
  });
});

describe("a delete", () => {
  it("answers with what is gone, and the second one 404", async () => {
    expect(await run(`DELETE ${USER}`)).toMatchObject({ status: 200, json: { _id: ID, userName: "aoki" } });
    expect((await run(`DELETE ${USER}`)).status).toBe(404);
    expect(tenant.applied).toMatchObject([{ operation: "delete", id: ID }]);
  });

  it("is held to the revision in If-Match", async () => {
    expect((await run(`DELETE ${USER}`, { headers: { "if-match": '"0"' } })).status).toBe(412);
    expect((await run(`DELETE ${USER}`, { headers: { "if-match": await etagOf(USER) } })).status).toBe(200);
  });
});

describe("an action", () => {
  it("may answer with the object and change nothing", async () => {
    expect((await run(`POST ${USER}?_action=triggerSyncCheck`)).json).toMatchObject({ _id: ID });
    expect(tenant.applied).toEqual([]);
  });

  it("may change the object and say nothing", async () => {
    expect(await run(`POST ${USER}?_action=resetPassword`)).toMatchObject({ status: 204, text: "" });
    expect(tenant.applied).toMatchObject([{ operation: "action", id: ID }]);
  });

  it("on nothing is 404, and one that JavaScript knows but the tenant does not is 501", async () => {
    expect((await run(`POST ${USERS}/nobody?_action=resetPassword`)).status).toBe(404);
    expect((await run(`POST ${USER}?_action=constructor`)).status).toBe(501);
  });

  it.each(["if-match", "if-none-match"])("does not take %s", async (name) => {
    expect((await run(`POST ${USER}?_action=resetPassword`, { headers: { [name]: "*" } })).status).toBe(412);
  });
});

describe("collections with rules of their own", () => {
  it("internal/role demands a version for PUT, PATCH and DELETE, and takes the right one", async () => {
    for (const method of ["PUT", "DELETE"])
      expect((await run(`${method} ${ROLE}`, { json: {} })).status).toBe(428);
    expect((await run(`PATCH ${ROLE}`, { json: [] })).status).toBe(428);
    const headers = { "if-match": await etagOf(ROLE) };
    expect((await run(`PUT ${ROLE}`, { json: { name: "x" }, headers })).status).toBe(200);
    expect((await run(`PUT ${ROLE}`, { json: { name: "y" }, headers })).status).toBe(412);
  });

  it("system/ldap/account has no revisions and makes its own ids", async () => {
    const [id] = Object.keys(SEEDS["system/ldap/account"] ?? {});
    const answer = await run(`GET ${ACCOUNTS}/${id}`);
    expect(answer.json).not.toHaveProperty("_rev");
    expect(answer.headers).not.toHaveProperty("etag");
    const headers = { "if-none-match": "*" };
    expect((await run(`PUT ${ACCOUNTS}/mine`, { json: {}, headers })).status).toBe(404);
    const created = await run(`POST ${ACCOUNTS}?_action=create`, { json: { _id: "mine", uid: "x" } });
    expect(created.status).toBe(201);
    expect(created.json._id).not.toBe("mine");
  });

  it("system/ldap/account says 401 about the account, not about the caller", async () => {
    const sign = (password: string): Promise<Answer> =>
      run(`POST ${ACCOUNTS}?_action=authenticate&username=aoki&password=${encodeURIComponent(password)}`);
    expect((await sign(PASSWORD)).status).toBe(200);
    expect((await sign("guess")).status).toBe(401);
  });

  it("applications are named by the caller, refuse duplicates with 409 and do not create by PUT", async () => {
    const asked = { json: { name: "shop" } };
    expect(await run(`POST ${APPLICATIONS}/?_action=create`, asked)).toMatchObject({
      status: 201,
      json: { _id: "shop" },
    });
    expect((await run(`POST ${APPLICATIONS}/?_action=create`, asked)).status).toBe(409);
    expect((await run(`PUT ${APPLICATIONS}/other`, { json: {} })).status).toBe(404);
  });

  it("an object whose time is over is 410 for every verb", async () => {
    await run("PUT /openidm/managed/alpha_invitation/x", { json: { expires: "2025-12-31T23:59:59Z" } });
    for (const method of ["GET", "PUT", "PATCH", "DELETE"])
      expect((await run(`${method} /openidm/managed/alpha_invitation/x`, { json: {} })).status).toBe(410);
    await run("PUT /openidm/managed/alpha_invitation/y", { json: { expires: "2026-01-02T00:00:00Z" } });
    expect((await run("GET /openidm/managed/alpha_invitation/y")).status).toBe(200);
  });
});

describe("scripts", () => {
  it("are JSON literals", async () => {
    expect((await run("POST /openidm/script?_action=eval", { json: { source: "[1]" } })).text).toBe("[1]");
  });
});

describe("the transaction id", () => {
  it("is the caller's, or a new one", async () => {
    const headers = { "X-ForgeRock-TransactionId": "tx/1" };
    expect((await run(`GET ${USER}`, { headers })).headers["x-forgerock-transactionid"]).toBe("tx/1");
    expect((await run(`GET ${USER}`)).headers["x-forgerock-transactionid"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});
