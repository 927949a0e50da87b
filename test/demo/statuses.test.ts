import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EXPIRED_INVITATION, SEEDS } from "../../src/demo/seeds.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { reasonPhrase } from "../../src/http/reason.ts";
import { manualClock } from "../support/manual-clock.ts";
import { type Answer, type Asked, ask } from "./ask.ts";

const USERS = "/openidm/managed/alpha_user";
const USER = `${USERS}/${Object.keys(SEEDS["managed/alpha_user"] ?? {})[0]}`;
const LOGIN = "/am/json/realms/root/realms/alpha/authenticate";

/** Which request gives which status, when, and what makes it that one and not another. */
const ROWS: readonly [status: number, when: string, line: string, asked?: Asked, says?: RegExp][] = [
  [200, "a query", `GET ${USERS}?_queryFilter=true`, {}, /"resultCount":3/],
  [200, "a read", `GET ${USER}`, {}, /"userName":"aoki"/],
  [201, "a create", `POST ${USERS}?_action=create`, { json: { userName: "new" } }, /"userName":"new"/],
  [201, "a create with an id", `PUT ${USERS}/new`, { json: {}, headers: { "if-none-match": "*" } }],
  [204, "an action with nothing to say", `POST ${USER}?_action=resetPassword`],
  [400, "a body that is not JSON", `PUT ${USER}`, { body: "{" }, /not valid JSON/],
  [400, "a body that is no object", `PUT ${USER}`, { json: [] }, /not a JSON object/],
  [400, "a form for a collection", `PUT ${USER}`, { form: { a: "b" } }, /content-type/],
  [400, "a collection without a query", `GET ${USERS}`, {}, /cannot be read/],
  [400, "a path that is wrongly encoded", `GET ${USERS}/%zz`, {}, /percent/],
  [401, "a token that has expired", `GET ${USER}`, { headers: { authorization: "Bearer expired" } }],
  [401, "a bearer at the logs", "GET /monitoring/logs", { headers: { authorization: "Bearer good" } }],
  [403, "a policy that fails", `PUT ${USER}`, { json: { mail: "nowhere" } }, /Failed policy validation/],
  [404, "an unknown id", `GET ${USERS}/nobody`, {}, /No Such Entry/],
  [404, "an unknown path", "GET /nowhere", {}, /path \/nowhere was not found/],
  [405, "GET of the token endpoint", "GET /am/oauth2/access_token", {}, /method_not_allowed/],
  [405, "POST to the logs", "POST /monitoring/logs"],
  [
    406,
    "a version that is not there",
    `POST ${LOGIN}`,
    { headers: { "accept-api-version": "resource=999.0" } },
  ],
  [408, "a login that is over", `POST ${LOGIN}`, { json: { authId: "old" } }, /Request Time-out/],
  [
    409,
    "a date as condition",
    `GET ${USER}`,
    { headers: { "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT" } },
  ],
  [
    409,
    "a patch of a field that is not there",
    `PATCH ${USER}`,
    { json: [{ operation: "increment", field: "/logins", value: 1 }] },
  ],
  [410, "an invitation that has expired", `GET /openidm/managed/alpha_invitation/${EXPIRED_INVITATION}`],
  [
    412,
    "an old revision",
    `PUT ${USER}`,
    { json: {}, headers: { "if-match": '"0"' } },
    /at another revision/,
  ],
  [
    412,
    "a create of what is there",
    `PUT ${USER}`,
    { json: {}, headers: { "if-none-match": "*" } },
    /Already Exists/,
  ],
  [412, "a header on the wrong verb", `GET ${USER}`, { headers: { "if-match": '"0"' } }, /not supported for/],
  [413, "a body that is too large", `PUT ${USER}`, { body: "x".repeat(16 * 1024 * 1024 + 1) }],
  [415, "a form for a login", `POST ${LOGIN}`, { form: { a: "b" } }],
  [
    422,
    "a secret in an unknown encoding",
    "PUT /environment/secrets/esv-a",
    { json: { valueBase64: "", encoding: "x" } },
  ],
  [428, "a role changed without a version", "PUT /openidm/internal/role/demo-admin", { json: {} }],
  [500, "a script with an error", "POST /openidm/script?_action=eval", { json: { source: "x(" } }, /Wrapped/],
  [501, "an unknown action", `POST ${USER}?_action=dance`, {}, /dance/],
  [501, "a method that CREST does not have", `OPTIONS ${USER}`, {}, /Method OPTIONS not supported/],
  [501, "a query that is not a filter", `GET ${USERS}?_queryId=all`],
  [503, "a connector that is down", "GET /openidm/system/hr/account?_queryFilter=true"],
];

describe("every status can be had by asking for it", () => {
  const clock = manualClock();
  let tenant: Tenant;
  const seen = new Set<number>();
  const note = (answer: Answer): Answer => {
    seen.add(answer.status);
    return answer;
  };

  beforeAll(async () => {
    tenant = await startTenant({ clock });
  });
  beforeEach(() => tenant.reset());
  afterAll(() => tenant.close());

  it.each(ROWS)("%i for %s", async (status, _when, line, asked, says) => {
    const answer = note(await ask(tenant, line, asked));
    expect(answer.status).toBe(status);
    if (says) expect(answer.text).toMatch(says);
    expect(answer.headers.via).toBe("1.1 google");
    if (status < 400 || line.includes("/oauth2/") || line.includes("/environment/")) return;
    expect(answer.headers["content-type"]).toBe("application/json;charset=utf-8");
    expect(answer.json).toMatchObject({
      code: status,
      reason: reasonPhrase(status),
      message: expect.any(String),
    });
  });

  it("304 for a read of the revision one has", async () => {
    const { etag = "" } = (await ask(tenant, `GET ${USER}`)).headers;
    const answer = note(await ask(tenant, `GET ${USER}`, { headers: { "if-none-match": etag } }));
    expect(answer).toMatchObject({ status: 304, text: "", headers: { etag } });
  });

  it("429 for the 61st look at the logs within a minute", async () => {
    for (let i = 0; i < 60; i++) expect((await ask(tenant, "GET /monitoring/logs")).status).toBe(200);
    expect(note(await ask(tenant, "GET /monitoring/logs")).status).toBe(429);
  });

  it("503 for writes in maintenance mode, while reads go on", async () => {
    await ask(tenant, "POST /openidm/maintenance?_action=enable");
    expect(await ask(tenant, `DELETE ${USER}`)).toMatchObject({
      status: 503,
      json: { message: expect.stringContaining("in maintenance mode") },
    });
    expect((await ask(tenant, `GET ${USER}`)).status).toBe(200);
    expect((await ask(tenant, `POST ${USER}?_action=resetPassword`)).status).toBe(503);
    expect((await ask(tenant, "POST /openidm/maintenance?_action=status")).json).toEqual({
      maintenanceEnabled: true,
    });
    await ask(tenant, "POST /openidm/maintenance?_action=disable");
    expect((await ask(tenant, `DELETE ${USER}`)).status).toBe(200);
  });

  it("and the table at the head of api.ts names exactly these", () => {
    const source = readFileSync(new URL("../../src/demo/api.ts", import.meta.url), "utf8");
    const written = [...source.matchAll(/^ \* \| (\d{3}) \|/gm)].map(([, status]) => Number(status));
    expect(written).toEqual([...seen].sort((a, b) => a - b));
  });
});
