/** What a gateway has to make of requests by their form alone, by section of RFC 9110 and RFC 9112; framing is in smuggling.test.ts. */
import { describe, expect, it } from "vitest";
import { headerValue } from "../../src/http/headers.ts";
import { ask, gateways } from "../support/gateway.ts";
import { rawRequest } from "../support/raw-client.ts";

const start = gateways();

const fields = (text: string): string => `GET / HTTP/1.1\r\nHost: a\r\n${text}\r\n\r\n`;
const twice = (name: string): string => fields(`${name}: 1\r\n${name.toUpperCase()}: 2`);

type Row = readonly [section: string, what: string, bytes: string];

const REFUSED: Readonly<Record<number, readonly Row[]>> = {
  400: [
    ["9112 §3", "no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["9112 §3", "what is no HTTP", "\x16\x03\x01\x02\x00\x01\x00"],
    ["9112 §3.2", "no Host", "GET / HTTP/1.1\r\n\r\n"],
    ["9112 §3.2", "two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"],
    ["9112 §3.2", "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"],
    ["9112 §3.2", "a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"],
    ["9112 §3.2", "a Host with credentials", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"],
    ["9112 §3.2", "a Host with a bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"],
    ["9112 §3.2.3", "an authority as target", "GET example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["9112 §3.2.4", "an asterisk for anything but OPTIONS", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["9110 §4.2.4", "credentials in the target", "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["9110 §7.1", "a fragment in the target", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"],
    ...["Authorization", "Content-Type", "If-Modified-Since", "Range", "Idempotency-Key", "Max-Forwards"].map(
      (name): Row => ["9110 §5.3", `two ${name} lines`, twice(name)],
    ),
  ],
  405: [
    ["9110 §9.3.6", "CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"],
    ["9110 §9.3.8", "TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["9110 §7.6.2", "TRACE that may go no further", "TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"],
  ],
  414: [
    ["9110 §15.5.15", "a target over 16 KiB", `GET /${"y".repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ["9110 §15.5.15", "a query over 16 KiB", `GET /?${"y=z&".repeat(5_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ],
  417: [
    ["9110 §10.1.1", "an unknown expectation", fields("Expect: miracles")],
    ["9110 §10.1.1", "one more expectation than is known", fields("Expect: 100-continue, miracles")],
  ],
  431: [
    ["6585 §5", "a field over 16 KiB", fields(`X: ${"y".repeat(17_000)}`)],
    [
      "6585 §5",
      "fields over 16 KiB together",
      fields(Array.from({ length: 20 }, (_, i) => `X${i}: ${"y".repeat(900)}`).join("\r\n")),
    ],
    ["6585 §5", "more than a thousand lines", fields(Array.from({ length: 1100 }, () => "a:b").join("\r\n"))],
  ],
  501: [
    ["9112 §3", "a method that nobody knows", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"],
    [
      "9110 §7.8",
      "a WebSocket",
      fields("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"),
    ],
  ],
};

const PHRASES: Readonly<Record<string, string>> = {
  400: "Bad Request",
  405: "Method Not Allowed",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
};

describe.each(Object.entries(REFUSED))("told %s", (status, rows) => {
  it.each(rows)("RFC %s: %s", async (_section, _what, bytes) => {
    const g = await start();
    const answer = await rawRequest(g.url, bytes.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    expect(answer.head).toMatch(new RegExp(`^HTTP/1.1 ${status} ${PHRASES[status]}\r\n`));
    expect(answer.head).toMatch(/x-gateway-attempts: 0/i);
    expect(answer.head).toMatch(/proxy-status: crest-gateway; error=http_request_error/i);
    expect(JSON.parse(answer.body)).toMatchObject({ code: Number(status), message: expect.any(String) });
    expect(g.tenant.saw).toHaveLength(0);
    expect((await ask(g.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true")).status).toBe(200);
  });
});

const CIRCLE = "Via: 1.1 crest-gateway\r\nvia: 1.1 google, 1.1 crest-gateway, 1.0 Crest-Gateway (x)\r\n";

it("RFC 9110 §7.6.3: a request that has come through three gateways already is told 508", async () => {
  const g = await start();
  const answer = await rawRequest(g.url, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${CIRCLE}\r\n`);
  expect(answer.status).toBe(508);
  expect(answer.head).toMatch(
    /proxy-status: crest-gateway; error=proxy_loop_detected; attempts=0; processed=no/i,
  );
  expect(JSON.parse(answer.body).message).toContain("in a circle");
  expect(g.tenant.saw).toHaveLength(0);
});

describe("RFC 9112 §3.2.2: a target in absolute form", () => {
  it.each([
    [
      "http://elsewhere.example/openidm/managed/alpha_user?_queryFilter=true",
      "/openidm/managed/alpha_user?_queryFilter=true",
    ],
    ["https://elsewhere.example:444", "/"],
    ["HTTP://elsewhere.example/a//b/%2e%2e/", "/a//b/%2e%2e/"],
  ])("%s goes to the configured tenant and nowhere else", async (target, forwarded) => {
    const g = await start();
    await rawRequest(g.url, `GET ${target} HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n`);
    const [seen] = g.tenant.saw;
    expect(seen?.url).toBe(forwarded);
    expect(seen?.rawHeaders.join("\n")).toContain(new URL(g.tenant.url).host);
    expect(seen?.rawHeaders.join("\n")).not.toContain("example");
  });
});

it("RFC 9110 §10.1.1: Expect: 100-continue is answered by the gateway and the body arrives", async () => {
  const g = await start();
  const head =
    "PUT /openidm/managed/alpha_role/r1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n";
  const answer = await rawRequest(g.url, head, (socket) => {
    socket.once("data", (piece) => {
      expect(piece.toString()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
      socket.write('{"name":"r1"}');
    });
  });
  expect(answer.bytes).toContain("HTTP/1.1 201 Created");
  expect(g.tenant.saw[0]?.body).toBe('{"name":"r1"}');
  expect(g.tenant.saw[0]?.rawHeaders.join("\n").toLowerCase()).not.toContain("expect");
});

it("RFC 9110 §10.1.1: no interim answer goes to HTTP/1.0", async () => {
  const g = await start();
  const head = "PUT /openidm/x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}";
  expect((await rawRequest(g.url, head)).bytes).toMatch(/^HTTP\/1\.1 404/);
});

describe("RFC 9110 §7.6.2: OPTIONS with Max-Forwards", () => {
  const options = (value: string): string =>
    `OPTIONS /openidm/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nMax-Forwards: ${value}\r\n\r\n`;

  it("of 0 is answered here", async () => {
    const g = await start();
    const answer = await rawRequest(g.url, options("0"));
    expect(answer.head).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
    expect(answer.head).toMatch(/allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS/i);
    expect(answer.head).not.toMatch(/content-length|transfer-encoding/i);
    expect(g.tenant.saw).toHaveLength(0);
    expect(g.exchanges()).toMatchObject([{ status: 204, method: "OPTIONS", attempts: 0 }]);
  });

  it.each([
    ["3", "2"],
    ["007", "6"],
    ["many", "many"],
  ])("of %s goes on with %s", async (sent, passed) => {
    const g = await start();
    await rawRequest(g.url, options(sent));
    expect(headerValue(g.tenant.saw[0]?.rawHeaders ?? [], "max-forwards")).toBe(passed);
  });

  it("is nobody's business with other methods", async () => {
    const g = await start();
    await rawRequest(g.url, options("0").replace("OPTIONS", "GET"));
    expect(headerValue(g.tenant.saw[0]?.rawHeaders ?? [], "max-forwards")).toBe("0");
  });
});

it("RFC 9112 §2.3: a caller of HTTP/1.0 gets an answer without chunks, and its end", async () => {
  const g = await start();
  const answer = await rawRequest(
    g.url,
    "GET /openidm/managed/alpha_user?_queryFilter=true HTTP/1.0\r\n\r\n",
  );
  expect(answer.head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer.head).not.toMatch(/transfer-encoding/i);
  expect(JSON.parse(answer.body)).toHaveProperty("result");
});
