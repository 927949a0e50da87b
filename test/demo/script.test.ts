import { readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { manualClock } from "../support/manual-clock.ts";
import { type Answer, ask, failure } from "./ask.ts";

const CREATE = "PUT /openidm/managed/alpha_user/new";
const READ = "GET /openidm/managed/alpha_user/new";

const clock = manualClock();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant({ clock });
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), "utf8");

const create = (): Promise<Answer> => ask(tenant, CREATE, { json: { userName: "new" } });
const exists = async (): Promise<boolean> => (await ask(tenant, READ)).status === 200;

/** Everything that comes back on a bare connection for one request, and how it ends. */
function listen(to: Tenant, request: string): Promise<{ text: string; end: string }> {
  return new Promise((resolve) => {
    let text = "";
    let end = "ended";
    const socket = net.connect(Number(new URL(to.url).port), "127.0.0.1", () => socket.write(request));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      end = error.code ?? "";
    });
    socket.on("close", () => resolve({ text, end }));
  });
}

describe("will", () => {
  it("answers in the order of the script, then serves", async () => {
    tenant.will(503, { "retry-after": "2" }).will(409);
    expect(await ask(tenant, READ)).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
    expect((await ask(tenant, READ)).status).toBe(409);
    expect((await ask(tenant, READ)).status).toBe(404);
  });

  it("changes nothing", async () => {
    tenant.will(200, {}, { _id: "new" });
    expect(await create()).toMatchObject({ status: 200, json: { _id: "new" } });
    expect(tenant.applied).toEqual([]);
    expect(await exists()).toBe(false);
  });

  it("speaks as the tenant: signed, and in CREST when an error has no body", async () => {
    tenant.will(503);
    const { headers, json } = await ask(tenant, READ, { headers: { "x-forgerock-transactionid": "tx" } });
    expect(headers).toMatchObject({ via: "1.1 google", "x-forgerock-transactionid": "tx" });
    expect(json).toEqual({ code: 503, reason: "Service Unavailable", message: expect.any(String) });
  });

  it("sends strings as they are and everything else as JSON", async () => {
    tenant.will(500, { "Content-Type": "text/plain" }, "Exception: x").will(200, {}, [1]).will(500, {}, "");
    expect(await ask(tenant, READ)).toMatchObject({
      text: "Exception: x",
      headers: { "content-type": "text/plain" },
    });
    expect(await ask(tenant, READ)).toMatchObject({ text: "[1]" });
    const nothing = await ask(tenant, READ);
    expect(nothing).toMatchObject({ status: 500, text: "", headers: { "content-length": "0" } });
    expect(nothing.headers).not.toHaveProperty("content-type");
  });

  it("leaves out headers that are given as nothing", async () => {
    tenant.will(502, { via: "", "Content-Type": "" }, "x");
    const { headers } = await ask(tenant, READ);
    expect(headers).not.toHaveProperty("via");
    expect(headers).not.toHaveProperty("content-type");
  });

  it("answers 204 and 304 without a body or a length", async () => {
    tenant.will(204).will(304);
    for (const status of [204, 304]) {
      const answer = await ask(tenant, READ);
      expect(answer).toMatchObject({ status, text: "" });
      expect(answer.headers).not.toHaveProperty("content-length");
    }
  });

  it("lets the script frame the body itself", async () => {
    tenant.will(200, { "transfer-encoding": "chunked" }, "abc").will(200, { "content-length": "1" }, "a");
    expect(await ask(tenant, READ)).toMatchObject({
      text: "abc",
      headers: { "transfer-encoding": "chunked" },
    });
    expect(await ask(tenant, READ)).toMatchObject({ text: "a" });
  });
});

it("commitThen does what it was asked and answers something else", async () => {
  tenant.commitThen(503, {}, { code: 503 });
  expect(await create()).toMatchObject({ status: 503, headers: { via: "1.1 google" } });
  expect(tenant.applied).toMatchObject([{ operation: "create", id: "new", saw: 0 }]);
  expect(await exists()).toBe(true);
});

