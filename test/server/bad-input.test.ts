/** Requests that are wrong in form are refused by the gateway itself, in its own voice, and harm nobody. */
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { manualClock } from "../support/manual-clock.ts";
import { rawRequest } from "../support/raw-client.ts";

const start = gateways();

const QUICK = "listener: { headers: 100ms }\n";

const CIRCLE = "Via: 1.1 crest-gateway\r\nvia: 1.1 google, 1.1 crest-gateway, 1.0 Crest-Gateway (x)\r\n";

it("a request that has come through three gateways already is told 508", async () => {
  const g = await start();
  const answer = await rawRequest(g.url, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${CIRCLE}\r\n`);
  expect(answer.status).toBe(508);
  expect(answer.head).toMatch(
    /proxy-status: crest-gateway; error=proxy_loop_detected; attempts=0; processed=no/i,
  );
  expect(JSON.parse(answer.body).message).toContain("in a circle");
  expect(g.tenant.saw).toHaveLength(0);
});

const REFUSED: readonly (readonly [string, string, number])[] = [
  ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
  ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400],
  ["a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
  ["a Host with credentials", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400],
  ["a Host with a bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400],
  ["no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["an authority as target", "GET example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["an asterisk for anything but OPTIONS", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501],
  ["garbage", "\x16\x03\x01\x02\x00\x01\x00", 400],
  ["a space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400],
  ["a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400],
  ["a length that is no number", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400],
  [
    "two different lengths",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    400,
  ],
  [
    "a length and chunks",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["a last coding that is not chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400],
  ["a head over 16 KiB", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(17_000)}\r\n\r\n`, 431],
  ["CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", 405],
  ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405],
  [
    "a WebSocket",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
    501,
  ],
  [
    "an unknown expectation",
    "PUT / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 2\r\n\r\n{}",
    417,
  ],
];

describe("a request with", () => {
  it.each(REFUSED)("%s", async (_name, bytes, status) => {
    const g = await start();
    const answer = await rawRequest(g.url, bytes.replace(/\r\n\r\n/, "\r\nConnection: close\r\n\r\n"));
    expect(answer.status).toBe(status);
    expect(answer.head).toMatch(/x-gateway-attempts: 0/i);
    expect(answer.head).toMatch(/proxy-status: crest-gateway; error=http_request_error/i);
    expect(JSON.parse(answer.body)).toMatchObject({ code: status, message: expect.any(String) });
    expect(g.tenant.saw).toHaveLength(0);
    expect((await ask(g.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true")).status).toBe(200);
  });
});

it("a head that never ends is told 408", async () => {
  const g = await start({ policy: QUICK });
  const answer = await rawRequest(g.url, "GET / HTTP/1.1\r\nHost: a\r\n");
  expect(answer.status).toBe(408);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 408 });
});

it("a body that never ends is told 408, and never reaches the tenant", async () => {
  const clock = manualClock();
  const g = await start({ clock });
  const come = once(g.server.http, "request");
  const refused = rawRequest(g.url, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
  await come;
  await clock.advance(30_000);
  await g.until((event) => event.kind === "refused");
  // The rest of the body is waited for a moment longer.
  await clock.advance(2_000);
  const answer = await refused;
  expect(answer.status).toBe(408);
  expect(g.tenant.saw).toHaveLength(0);
  await g.ended(1);
  expect(g.gateway.heldMemory.usedBytes).toBe(0);
});

it("garbage behind a good request does not become its answer, but comes behind it", async () => {
  const g = await start();
  const good = "GET /openidm/managed/alpha_user?_queryFilter=true HTTP/1.1\r\nHost: a\r\n\r\n";
  const answer = await rawRequest(g.url, `${good}\x00\x00\x00\r\n\r\n`);
  expect(answer.bytes.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
});

describe("absolute-form targets", () => {
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

it("Expect: 100-continue is answered by the gateway and the body arrives", async () => {
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

it("an exception in one exchange is that caller's 500, and nobody else's", async () => {
  const g = await start();
  const broken = { ...g.gateway.policy(), routes: undefined } as unknown as ReturnType<
    typeof g.gateway.policy
  >;
  const policy = g.gateway.policy;
  const brokenOnce = (): typeof broken => {
    Object.assign(g.gateway, { policy });
    return broken;
  };
  Object.assign(g.gateway, { policy: brokenOnce });
  const first = await ask(g.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true");
  expect(first.status).toBe(500);
  expect(first.json()).toMatchObject({ code: 500, reason: "Internal Server Error" });
  expect(first.text).not.toContain("TypeError");
  expect(first.headers["proxy-status"]).toContain("error=proxy_internal_error");
  expect((await ask(g.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true")).status).toBe(200);
  expect(g.exchanges()[0]?.error).toBeInstanceOf(TypeError);
});
