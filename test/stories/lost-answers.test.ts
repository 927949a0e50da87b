/** Answers that were lost, and what the caller is told: what happened, or that nobody knows. */
import { describe, expect, it } from "vitest";
import { ask, gateways, type Running } from "../support/gateway.ts";

const start = gateways();

const USERS = "/openidm/managed/alpha_user";
const ID = "3b0c3a3e-0000-4000-8000-000000000001";
const JANE = { userName: "jane", givenName: "Jane", sn: "Doe", mail: "jane@example.com" };

const settledEvents = (g: Running) => g.events.filter((event) => event.kind === "settled");

async function create(g: Running, id = ID, body: object = JANE): Promise<string> {
  const answer = await ask(g.url, "PUT", `${USERS}/${id}`, {
    headers: { "if-none-match": "*" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
  return String(answer.json()._rev);
}

/** Somebody else writes, without the gateway. */
const elsewhere = (g: Running, body: object) =>
  ask(g.tenant.url, "PUT", `${USERS}/${ID}`, { body: JSON.stringify(body) });

describe("an update by revision whose answer was lost", () => {
  const update = (g: Running, rev: string, query = "") =>
    ask(g.url, "PUT", `${USERS}/${ID}${query}`, {
      headers: { "if-match": `"${rev}"` },
      body: JSON.stringify({ ...JANE, sn: "Roe" }),
    });

  it("and which was applied is answered as it would have been", async () => {
    const g = await start();
    const rev = await create(g);
    g.tenant.dropAfterCommit();
    const answer = await update(g, rev);
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ ...JANE, sn: "Roe", _id: ID });
    expect(answer.headers.etag).toBe(`"${answer.json()._rev}"`);
    expect(answer.headers["x-gateway-attempts"]).toBe("2");
    expect(answer.headers["proxy-status"]).toBe(
      "crest-gateway; received-status=412; attempts=2; meaning=version-mismatch; processed=yes; origin=tenant; settled=applied",
    );
    expect(g.tenant.applied).toHaveLength(2);
    const id = g.exchanges().at(-1)?.id;
    expect(settledEvents(g)).toMatchObject([
      {
        id,
        result: "applied",
        settled: "applied",
        compared: ["userName", "givenName", "sn", "mail"],
        reads: 1,
      },
    ]);
  });

  it("with only the fields that the caller asked for", async () => {
    const g = await start();
    const rev = await create(g);
    g.tenant.dropAfterCommit();
    const answer = await update(g, rev, "?_fields=sn");
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ sn: "Roe" });
    expect(answer.json().mail).toBeUndefined();
  });

  it("and overwritten by somebody else passes the conflict on, marked", async () => {
    const g = await start();
    const rev = await create(g);
    await elsewhere(g, { ...JANE, sn: "Other" });
    g.tenant.dropBeforeCommit();
    const answer = await update(g, rev);
    expect(answer.status).toBe(412);
    expect(answer.headers["proxy-status"]).toContain("processed=unknown");
    expect(answer.headers["proxy-status"]).not.toContain("settled");
    expect(settledEvents(g)).toMatchObject([{ result: "unresolved", reads: 2 }]);
  });

  it("is seen through a stale read", async () => {
    const g = await start();
    const rev = await create(g);
    g.tenant.dropAfterCommit();
    g.tenant.will(200, {}, { ...JANE, _id: ID, _rev: rev }, { method: "GET" });
    expect((await update(g, rev)).status).toBe(200);
    expect(settledEvents(g)).toMatchObject([{ result: "applied", reads: 2 }]);
  });

  it("and a first answer of 412 is never doubted", async () => {
    const g = await start();
    await create(g);
    const answer = await update(g, "some-other-revision");
    expect(answer.status).toBe(412);
    expect(answer.headers["proxy-status"]).toContain("processed=yes");
    expect(g.tenant.saw.filter((seen) => seen.method === "GET")).toHaveLength(0);
  });
});