describe.each([
  ["edge", false],
  ["edgeAfterCommit", true],
] as const)("%s", (verb, applied) => {
  it("shows a page without any of the tenant's headers", async () => {
    tenant[verb](403);
    const { status, headers, text } = await create();
    expect(status).toBe(403);
    expect(Object.keys(headers).sort()).toEqual(
      ["alt-svc", "connection", "content-length", "content-type", "date"].sort(),
    );
    expect(headers["content-type"]).toBe("text/html; charset=UTF-8");
    expect(text).toMatch(/^<!doctype html>.*<title>403<\/title>403 Forbidden$/);
    expect(text).toHaveLength(134);
  });

  it(`${applied ? "does" : "does not do"} what it was asked`, async () => {
    tenant[verb](503);
    await create();
    expect(await exists()).toBe(applied);
  });
});

describe.each([
  ["dropBeforeCommit", false],
  ["dropAfterCommit", true],
] as const)("%s", (verb, applied) => {
  it(`resets the connection and ${applied ? "has" : "has not"} done what it was asked`, async () => {
    tenant[verb]();
    expect(await failure(create())).toBe("ECONNRESET");
    expect(tenant.applied).toHaveLength(applied ? 1 : 0);
    expect(await exists()).toBe(applied);
  });

  it("sends not one byte", async () => {
    tenant[verb]();
    expect(await listen(tenant, "GET / HTTP/1.1\r\nhost: x\r\n\r\n")).toEqual({
      text: "",
      end: "ECONNRESET",
    });
  });
});

describe.each([
  ["hang", false],
  ["hangAfterCommit", true],
] as const)("%s", (verb, applied) => {
  it(`never answers and ${applied ? "has" : "has not"} done what it was asked`, async () => {
    tenant[verb]({ method: "PUT" });
    const gaveUp = new AbortController();
    const answer = failure(ask(tenant, CREATE, { json: {} }, { signal: gaveUp.signal }));
    await tenant.waitFor(1);
    // The next request is answered: the one before it was not merely slow.
    expect(await exists()).toBe(applied);
    gaveUp.abort();
    expect(await answer).toBe("ABORT_ERR");
  });
});

