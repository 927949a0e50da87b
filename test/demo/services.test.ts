import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PASSWORD } from "../../src/demo/seeds.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { manualClock } from "../support/manual-clock.ts";
import { type Answer, type Asked, ask } from "./ask.ts";

const clock = manualClock();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant({ clock, logsPerMinute: 3 });
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const run = (line: string, asked?: Asked): Promise<Answer> => ask(tenant, line, asked);

describe("authenticate", () => {
  const LOGIN = "POST /am/json/realms/root/realms/alpha/authenticate";
  const filled = (authId: unknown, password: string): Asked => ({
    json: { authId, callbacks: ["aoki", password].map((value) => ({ input: [{ name: "IDToken", value }] })) },
  });
  const begin = async (): Promise<unknown> => (await run(LOGIN)).json.authId;

  it("starts with an authId and callbacks, then gives a token for the right password", async () => {
    const started = await run(LOGIN, { json: {} });
    expect(started.json.callbacks).toMatchObject([{ type: "NameCallback" }, { type: "PasswordCallback" }]);
    const answer = await run(LOGIN, filled(started.json.authId, PASSWORD));
    expect(answer).toMatchObject({ status: 200, json: { tokenId: expect.any(String), realm: "/alpha" } });
    expect(tenant.applied).toMatchObject([{ operation: "action" }, { operation: "action" }]);
  });

  it("answers 401 to the wrong password, and to callbacks it cannot read", async () => {
    expect((await run(LOGIN, filled(await begin(), "guess"))).status).toBe(401);
    for (const callbacks of [undefined, {}, [1], [{ input: 1 }], [{ input: [null] }]])
      expect((await run(LOGIN, { json: { authId: await begin(), callbacks } })).status).toBe(401);
  });

  it("takes each step once", async () => {
    const authId = await begin();
    await run(LOGIN, filled(authId, PASSWORD));
    expect((await run(LOGIN, filled(authId, PASSWORD))).status).toBe(408);
  });

  it("forgets a login after five minutes", async () => {
    const [inTime, tooLate] = [await begin(), await begin()];
    await clock.advance(300_000);
    expect((await run(LOGIN, filled(inTime, PASSWORD))).status).toBe(200);
    await clock.advance(1);
    expect(await run(LOGIN, filled(tooLate, PASSWORD))).toMatchObject({
      status: 408,
      json: { reason: "Request Time-out", detail: { errorCode: "110" } },
    });
  });

  it("knows versions up to 2 and allows only POST", async () => {
    expect(
      (await run(LOGIN, { headers: { "accept-api-version": "protocol=1.0,resource=2.1" } })).status,
    ).toBe(200);
    expect((await run(LOGIN, { headers: { "accept-api-version": "resource=3.0" } })).status).toBe(406);
    expect((await run("GET /am/json/authenticate")).status).toBe(405);
  });

  it("answers 400 to what is not JSON", async () => {
    expect((await run(LOGIN, { body: "{" })).status).toBe(400);
  });
});

describe("environment", () => {
  const VARIABLE = "/environment/variables/esv-a";
  const SECRET = "/environment/secrets/esv-a";
  const value = { json: { valueBase64: "YQ==", description: "d" } };

  it("takes a variable again and again, shows it, and gives it up", async () => {
    expect((await run(`PUT ${VARIABLE}`, value)).json).toMatchObject({ _id: "esv-a", valueBase64: "YQ==" });
    expect((await run(`PUT ${VARIABLE}`, value)).status).toBe(200);
    expect((await run(`GET ${VARIABLE}`)).json).toMatchObject({ description: "d", lastChangedBy: "demo" });
    expect((await run(`DELETE ${VARIABLE}`)).json).toMatchObject({ _id: "esv-a" });
    expect(tenant.applied.map(({ operation }) => operation)).toEqual(["create", "update", "delete"]);
  });

  it("takes a secret once and never shows what is in it", async () => {
    const created = await run(`PUT ${SECRET}`, value);
    expect(created).toMatchObject({ status: 200, json: { activeVersion: "1" } });
    expect((await run(`GET ${SECRET}`)).json).not.toHaveProperty("valueBase64");
    expect(await run(`PUT ${SECRET}`, value)).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining("already exists") },
    });
    expect((await run(`DELETE ${SECRET}`)).status).toBe(200);
    expect((await run(`PUT ${SECRET}`, value)).status).toBe(200);
  });

  it.each([
    [404, 404, `GET ${VARIABLE}`, {}],
    [404, 404, `DELETE ${SECRET}`, {}],
    [400, 400, `PUT ${VARIABLE}`, { json: {} }],
    [400, 400, `PUT ${VARIABLE}`, { body: "{" }],
    [422, 606, `PUT ${SECRET}`, { json: { valueBase64: "", encoding: "rot13" } }],
  ])("answers %i with the code %i and no reason to %s", async (status, code, line, asked) => {
    const answer = await run(line, asked);
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ code, message: expect.any(String) });
  });
});

describe("logs", () => {
  const limits = ({ headers }: Answer): unknown =>
    ["limit", "remaining", "reset"].map((name) => headers[`x-ratelimit-${name}`]);

  it("count down, refuse with the seconds to wait, and open again when they have passed", async () => {
    const resetsAt = String(Math.ceil(clock.wall() / 1000) + 60);
    for (const left of ["2", "1", "0"])
      expect(limits(await run("GET /monitoring/logs"))).toEqual(["3", left, resetsAt]);
    await clock.advance(20_500);
    const refused = await run("GET /monitoring/logs/tail");
    expect(refused).toMatchObject({ status: 429, json: { code: 429 } });
    expect(refused.headers["retry-after"]).toBe("40");
    expect(limits(refused)).toEqual(["3", "0", resetsAt]);
    await clock.advance(39_500);
    expect((await run("GET /monitoring/logs")).status).toBe(200);
    await clock.advance(60_000);
  });

  it("show which attempts of a transaction the tenant saw", async () => {
    const headers = { "x-forgerock-transactionid": "tx/1" };
    tenant.dropBeforeCommit();
    await run("DELETE /openidm/managed/alpha_user/nobody", { headers }).catch(() => undefined);
    await run("DELETE /openidm/managed/alpha_user/nobody", { headers });
    await run("POST /am/json/authenticate");
    const log = (await run("GET /monitoring/logs?transactionId=tx/1")).json;
    expect(log).toMatchObject({
      resultCount: 1,
      result: [
        {
          source: "idm-access",
          payload: { method: "DELETE", status: 404, path: "/openidm/managed/alpha_user/nobody" },
        },
      ],
    });
    expect((await run("GET /monitoring/logs")).json).toMatchObject({ resultCount: 3 });
  });
});