describe("a patch by revision whose answer was lost", () => {
  const patch = (g: Running, rev: string, operations: object[]) =>
    ask(g.url, "PATCH", `${USERS}/${ID}`, {
      headers: { "if-match": `"${rev}"` },
      body: JSON.stringify(operations),
    });

  it("is settled by the targets of its operations", async () => {
    const g = await start();
    const rev = await create(g);
    g.tenant.dropAfterCommit();
    const answer = await patch(g, rev, [
      { operation: "replace", field: "/sn", value: "Roe" },
      { operation: "remove", field: "/mail" },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.headers["proxy-status"]).toContain("settled=applied");
  });

  it("is passed on, marked, when nothing can show it", async () => {
    const g = await start();
    const rev = await create(g, ID, { ...JANE, logins: 1 });
    g.tenant.dropAfterCommit();
    const answer = await patch(g, rev, [{ operation: "increment", field: "/logins", value: 1 }]);
    expect(answer.status).toBe(412);
    expect(answer.headers["proxy-status"]).toContain("processed=unknown");
    expect(g.tenant.applied).toHaveLength(2);
  });
});

describe("a create by id whose answer was lost", () => {
  const put = (g: Running, body: object = JANE) =>
    ask(g.url, "PUT", `${USERS}/${ID}`, { headers: { "if-none-match": "*" }, body: JSON.stringify(body) });

  it("is answered 201 with its place", async () => {
    const g = await start();
    g.tenant.dropAfterCommit();
    const answer = await put(g);
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`${g.url}${USERS}/${ID}`);
    expect(answer.headers["proxy-status"]).toContain("settled=applied");
    expect(g.tenant.applied).toHaveLength(1);
  });

  it("with a password is probable: the tenant never gives it back", async () => {
    const g = await start();
    g.tenant.dropAfterCommit();
    const answer = await put(g, { ...JANE, password: "Secret-123" });
    expect(answer.status).toBe(201);
    expect(answer.headers["proxy-status"]).toContain("settled=probable");
  });

  it("passes somebody else's object on as the conflict it is", async () => {
    const g = await start();
    await elsewhere(g, { ...JANE, sn: "Other" });
    g.tenant.dropBeforeCommit();
    const answer = await put(g);
    expect(answer.status).toBe(412);
    expect(answer.headers["proxy-status"]).toContain("processed=unknown");
  });
});

describe("a delete whose answer was lost", () => {
  it("and which finds nothing any more was ours", async () => {
    const g = await start();
    await create(g);
    g.tenant.dropAfterCommit();
    const answer = await ask(g.url, "DELETE", `${USERS}/${ID}`);
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ _id: ID });
    expect(answer.headers["proxy-status"]).toContain("received-status=404");
    expect(answer.headers["proxy-status"]).toContain("settled=synthesised");
  });

  it("by revision, told that the revision is another: ours did not land", async () => {
    const g = await start();
    const rev = await create(g);
    await elsewhere(g, { ...JANE, sn: "Other" });
    g.tenant.dropBeforeCommit();
    const answer = await ask(g.url, "DELETE", `${USERS}/${ID}`, { headers: { "if-match": `"${rev}"` } });
    expect(answer.status).toBe(412);
    expect(settledEvents(g)).toMatchObject([{ result: "not-applied" }]);
  });
});