describe("cutHead and cutBody", () => {
  it("cutHead does what it was asked and sends half a head", async () => {
    tenant.cutHead();
    expect(await failure(create())).toBe("ECONNRESET");
    expect(await exists()).toBe(true);
    tenant.cutHead();
    const { text, end } = await listen(tenant, `${READ} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(end).toBe("ECONNRESET");
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\ndate: /);
    expect(text).not.toContain("\r\n\r\n");
  });

  it("cutBody does what it was asked and sends the head and half the body", async () => {
    tenant.cutBody();
    expect(await failure(create())).toBe("ECONNRESET");
    expect(await exists()).toBe(true);
    tenant.cutBody();
    const { text, end } = await listen(tenant, `${READ} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(end).toBe("ECONNRESET");
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const [, length = ""] = /content-length: (\d+)/.exec(head) ?? [];
    expect(body).toHaveLength(Math.floor(Number(length) / 2));
    expect(body).toMatch(/^\{"_id":"new"/);
  });

  it("cutBody lets the caller see the status before the reset", async () => {
    tenant.cutBody();
    const status = await new Promise((resolve) => {
      let told: number | undefined;
      const request = http.get(`${tenant.url}/openidm/managed/alpha_user?_queryFilter=true`, (message) => {
        told = message.statusCode;
        message.on("error", () => undefined).resume();
      });
      request.on("error", () => undefined).on("close", () => resolve(told));
    });
    expect(status).toBe(200);
  });

  it("cutBody of an answer without a body cuts after the head", async () => {
    await create();
    tenant.cutBody();
    const { text } = await listen(
      tenant,
      "POST /openidm/managed/alpha_user/new?_action=resetPassword HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
    );
    expect(text).toMatch(/^HTTP\/1\.1 204 No Content\r\n[\s\S]*\r\n\r\n$/);
  });
});

it("raw writes exactly these bytes and ends", async () => {
  const bytes = "HTTP/1.1 200 OK\r\nx: \u00e9\u0001\r\n\r\nrest";
  tenant.raw(bytes);
  expect(await listen(tenant, "GET / HTTP/1.1\r\nhost: x\r\n\r\n")).toEqual({ text: bytes, end: "ended" });
});

it("pass serves a request to place later steps", async () => {
  tenant.pass().will(503);
  expect((await create()).status).toBe(201);
  expect((await create()).status).toBe(503);
});

describe("a step with a filter", () => {
  it("waits for a request with its method", async () => {
    tenant.will(503, {}, undefined, { method: "DELETE" }).will(500);
    expect((await ask(tenant, READ)).status).toBe(500);
    expect((await ask(tenant, READ)).status).toBe(404);
    expect((await ask(tenant, "DELETE /openidm/managed/alpha_user/new")).status).toBe(503);
  });

  it("waits for a request to its path, also with a pattern that remembers where it was", async () => {
    const path = /alpha_role/g;
    tenant.edge(502, { path }).edge(502, { path });
    expect((await ask(tenant, READ)).status).toBe(404);
    for (const status of [502, 502, 404])
      expect((await ask(tenant, "GET /openidm/managed/alpha_role/x")).status).toBe(status);
  });
});

describe("what the tenant saw", () => {
  it("is every request as it stood on the wire", async () => {
    await clock.advance(5);
    await ask(tenant, "PUT /openidm/managed/alpha_user/1?_A=b", {
      json: { x: "é" },
      headers: { "X-Odd": "1" },
    });
    expect(tenant.saw).toHaveLength(1);
    expect(tenant.saw[0]).toMatchObject({
      method: "PUT",
      url: "/openidm/managed/alpha_user/1?_A=b",
      body: '{"x":"é"}',
      at: clock.now(),
      remotePort: expect.any(Number),
    });
    expect(tenant.saw[0]?.rawHeaders).toContain("X-Odd");
  });

  it("can be waited for", async () => {
    let came = 0;
    const waited = tenant.waitFor(2).then(() => {
      came = tenant.saw.length;
    });
    await ask(tenant, READ);
    await Promise.resolve();
    expect(came).toBe(0);
    await ask(tenant, READ);
    await waited;
    expect(came).toBe(2);
    await tenant.waitFor(1);
  });
});

it("reset puts everything back", async () => {
  await create();
  const { saw, applied } = tenant;
  tenant.will(503).reset();
  expect([saw, applied]).toEqual([[], []]);
  expect((await ask(tenant, READ)).status).toBe(404);
});

it("counts its connections", async () => {
  const alone = await startTenant({ clock });
  const agent = new http.Agent({ keepAlive: true });
  await ask(alone, READ, {}, { agent });
  expect(alone.sockets).toBe(1);
  alone.hang();
  const hanging = failure(ask(alone, READ));
  await alone.waitFor(2);
  expect(alone.sockets).toBe(2);
  alone.dropBeforeCommit();
  expect(await failure(ask(alone, READ, {}, { agent }))).toBe("ECONNRESET");
  expect(alone.sockets).toBe(1);
  agent.destroy();
  await alone.close();
  await hanging;
});

it("records nothing when told not to", async () => {
  const forgetful = await startTenant({ clock, recording: false });
  expect((await ask(forgetful, CREATE, { json: {} })).status).toBe(201);
  expect([forgetful.saw, forgetful.applied]).toEqual([[], []]);
  await forgetful.close();
});

it("close ends everything, also what hangs", async () => {
  const another = await startTenant({ clock });
  another.hang();
  const hanging = failure(ask(another, READ));
  await another.waitFor(1);
  await another.close();
  expect(await hanging).toBe("ECONNRESET");
  expect(another.sockets).toBe(0);
  expect(await failure(ask(another, READ))).toBe("ECONNREFUSED");
});

it("does not start on a port that is taken", async () => {
  const port = Number(new URL(tenant.url).port);
  await expect(startTenant({ clock, port })).rejects.toThrow(/EADDRINUSE/);
});

describe("over TLS", () => {
  let secure: Tenant;
  let ca: string;
  beforeAll(async () => {
    ca = pem("ca");
    secure = await startTenant({
      clock,
      host: "localhost",
      tls: { key: pem("server.key"), cert: pem("server") },
    });
  });
  afterAll(() => secure.close());

  it("serves, and says https where it says where", async () => {
    const answer = await ask(secure, CREATE, { json: {} }, { ca });
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`${secure.url}/openidm/managed/alpha_user/new`);
    expect(secure.url).toMatch(/^https:/);
  });

  it.each(["dropBeforeCommit", "dropAfterCommit", "cutHead", "cutBody"] as const)(
    "%s resets",
    async (verb) => {
      secure[verb]();
      expect(await failure(ask(secure, READ, {}, { ca }))).toBe("ECONNRESET");
    },
  );
});
