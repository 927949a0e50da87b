/** Lost answers, told one step at a time: what is late, what lags, what another caller does in between. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Asked,
  type Exchange,
  type Lockstep,
  type Request,
  startLockstep,
} from "../support/lockstep.ts";

const PATH = "/openidm/managed/thing/x";
const KEYED = "/openidm/managed/keyed?_action=create";

let world: Lockstep;
beforeEach(async () => {
  world = await startLockstep();
});
afterEach(() => world.close());

const put = (name: string, headers: Asked["headers"] = {}, query = ""): Asked => ({
  method: "PUT",
  path: `${PATH}${query}`,
  headers,
  body: JSON.stringify({ name }),
});
const keyed = (fields: object, key = "k"): Asked => ({
  method: "POST",
  path: KEYED,
  headers: { "idempotency-key": key },
  body: JSON.stringify(fields),
});
const remove = (headers: Asked["headers"] = {}): Asked => ({
  method: "DELETE",
  path: PATH,
  headers,
  body: undefined,
});
const read: Asked = { method: "GET", path: PATH, headers: {}, body: undefined };

const write = async (name: string): Promise<string> => String((await world.elsewhere(put(name))).json()._rev);

function at(exchange: Exchange, nth: number): Request {
  const request = exchange.requests[nth - 1];
  if (!request) throw new Error(`${exchange.name} has made no request ${nth}`);
  return request;
}

const serve = (exchange: Exchange, nth: number) => world.release(at(exchange, nth), { kind: "serve" });
const serveAndLose = (exchange: Exchange, nth: number) =>
  world.release(at(exchange, nth), { kind: "drop", applied: true });
const said = ({ answer }: Exchange): string => String(answer?.headers["proxy-status"]);
const settled = () => world.events.filter((event) => event.kind === "settled");

describe("a write that the tenant comes to when its time is over", () => {
  it("is done once when it names a revision", async () => {
    const rev = await write("before");
    const a = await world.call("A", put("ours", { "if-match": `"${rev}"` }));
    await world.passTime();
    await serve(a, 2);
    expect(a.answer?.status).toBe(200);
    await serve(a, 1);
    expect(world.tenant.applied).toHaveLength(2);
  });

  it("is found by the read when it is done between the attempt and the read", async () => {
    const rev = await write("before");
    const a = await world.call("A", put("ours", { "if-match": `"${rev}"` }));
    await world.passTime();
    await serve(a, 1);
    await serve(a, 2);
    await serve(a, 3);
    expect(a.answer?.status).toBe(200);
    expect(said(a)).toContain("settled=applied");
  });

  it("without a revision undoes what somebody else wrote meanwhile: nothing guards it", async () => {
    const a = await world.call("A", put("ours"));
    await world.passTime();
    await serve(a, 2);
    await write("theirs");
    await serve(a, 1);
    expect((await world.elsewhere(read)).json().name).toBe("ours");
    expect(world.tenant.applied).toHaveLength(3);
  });
});

describe("a success that was read back", () => {
  it("shows the whole object when the fields asked for can only be had of another state", async () => {
    const rev = await write("before");
    const a = await world.call("A", put("ours", { "if-match": `"${rev}"` }, "?_fields=name"));
    await serveAndLose(a, 1);
    await serve(a, 2);
    await serve(a, 3);
    expect(at(a, 4).query).toBe("_fields=name");
    await world.release(at(a, 4), { kind: "stale", changes: 1 });
    expect(a.answer?.json().name).toBe("ours");
    expect(a.answer?.headers.etag).toBe(`"${a.answer?.json()._rev}"`);
  });
});

describe("a key that is used again", () => {
  it("is told how it is known that its object stands, though there was but one attempt", async () => {
    const a = await world.call("A", keyed({ name: "x" }));
    await serve(a, 1);
    const b = await world.call("B", keyed({ name: "x" }));
    await serve(b, 1);
    await serve(b, 2);
    expect(b.answer?.status).toBe(200);
    expect(b.answer?.headers["x-gateway-attempts"]).toBe("1");
    expect(said(b)).toContain("settled=applied");
  });

  it("is told that nobody knows when nothing of its object can be seen", async () => {
    const a = await world.call("A", keyed({ password: "x" }));
    await serve(a, 1);
    const b = await world.call("B", keyed({ password: "x" }));
    await serve(b, 1);
    await serve(b, 2);
    expect(b.answer?.status).toBe(412);
    expect(said(b)).toContain("processed=unknown");
    expect(settled()).toMatchObject([{ result: "unresolved", compared: [] }]);
  });

  it("and is told 422 has changed nothing itself", async () => {
    const a = await world.call("A", keyed({ name: "x" }));
    await serve(a, 1);
    const b = await world.call("B", keyed({ name: "y" }));
    for (const nth of [1, 2]) await serve(b, nth);
    await world.passTime();
    await serve(b, 3);
    expect(b.answer?.status).toBe(422);
    expect(said(b)).toContain("processed=yes");
    expect(settled()).toMatchObject([{ result: "not-applied", reads: 2 }]);
  });
});

describe("what nobody can know", () => {
  it("is counted when the next attempt is not let through", async () => {
    const a = await world.call("A", put("ours"));
    await world.release(at(a, 1), { kind: "say", applied: true, reply: answer(504) });
    const b = await world.call("B", put("theirs"));
    await world.release(at(b, 1), {
      kind: "say",
      applied: false,
      reply: answer(429, { "retry-after": "60" }),
    });
    await world.passTime();
    expect(a.answer?.status).toBe(504);
    expect(said(a)).toContain("reason=throttled; processed=unknown");
    expect(settled()).toMatchObject([
      { result: "unresolved", operation: "update", meaning: "timed-out", reads: 0 },
    ]);
  });

  it("a delete by revision is told 412 when somebody has made the object anew, as if it had only been changed", async () => {
    const rev = await write("before");
    const a = await world.call("A", remove({ "if-match": `"${rev}"` }));
    await serveAndLose(a, 1);
    await write("anew");
    await serve(a, 2);
    expect(a.answer?.status).toBe(412);
    expect(said(a)).toContain("processed=yes");
  });

  it("a delete that is lost on its way finds nothing there, and is told that it is gone", async () => {
    const a = await world.call("A", remove());
    await world.release(at(a, 1), { kind: "drop", applied: false });
    await serve(a, 2);
    expect(a.answer?.status).toBe(200);
    expect(said(a)).toContain("settled=synthesised");
  });

  it("a create by id is made again when somebody deletes the object in between", async () => {
    const a = await world.call("A", put("ours", { "if-none-match": "*" }));
    await serveAndLose(a, 1);
    await world.elsewhere(remove());
    await serve(a, 2);
    expect(a.answer?.status).toBe(201);
    expect(world.tenant.applied.map(({ operation }) => operation)).toEqual(["create", "delete", "create"]);
  });

  it("two reads that agree on an older state than the one named end the search", async () => {
    await write("long before");
    const rev = await write("before");
    const a = await world.call("A", put("ours", { "if-match": `"${rev}"` }));
    await serveAndLose(a, 1);
    await serve(a, 2);
    await world.release(at(a, 3), { kind: "stale", changes: 2 });
    await world.passTime();
    await world.release(at(a, 4), { kind: "stale", changes: 2 });
    expect(a.answer?.status).toBe(412);
    expect(said(a)).toContain("processed=unknown");
  });
});

function answer(status: number, headers: Readonly<Record<string, string>> = {}) {
  return { from: "tenant", status, headers, body: "" } as const;
}
