import net from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tenantApi } from "../../src/demo/api.ts";
import { readRequest } from "../../src/demo/request.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ask, failure } from "./ask.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant({ clock: manualClock() });
});
afterAll(() => tenant.close());

const isWell = async (): Promise<boolean> =>
  (await ask(tenant, "GET /openidm/managed/alpha_user?_queryFilter=true")).status === 200;

describe("no request can end the tenant", () => {
  it.each([
    ["nothing", ""],
    ["noise", "\u0000\u0001\u0002\r\n\r\n"],
    ["half a head", "GET / HTT"],
    ["half a body", "PUT /x HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc"],
    ["a bad chunk", "POST /x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"],
    ["CONNECT", "CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n"],
    ["an upgrade", "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"],
    ["two requests at once", "GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n"],
  ])("%s", async (_name, bytes) => {
    await new Promise<void>((resolve) => {
      const socket = net.connect(Number(new URL(tenant.url).port), "127.0.0.1", () =>
        socket.write(bytes, flush),
      );
      const flush = (): void => {
        // Both sides have seen the bytes once another exchange is over; then hang up rudely.
        ask(tenant, "GET /").then(() => socket.resetAndDestroy());
      };
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
    });
    expect(await isWell()).toBe(true);
  });

  it("a body that nests without end", async () => {
    const asked = { body: "[".repeat(1_000_000), headers: { "content-type": "application/json" } };
    expect(await failure(ask(tenant, "PUT /openidm/managed/alpha_deep/1", asked))).toBe("answered 400");
    expect(await isWell()).toBe(true);
  });

  it("an absolute target", async () => {
    expect(
      (await ask(tenant, "GET http://tenant.example.com/openidm/managed/alpha_user?_queryFilter=true"))
        .status,
    ).toBe(200);
  });
});

describe("the tenant as a function", () => {
  const methods = fc.constantFrom("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "constructor");
  const segment = fc.oneof(
    fc.constantFrom(
      "openidm",
      "managed",
      "alpha_user",
      "am",
      "oauth2",
      "access_token",
      "environment",
      "secrets",
    ),
    fc.constantFrom(
      "json",
      "authenticate",
      "monitoring",
      "logs",
      "script",
      "internal",
      "role",
      "demo-admin",
      "%zz",
    ),
    fc.webSegment(),
  );
  const parameter = fc.constantFrom(
    "_queryFilter=true",
    "_queryFilter=a eq 1",
    "_action=create",
    "_action=eval",
    "_action=toString",
    "_fields=__proto__",
    "_pageSize=NaN",
  );
  const header = fc.constantFrom(
    ["if-match", "*"],
    ["if-none-match", '"1-1"'],
    ["x-http-method-override", "__proto__"],
    ["content-type", "application/json"],
    ["content-type", "application/x-www-form-urlencoded"],
    ["accept-api-version", "resource=x"],
    ["authorization", "Bearer"],
  );
  const body = fc.oneof(fc.string(), fc.json(), fc.constantFrom("", '{"__proto__":{"x":1},"_id":"\\ud800"}'));
  const request = fc.record({
    method: methods,
    url: fc
      .tuple(fc.array(segment, { maxLength: 6 }), fc.array(parameter, { maxLength: 3 }))
      .map(([path, query]) => `/${path.join("/")}?${query.join("&")}`),
    rawHeaders: fc.array(header, { maxLength: 3 }).map((headers) => headers.flat()),
    body,
  });

  it("answers anything, with a status that HTTP has and never by failing inside", () => {
    const clock = manualClock();
    fc.assert(
      fc.property(fc.array(request, { maxLength: 8 }), (requests) => {
        const api = tenantApi(clock, 5);
        for (const each of requests) {
          const reply = api(readRequest({ ...each, remotePort: 1, at: 0 }, "http://x"));
          expect(reply.status).toBeGreaterThanOrEqual(200);
          expect(reply.status).toBeLessThan(600);
          expect(reply.body).not.toContain("has a bug");
        }
        expect(({} as Record<string, unknown>).x).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
