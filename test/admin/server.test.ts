import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type AdminParts, createAdmin } from "../../src/admin/server.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { calmParts, family, POLICY } from "./parts.ts";

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** The base URL of an admin server with these parts. */
async function listen(change: Partial<AdminParts> = {}): Promise<string> {
  const { http: server } = createAdmin(calmParts(change));
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What comes back for these exact bytes, until the server closes the connection. */
async function exchangeBytes(base: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(base).port), "127.0.0.1");
  socket.end(bytes);
  let text = "";
  for await (const piece of socket.setEncoding("utf8")) text += piece;
  return text;
}

const PATHS = ["/metrics", "/livez", "/readyz", "/status", "/status.json", "/policy", "/"];

describe("the pages", () => {
  it.each<[string, RegExp, RegExp]>([
    ["/metrics", /^text\/plain; version=0\.0\.4; charset=utf-8$/, /^up 1\n$/],
    ["/livez", /^text\/plain; charset=utf-8$/, /^ok$/],
    ["/readyz", /^text\/plain; charset=utf-8$/, /^ready$/],
    ["/status", /^text\/html; charset=utf-8$/, /^<!doctype html>/],
    ["/status.json", /^application\/json; charset=utf-8$/, /"state": "ready"/],
    ["/policy", /^application\/json; charset=utf-8$/, /"hash": "0123456789ab"/],
    ["/", /^text\/plain; charset=utf-8$/, /^\/metrics +metrics for Prometheus/],
  ])("%s", async (path, type, body) => {
    const answer = await fetch((await listen()) + path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(type);
    expect(await answer.text()).toMatch(body);
  });

  it.each(PATHS)("%s answers HEAD with the same head and no body", async (path) => {
    const base = await listen();
    const [get, head] = await Promise.all([fetch(base + path), fetch(base + path, { method: "HEAD" })]);
    expect(head.status).toBe(get.status);
    expect(head.headers.get("content-length")).toBe(String(Buffer.byteLength(await get.text())));
    expect(await head.text()).toBe("");
  });

  it.each([...PATHS, "/nothing"])("%s is sent with headers that keep it where it belongs", async (path) => {
    const { headers } = await fetch((await listen()) + path);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "refuse %s, and say what is allowed",
    async (method) => {
      const answer = await fetch(`${await listen()}/policy`, { method });
      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toBe("GET, HEAD");
    },
  );

  it("the policy is a table for people, by Accept, and JSON for all others", async () => {
    const base = await listen();
    const answer = await fetch(`${base}/policy`, { headers: { accept: "text/html,*/*;q=0.8" } });
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("vary")).toBe("accept");
    const page = await answer.text();
    expect(page).toContain("<td>paths /openidm/managed/alpha_user/**");
    expect(page).toContain('<td class="quiet">policy.yaml:6</td>');
    expect(page).not.toContain("c2VjcmV0OmNhbmFyeQ");
    for (const accept of ["*/*", "application/json", "application/json, text/html"])
      expect((await fetch(`${base}/policy`, { headers: { accept } })).headers.get("content-type")).toMatch(
        /^application\/json/,
      );
  });

  it("the policy puts no text of the file into markup", async () => {
    const hostile = '<img src=x onerror="alert(1)">';
    const base = await listen({ policy: () => ({ ...POLICY, profile: hostile, file: hostile }) });
    const page = await (await fetch(`${base}/policy`, { headers: { accept: "text/html" } })).text();
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  });

  it("do not mind a query", async () => {
    expect((await fetch(`${await listen()}/livez?verbose`)).status).toBe(200);
  });

  it.each(["/nothing", "/Status", "/livez/", "//livez", "/%6civez", "/../policy%00", "/constructor"])(
    "are listed to whoever asks for %s",
    async (path) => {
      const said = await exchangeBytes(
        await listen(),
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(said).toMatch(/^HTTP\/1\.1 404 /);
      expect(said).toContain("\n/status.json    the same for programs\n");
    },
  );
});

describe("another's name in Host", () => {
  const said = async (path: string, host: string, change: Partial<AdminParts> = {}) =>
    exchangeBytes(await listen(change), `GET ${path} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);

  it.each(PATHS.filter((path) => !/z$/.test(path)))(
    "is told 421 for %s, and nothing of the page",
    async (path) => {
      const text = await said(path, "Host: evil.example.com\r\n");
      expect(text).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n/);
      expect(text).toMatch(/connection: close\r\n/i);
      expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toBe(
        'This listener answers to addresses, to localhost and to the names given by --admin-host; "evil.example.com" is none of them.\n',
      );
    },
  );

  it("is answered where --admin-host gives it", async () => {
    const hostNames = new Set(["gateway.example.com"]);
    expect(await said("/status.json", "Host: gateway.example.com:9090\r\n", { hostNames })).toMatch(
      / 200 OK/,
    );
  });

  it("is told 400 when there are two", async () => {
    expect(await said("/status.json", "Host: localhost\r\nHost: evil.example.com\r\n")).toMatch(
      / 400 Bad Request/,
    );
  });

  it.each(["Host: evil.example.com\r\n", "Host: a\r\nHost: b\r\n", "Host: \r\n", ""])(
    "does not keep a probe from its answer: %j",
    async (host) => {
      expect(await said("/livez", host)).toMatch(/ 200 OK/);
      expect(await said("/readyz", host)).toMatch(/ 200 OK/);
    },
  );
});

describe("readiness", () => {
  it.each([
    ["starting", 503],
    ["ready", 200],
    ["draining", 503],
  ] as const)("%s is %i", async (state, status) => {
    const answer = await fetch(`${await listen({ state: () => state })}/readyz`);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe(state);
  });

  it("does not depend on the tenant's health", async () => {
    const families = () => [family("am", { breaker: "open", opensInMs: 1000 })];
    expect((await fetch(`${await listen({ families })}/readyz`)).status).toBe(200);
  });

  it("is not what being alive means", async () => {
    expect((await fetch(`${await listen({ state: () => "draining" })}/livez`)).status).toBe(200);
  });
});

describe("metrics", () => {
  it("come in the format that Accept asks for", async () => {
    const parts = calmParts();
    const metrics = createMetrics({ ...parts, heldBodyBytes: () => 0, lastReloadSuccessful: () => true });
    const base = await listen({ metrics });
    const text = await fetch(`${base}/metrics`);
    expect(text.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await text.text()).toContain("# TYPE crest_gateway_requests_total counter");
    const open = await fetch(`${base}/metrics`, { headers: { accept: "application/openmetrics-text" } });
    expect(open.headers.get("content-type")).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(open.headers.get("vary")).toBe("accept");
    expect(await open.text()).toMatch(/# EOF\n$/);
  });
});

describe("what must not happen", () => {
  it("a page that cannot be made is a 500 with one line, and the server goes on", async () => {
    const base = await listen({
      metrics: { expose: () => Promise.reject(new Error("scrape\nfailed with Bearer hunter2canary")) },
      families: () => {
        throw new Error("no families today");
      },
    });
    for (const path of ["/metrics", "/status.json", "/policy"]) {
      const answer = await fetch(base + path);
      expect(answer.status).toBe(500);
      const body = await answer.text();
      expect(body).toMatch(/^this page could not be made: Error: [^\n]+\n$/);
      expect(body).not.toContain("hunter2");
    }
    expect((await fetch(`${base}/livez`)).status).toBe(200);
  });

  it("a secret of the configuration is shown", async () => {
    const base = await listen({
      upstream: "https://admin:hunter2canary@tenant.example/?token=hunter2canary",
    });
    for (const path of PATHS) expect(await (await fetch(base + path)).text()).not.toContain("hunter2canary");
    const policy = await (await fetch(`${base}/policy`)).text();
    expect(policy).toContain(POLICY.hash);
    expect(policy).not.toContain("c2VjcmV0OmNhbmFyeQ");
  });

  it.each([
    ["no HTTP", "hello\r\n\r\n"],
    ["no Host", "GET /status HTTP/1.1\r\n\r\n"],
    ["two lengths", "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    [
      "a length and chunks",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
  ])("bytes that are no request are answered with anything but 400: %s", async (_, bytes) => {
    const base = await listen();
    expect(await exchangeBytes(base, bytes)).toMatch(/^HTTP\/1\.1 400 /);
    expect((await fetch(`${base}/livez`)).status).toBe(200);
  });

  it("a head of any size is read", async () => {
    const bytes = `GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await exchangeBytes(await listen(), bytes)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("a slow request holds a connection for long", async () => {
    const { http: server } = createAdmin(calmParts());
    expect(server.headersTimeout).toBeLessThanOrEqual(5000);
    expect(server.requestTimeout).toBeLessThanOrEqual(10_000);
    expect(server.timeout).toBeLessThanOrEqual(30_000);
  });
});
