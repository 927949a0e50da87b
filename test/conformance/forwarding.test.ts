/** What a gateway has to leave, take out, put in and pass on, by section of RFC 9110, RFC 9112 and RFC 7239; on real sockets. */
import { afterEach, describe, expect, it } from "vitest";
import { type Captured, startCapturingUpstream } from "../support/capturing-upstream.ts";
import { gateways } from "../support/gateway.ts";
import { rawRequest } from "../support/raw-client.ts";
import { startRawUpstream } from "../support/raw-upstream.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** What the tenant gets of a GET with these lines. */
async function sent(lines: readonly string[], policy = "", target = "/x"): Promise<Captured> {
  const tenant = await startCapturingUpstream();
  open.push(tenant);
  const g = await start({ upstream: tenant.url, policy });
  // The caller's own `Connection` comes first, so that its lists count as well.
  const head = ["Host: gateway.example:8080", ...lines, "Connection: close"].join("\r\n");
  await rawRequest(g.url, `GET ${target} HTTP/1.1\r\n${head}\r\n\r\n`);
  const [seen] = tenant.seen;
  if (!seen) throw new Error("the tenant saw nothing");
  return seen;
}

/** What the caller gets of such an answer. */
async function passedBack(
  answer: string,
  request = "GET /x HTTP/1.1",
): Promise<{ head: string; body: string }> {
  const tenant = await startRawUpstream((socket, soFar) => {
    if (soFar.endsWith("\r\n\r\n")) socket.end(answer, "latin1");
  });
  open.push(tenant);
  const g = await start({ upstream: tenant.url });
  return rawRequest(g.url, `${request}\r\nHost: a\r\nConnection: close\r\n\r\n`);
}

