/** What the policy does not let through never reaches the tenant, however it is spelt, and its caller is told why. */
import http from "node:http";
import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { checkText } from "../../src/cli/check/check.ts";
import { gateways, type Running } from "../support/gateway.ts";
import { talk } from "../support/talk.ts";

const start = gateways();

const POLICY = `
routes:
  - { name: info, match: { path: "/openidm/info/**" } }
  - { name: admin, match: { path: "/openidm/config/**" }, access: deny }
  - { name: purge, match: { path: "/openidm/maintenance", query: { _action: "purge*" } }, access: deny }
  - { name: no-deletes, match: { method: DELETE, path: "/openidm/managed/**" }, access: deny }
  - { name: people, match: { path: "/openidm/managed/**" }, access: read-only }
  - { name: upload, match: { path: "/openidm/upload/**" }, maxRequestBody: 64KiB, replay: { maxBody: 16KiB } }
`;

type Told = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly text: string };

/** The path goes out as it is written: `URL` would take the dots out. */
function send(
  g: Running,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Readable,
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const request = http.request(g.url, { method, path, agent: false, headers });
    request.on("error", reject).on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    if (body === undefined || typeof body === "string") request.end(body);
    else body.pipe(request);
  });
}

describe("access: deny", () => {
  it.each([
    ["GET", "/openidm/config/x"],
    ["OPTIONS", "/openidm/config"],
    ["GET", "/openidm/info/../config/x"],
    ["GET", "/openidm/info/%2e%2E/config/x"],
    ["GET", "/openidm/info/..%2fconfig/x"],
    ["GET", "/openidm/info/..;v=1/config/x"],
    ["GET", "//openidm//config/x"],
    ["GET", "/openidm/%63onfig/x"],
    ["GET", "/openidm/%2563onfig/x"],
    ["GET", "/openidm\\config\\x"],
    ["GET", "/openidm/./config;a=b/x"],
    ["GET", "/openidm/config/../info/x"],
    ["POST", "/openidm/maintenance?_action=purgeAll"],
    ["POST", "/openidm/maintenance?_ACTION=look&_action=%70urgeAll"],
    ["POST", "/openidm/maintenance?_action=purgeAll&_action=look"],
    ["DELETE", "/openidm/managed/user/1"],
  ])("%s %s", async (method, path) => {
    const g = await start({ policy: POLICY });
    const told = await send(g, method, path);
    expect(told.status).toBe(403);
    expect(JSON.parse(told.text)).toEqual({
      code: 403,
      reason: "Forbidden",
      message:
        "The gateway's policy lets no request through here. Nothing was changed; sending the request again will not help before the cause is mended.",
      detail: { attempts: 0, processed: "no", reason: "access-denied", transactionIds: [] },
    });
    expect(told.headers["proxy-status"]).toMatch(
      /error=http_request_denied; .*reason=access-denied; processed=no/,
    );
    expect(told.headers["retry-after"]).toBeUndefined();
    expect(g.tenant.saw).toEqual([]);
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ status: 403, attempts: 0, reason: "access-denied" }]);
    expect(g.events).toContainEqual(expect.objectContaining({ kind: "refused", reason: "access-denied" }));
  });

  it("is held against the method on the wire and against the one that overrides it", async () => {
    const policy = POLICY.replace("method: DELETE", "method: [DELETE, PATCH]");
    const g = await start({ policy });
    const override = async (method: string) =>
      (await send(g, "POST", "/openidm/managed/user/1", { "X-HTTP-Method-Override": method })).status;
    expect([await override("DELETE"), await override("PATCH"), await override("GET")]).toEqual([
      403, 403, 404,
    ]);
    const posts = await start({ policy: POLICY.replace("method: DELETE", "method: POST") });
    const told = await send(posts, "POST", "/openidm/managed/user/1", { "X-HTTP-Method-Override": "GET" });
    expect(told.status).toBe(403);
  });

  it("reads nothing of a body", async () => {
    const g = await start({ policy: POLICY });
    const told = await send(g, "POST", "/openidm/config/x", { "Content-Length": "100000000" }, "");
    expect(told.status).toBe(403);
    expect(told.headers.connection).toBe("close");
  });

  it("for the whole file is a default from which routes depart", async () => {
    const g = await start({
      policy: "access: deny\nroutes: [{ name: info, match: { path: '/openidm/info/**' }, access: allow }]\n",
    });
    expect((await send(g, "GET", "/openidm/info/x")).status).not.toBe(403);
    expect((await send(g, "GET", "/openidm/config/x")).status).toBe(403);
    expect((await send(g, "GET", "/openidm/info/../config/x")).status).toBe(403);
    expect(g.tenant.saw).toHaveLength(1);
  });

  it("is said in CREST's shape on OAuth2 paths too: no client throws its tokens away for it", async () => {
    const g = await start({ policy: "access: deny\n" });
    const told = await send(g, "POST", "/am/oauth2/access_token", {}, "grant_type=refresh_token");
    expect(JSON.parse(told.text)).toMatchObject({ code: 403, reason: "Forbidden" });
  });
});