describe("transaction ids", () => {
  const idOf = (rawHeaders: readonly string[] | undefined): string | undefined =>
    rawHeaders?.find((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === "x-forgerock-transactionid");

  it("each attempt has its own, and the caller's comes back unchanged", async () => {
    const g = await start();
    g.tenant.will(503);
    const answer = await ask(g.url, "GET", `${USERS}?_queryFilter=true`, {
      headers: { "x-forgerock-transactionid": "mine" },
    });
    expect(g.tenant.saw.map((seen) => idOf(seen.rawHeaders))).toEqual(["mine/1", "mine/2"]);
    expect(answer.headers["x-forgerock-transactionid"]).toBe("mine");
  });

  it("are made when the caller has none, and named when the fate is not known", async () => {
    const g = await start();
    g.tenant.dropAfterCommit();
    const answer = await ask(g.url, "POST", `${USERS}?_action=create`, { body: JSON.stringify(JANE) });
    const sent = idOf(g.tenant.saw[0]?.rawHeaders);
    expect(sent).toMatch(/^[0-9a-f-]{36}\/1$/);
    expect(answer.json().detail).toMatchObject({ processed: "unknown", transactionIds: [sent] });
  });
});

describe("replayable creates", () => {
  const policy = `routes:\n  - { name: users, match: { path: '${USERS}/**' }, replayableCreates: true }\n  - { name: ldap, match: { path: '/openidm/system/**' }, replayableCreates: true }\n`;
  const post = (g: Running, headers: Record<string, string> = {}, body: object = JANE, path = USERS) =>
    ask(g.url, "POST", `${path}?_action=create`, { headers, body: JSON.stringify(body) });
  const made = (g: Running) => g.tenant.applied.length;

  it("a create whose answer was lost is sent again, done once, and answered as POST would be", async () => {
    const g = await start({ policy });
    g.tenant.dropAfterCommit();
    const answer = await post(g);
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`${g.url}${USERS}/${answer.json()._id}`);
    expect(answer.json()).toMatchObject(JANE);
    expect(made(g)).toBe(1);
    expect(g.tenant.saw[0]).toMatchObject({ method: "PUT", url: expect.not.stringContaining("_action") });
  });

  it("the same key gives the same object, once", async () => {
    const g = await start({ policy });
    const first = await post(g, { "idempotency-key": "k1" });
    const again = await post(g, { "idempotency-key": "k1" });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json()._id).toBe(first.json()._id);
    expect(made(g)).toBe(1);
  });

  it("the same key with another body is told 422", async () => {
    const g = await start({ policy });
    await post(g, { "idempotency-key": "k1" });
    const other = await post(g, { "idempotency-key": "k1" }, { ...JANE, sn: "Roe" });
    expect(other.status).toBe(422);
    expect(other.json()).toMatchObject({ code: 422, message: expect.stringContaining("Idempotency-Key") });
    expect(made(g)).toBe(1);
  });

  it("another caller's key is another key", async () => {
    const g = await start({ policy });
    const mine = await post(g, { "idempotency-key": "k1", authorization: "Bearer a" });
    const theirs = await post(
      g,
      { "idempotency-key": "k1", authorization: "Bearer b" },
      { ...JANE, userName: "j2" },
    );
    expect(theirs.status).toBe(201);
    expect(theirs.json()._id).not.toBe(mine.json()._id);
  });

  it("a collection that gives ids itself gets the plain POST, and is remembered", async () => {
    const g = await start({ policy });
    const refusal = {
      code: 404,
      reason: "Not Found",
      message: "Create with client provided ID is not supported.",
    };
    g.tenant.will(404, {}, refusal).will(201, {}, { _id: "1" }).will(201, {}, { _id: "2" });
    const first = await post(g, {}, JANE, "/openidm/system/ldap/account");
    const second = await post(g, {}, JANE, "/openidm/system/ldap/account");
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(g.tenant.saw.map((seen) => seen.method)).toEqual(["PUT", "POST", "POST"]);
    expect(g.events.filter((event) => event.kind === "client-id-refused")).toHaveLength(1);
  });

  it("a body with an id of its own goes as it is", async () => {
    const g = await start({ policy });
    await post(g, {}, { ...JANE, _id: "mine" });
    expect(g.tenant.saw[0]?.method).toBe("POST");
  });

  it("without the route's word, a POST stays a POST", async () => {
    const g = await start();
    await post(g, { "idempotency-key": "k1" });
    expect(g.tenant.saw[0]?.method).toBe("POST");
  });
});