const TAKEN_OUT: readonly (readonly [section: string, line: string, name: string])[] = [
  ["9110 §7.6.1", "Keep-Alive: timeout=5", "keep-alive"],
  ["9110 §7.6.1", "Proxy-Connection: keep-alive", "proxy-connection"],
  ["9110 §7.6.1", "Connection: X-Hop\r\nX-Hop: 1", "x-hop"],
  ["9110 §10.1.4", "TE: trailers", "te"],
  ["9110 §6.6.2", "Trailer: Expires", "trailer"],
  ["9110 §7.8", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA", "http2-settings"],
  ["9110 §11.7.1", "Proxy-Authorization: Basic eDp5", "proxy-authorization"],
  ["7239 §8", "Forwarded: for=1.2.3.4", "forwarded"],
  ["7239 §8", "X-Forwarded-For: 1.2.3.4", "x-forwarded-for"],
  ["7239 §8", "X-Forwarded-Host: evil.example", "x-forwarded-host"],
  ["7239 §8", "X-Real-IP: 1.2.3.4", "x-real-ip"],
  ["7239 §8", "X_Forwarded_For: 1.2.3.4", "x_forwarded_for"],
  ["9110 §8.6", "Content_Length: 4", "content_length"],
];

const LEFT: readonly (readonly [section: string, line: string, name: string, value: string])[] = [
  ["9110 §11.6.2", "Authorization: Bearer a.b-c_d~e+f/g==", "authorization", "Bearer a.b-c_d~e+f/g=="],
  ["9110 §7.6.1", "Connection: authorization\r\nAuthorization: Bearer t", "authorization", "Bearer t"],
  ["9110 §7.6.1", "Connection: cookie\r\nCookie: a=b", "cookie", "a=b"],
  ["9110 §5.5", "X-Text: caf\xe9 \x09tab", "x-text", "caf\xe9 \x09tab"],
  ["9110 §7.6", "X_Other: 1", "x_other", "1"],
];

describe("to the tenant", () => {
  it.each(TAKEN_OUT)("RFC %s: without %j", async (_section, line, name) => {
    expect((await sent([line])).field(name)).toEqual([]);
  });

  it.each(LEFT)("RFC %s: with %j", async (_section, line, name, value) => {
    expect((await sent([line])).field(name)).toEqual([value]);
  });

  it("RFC 9110 §7.6.1: no Connection takes out what the gateway puts in", async () => {
    const seen = await sent(["Connection: host, via, forwarded, x-forwarded-for"], "forwarded: append\n");
    expect(seen.field("host")).toHaveLength(1);
    expect(seen.field("via")).toEqual(["1.1 crest-gateway"]);
    expect(seen.field("x-forwarded-for")).toEqual(["127.0.0.1"]);
  });

  it("RFC 9110 §7.6.3: with a Via of its own behind those that are there", async () => {
    const seen = await sent(["Via: 1.1 edge", "Via: 1.0 other"]);
    expect(seen.field("via")).toEqual(["1.1 edge", "1.0 other", "1.1 crest-gateway"]);
  });

  it("RFC 9110 §5.3: with the lines of one name in their order", async () => {
    const seen = await sent(["X-A: 1", "X-B: 1", "x-a: 2", "X-A: 3"]);
    expect(seen.field("x-a")).toEqual(["1", "2", "3"]);
  });

  it.each(["//a//b", "/a/../b/./c", "/%2e%2e/%41", "/a?", "/a?b=%zz&&c", "/a|b^c?`{}"])(
    "RFC 9110 §7.7: the target %j as it came",
    async (target) => {
      expect((await sent([], "", target)).line).toBe(`GET ${target} HTTP/1.1`);
    },
  );

  it("RFC 9110 §7.4: whatever authority is asked for, the tenant's own Host", async () => {
    const seen = await sent([], "", "http://admin.internal/x");
    expect(seen.field("host")[0]).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(seen.line).toBe("GET /x HTTP/1.1");
  });

  it("RFC 7239 §4: with who called, behind what callers claim, where the policy says so", async () => {
    const seen = await sent(["Forwarded: for=9.9.9.9", "X-Forwarded-For: 9.9.9.9"], "forwarded: append\n");
    expect(seen.field("x-forwarded-for")).toEqual(["9.9.9.9, 127.0.0.1"]);
    expect(seen.field("forwarded")).toEqual([
      'for=9.9.9.9, for=127.0.0.1;host="gateway.example:8080";proto=http',
    ]);
  });
});

describe("to the caller", () => {
  it("RFC 9110 §9.3.2: no body behind HEAD, whatever its length says", async () => {
    const { head, body } = await passedBack(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
      "HEAD /x HTTP/1.1",
    );
    expect(head).toMatch(/content-length: 5/i);
    expect(body).toBe("");
  });

  it.each(["204 No Content", "304 Not Modified"])(
    "RFC 9110 §15.3.5, §15.4.5: no body in a %s",
    async (status) => {
      const { head, body } = await passedBack(`HTTP/1.1 ${status}\r\nETag: "1"\r\n\r\n`);
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
      expect(head).not.toMatch(/transfer-encoding/i);
      expect(body).toBe("");
    },
  );

  it("RFC 9112 §6.1: no transfer coding to HTTP/1.0", async () => {
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    const { head, body } = await passedBack(chunked, "GET /x HTTP/1.0");
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(body).toBe("abc");
  });

  it("RFC 9110 §6.6.1: a Date where the tenant gave none, and the tenant's where it gave one", async () => {
    const answer = (more: string): string => `HTTP/1.1 200 OK\r\n${more}Content-Length: 0\r\n\r\n`;
    expect((await passedBack(answer(""))).head.match(/^date: /gim)).toHaveLength(1);
    const given = await passedBack(answer("Date: Thu, 15 Jan 2026 12:00:00 GMT\r\n"));
    expect(given.head.match(/^date: .*$/gim)).toEqual(["Date: Thu, 15 Jan 2026 12:00:00 GMT"]);
  });

  it.each([
    ["9110 §10.2.1", "Allow: GET, PUT"],
    ["9110 §11.6.1", 'WWW-Authenticate: Bearer realm="x", error="y"'],
    ["9110 §12.5.5", "Vary: Accept"],
    ["9110 §5.3", "Set-Cookie: a=1\r\nSet-Cookie: b=2"],
  ])("RFC %s: %j as it came", async (_section, lines) => {
    const { head } = await passedBack(`HTTP/1.1 200 OK\r\n${lines}\r\nContent-Length: 0\r\n\r\n`);
    expect(head).toContain(lines);
    expect(head).not.toMatch(/vary: \*/i);
  });

  it.each([
    "Keep-Alive: timeout=5",
    "Connection: X-Hop\r\nX-Hop: 1",
    "Upgrade: h2c",
    "Proxy-Authenticate: Basic",
  ])("RFC 9110 §7.6.1: without %j", async (lines) => {
    const { head } = await passedBack(`HTTP/1.1 200 OK\r\n${lines}\r\nContent-Length: 0\r\n\r\n`);
    expect(head).not.toContain(lines.split("\r\n").at(-1));
  });
});