describe("access: read-only", () => {
  it.each([
    ["GET", "/openidm/managed/user/1", 404],
    ["GET", "/openidm/managed/user?_queryFilter=true", 200],
    ["POST", "/openidm/managed/user?_action=create", 403],
    ["PUT", "/openidm/managed/user/1", 403],
    ["PATCH", "/openidm/managed/user/1", 403],
    ["PUT", "/openidm/info/../managed/user/1", 403],
  ])("%s %s is told %i", async (method, path, status) => {
    const g = await start({ policy: POLICY });
    const told = await send(
      g,
      method,
      path,
      { "Content-Type": "application/json" },
      method === "GET" ? undefined : "{}",
    );
    expect(told.status).toBe(status);
    expect(g.tenant.saw).toHaveLength(status === 403 ? 0 : 1);
    if (status === 403) expect(JSON.parse(told.text).detail.reason).toBe("read-only");
  });
});

describe("maxRequestBody", () => {
  const LIMIT = 64 * 1024;

  it("lets a body of just that length through", async () => {
    const g = await start({ policy: POLICY });
    g.tenant.will(200, {}, {});
    expect((await send(g, "POST", "/openidm/upload/x", {}, "x".repeat(LIMIT))).status).toBe(200);
    expect(g.tenant.saw[0]?.body.length).toBe(LIMIT);
  });

  it("refuses an announced length before a byte of it is read", async () => {
    const g = await start({ policy: POLICY });
    const told = await send(g, "POST", "/openidm/upload/x", { "Content-Length": String(LIMIT + 1) }, "");
    expect(told.status).toBe(413);
    expect(JSON.parse(told.text)).toMatchObject({
      code: 413,
      detail: { attempts: 0, reason: "body-too-large" },
    });
    expect(g.tenant.saw).toEqual([]);
  });

  it("refuses it to a caller who asks first without bidding him to send it", async () => {
    const g = await start({ policy: POLICY });
    const head = `POST /openidm/upload/x HTTP/1.1\r\nHost: a\r\nContent-Length: ${LIMIT + 1}\r\n`;
    const asking = talk(g.url, `${head}Expect: 100-continue\r\n\r\n`);
    await asking.until(/\}$/);
    asking.socket.destroy();
    expect(asking.statuses()).toEqual([413]);
  });

  it("refuses what gets too long while it is held, and the tenant never hears of it", async () => {
    const g = await start({ policy: POLICY.replace("maxBody: 16KiB", "maxBody: 1MiB") });
    const told = await send(
      g,
      "POST",
      "/openidm/upload/x",
      { "Transfer-Encoding": "chunked" },
      "x".repeat(LIMIT + 1),
    );
    expect(told.status).toBe(413);
    expect(g.tenant.saw).toEqual([]);
    expect(g.gateway.heldMemory.usedBytes).toBe(0);
  });

  it("breaks off what gets too long on its way: the tenant sees no whole request", async () => {
    const g = await start({ policy: POLICY });
    const told = await send(
      g,
      "POST",
      "/openidm/upload/x",
      { "Transfer-Encoding": "chunked" },
      "x".repeat(8 * LIMIT),
    );
    expect(told.status).toBe(413);
    expect(JSON.parse(told.text).detail).toMatchObject({ processed: "unknown", reason: "body-too-large" });
    expect(told.headers["retry-after"]).toBeUndefined();
    expect(g.tenant.saw).toEqual([]);
    expect(g.tenant.applied).toEqual([]);
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ status: 413, attempts: 1, reason: "body-too-large" }]);
    expect(g.gateway.families.snapshot()).toMatchObject([{ breaker: "closed", inFlight: 0 }]);
  });

  it("holds for whatever a server could take the path for", async () => {
    const g = await start({ policy: POLICY });
    const told = await send(g, "POST", "/openidm/info/../upload/x", {}, "x".repeat(LIMIT + 1));
    expect(told.status).toBe(413);
  });
});

describe("the policy's own tests, check and explain", () => {
  it("know what is refused, and why", () => {
    const tests = [
      ["GET /openidm/config/x", "access-denied"],
      ["PUT /openidm/managed/user/1", "read-only"],
      ["GET /openidm/managed/user/1", "no"],
    ].map(
      ([request, refused]) =>
        `  - { name: "${request}", request: "${request}", expect: { refused: ${refused} } }`,
    );
    const checked = checkText(`version: 1${POLICY}tests:\n${tests.join("\n")}\n`, "policy.yaml", {}, 0);
    expect(checked.mistakes).toEqual([]);
    expect(checked.tests.flatMap(({ failures }) => failures)).toEqual([]);
    const wrong = checkText(
      `version: 1${POLICY}tests: [{ name: t, request: "GET /openidm/config/x", expect: { refused: no } }]\n`,
      "policy.yaml",
      {},
      0,
    );
    expect(wrong.tests[0]?.failures).toEqual(["expected refused no, got access-denied (policy.yaml:4)"]);
  });

  it("a word that is none is told", () => {
    const { mistakes } = checkText(
      "version: 1\naccess: readonly\nmaxRequestBody: 20\n",
      "policy.yaml",
      {},
      0,
    );
    expect(mistakes.map(({ message }) => message)).toEqual([
      'unknown word "readonly"; did you mean "read-only"?',
      "expected a size from 0B to 64GiB in B, KiB, MiB or GiB, such as 64KiB, or none, got 20; write the unit: 20KiB or 20B",
    ]);
  });
});
