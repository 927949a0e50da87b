/** One shape for errors: what is rewritten, what passes byte for byte, and what the gateway says in headers. */
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { startRawUpstream } from "../support/raw-upstream.ts";

const start = gateways();
const PATH = "/openidm/managed/alpha_user/x";
const once = "retry: { attempts: 1 }\n";

describe("an error of the tenant", () => {
  it("that is well-formed CREST passes byte for byte, odd spacing and further members included", async () => {
    const body =
      '{ "code":403,"reason" : "Forbidden","message":"Policy validation failed","detail":{"result":false,"failedPolicyRequirements":[{"property":"mail"}]},"x":1}';
    const g = await start();
    g.tenant.will(403, { "content-type": "application/json;charset=utf-8", etag: '"e"' }, body);
    const answer = await ask(g.url, "GET", PATH);
    expect(answer.text).toBe(body);
    expect(answer.headers.etag).toBe('"e"');
    expect(answer.headers["x-gateway-attempts"]).toBe("1");
    expect(answer.headers["proxy-status"]).toContain("received-status=403");
  });

  it("without a reason is completed, and its old validators go", async () => {
    const g = await start();
    g.tenant.will(404, { etag: '"e"' }, { code: 404, message: "The variable does not exist" });
    const answer = await ask(g.url, "GET", PATH);
    expect(answer.json()).toEqual({ code: 404, reason: "Not Found", message: "The variable does not exist" });
    expect(answer.headers.etag).toBeUndefined();
    expect(answer.headers["content-length"]).toBe(String(Buffer.byteLength(answer.text)));
  });

  it("whose body has another code keeps its status", async () => {
    const g = await start();
    g.tenant.will(422, {}, { code: 606, message: "encoding in body should be one of [generic]" });
    const answer = await ask(g.url, "GET", PATH);
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ code: 422, detail: { upstream: { code: 606 } } });
  });

  it("in HTML says who spoke", async () => {
    const g = await start({ policy: once });
    g.tenant.edge(503);
    const answer = await ask(g.url, "GET", PATH);
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(answer.json()).toMatchObject({ code: 503, reason: "Service Unavailable" });
    expect(String(answer.json().message)).toMatch(/edge/i);
    expect(answer.headers["proxy-status"]).toContain("origin=edge");
    expect(g.events).toContainEqual({ kind: "normalised", route: "openidm", from: "html" });
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ] as const)("compressed with %s is read and rewritten plain", async (coding, pack) => {
    const packed = pack(Buffer.from("<html><title>502</title>Bad Gateway</html>"));
    const raw = await startRawUpstream((socket) => {
      socket.write(
        `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-encoding: ${coding}\r\ncontent-length: ${packed.length}\r\n\r\n`,
      );
      socket.write(packed);
    });
    const g = await start({ upstream: raw.url, policy: once });
    const answer = await ask(g.url, "GET", PATH);
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect(answer.json()).toMatchObject({ code: 502 });
    await raw.close();
  });

  it("that is a compression bomb passes untouched, and fast", async () => {
    const packed = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const raw = await startRawUpstream((socket) => {
      socket.write(
        `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`,
      );
      socket.write(packed);
    });
    const g = await start({ upstream: raw.url, policy: once });
    const answer = await ask(g.url, "GET", PATH);
    expect(answer.status).toBe(502);
    expect(answer.headers["content-encoding"]).toBe("gzip");
    await raw.close();
  });

  it("answered to HEAD has no body", async () => {
    const g = await start({ policy: once });
    g.tenant.edge(503);
    const answer = await ask(g.url, "HEAD", PATH);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 503, text: "" });
  });

  it("to a browser passes untouched", async () => {
    const g = await start({ policy: once });
    g.tenant.edge(503);
    const answer = await ask(g.url, "GET", PATH, {
      headers: { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1" },
    });
    expect(answer.headers["content-type"]).toMatch(/^text\/html/);
  });
});

describe("errors of OAuth2 endpoints", () => {
  const TOKEN = "/am/oauth2/access_token";
  const grant = {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "grant_type=refresh_token&refresh_token=r",
  };

  it("in JSON pass byte for byte", async () => {
    const g = await start();
    g.tenant.will(400, {}, '{"error_description":"grant is invalid","error":"invalid_grant"}');
    const answer = await ask(g.url, "POST", TOKEN, grant);
    expect(answer.text).toBe('{"error_description":"grant is invalid","error":"invalid_grant"}');
  });

  it("in HTML become RFC 6749 errors with the same status", async () => {
    const g = await start();
    g.tenant.edge(503);
    const answer = await ask(g.url, "POST", TOKEN, grant);
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ error: "temporarily_unavailable" });
  });

  it("a lost answer is never 400 or 401, and the grant is not sent again", async () => {
    const g = await start();
    g.tenant.dropAfterCommit();
    const answer = await ask(g.url, "POST", TOKEN, grant);
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ error: "server_error" });
    expect(g.tenant.saw).toHaveLength(1);
  });

  it("client credentials may be asked for again", async () => {
    const g = await start();
    g.tenant.dropAfterCommit();
    const body = "grant_type=client_credentials&client_id=app&client_secret=s";
    const answer = await ask(g.url, "POST", TOKEN, { ...grant, body });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-gateway-attempts"]).toBe("2");
  });
});

describe("styles", () => {
  it("problem gives RFC 9457, for the tenant's errors and for the gateway's own", async () => {
    const g = await start({ policy: `errors: problem\n${once}` });
    g.tenant.will(404, {}, { code: 404, reason: "Not Found", message: "no" }).dropBeforeCommit();
    for (const [status, who] of [
      [404, "tenant"],
      [502, "gateway"],
    ] as const) {
      const answer = await ask(g.url, "GET", PATH);
      expect([answer.status, answer.headers["content-type"], who]).toEqual([
        status,
        "application/problem+json",
        who,
      ]);
      expect(answer.json()).toMatchObject({ status });
    }
  });

  it("passthrough touches no body of the tenant, and the gateway's own are CREST", async () => {
    const g = await start({ policy: `errors: passthrough\n${once}` });
    g.tenant.edge(503).dropBeforeCommit();
    expect((await ask(g.url, "GET", PATH)).headers["content-type"]).toMatch(/^text\/html/);
    expect((await ask(g.url, "GET", PATH)).json()).toMatchObject({ code: 502, reason: "Bad Gateway" });
  });
});
