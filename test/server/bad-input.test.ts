/** Requests that are wrong in form are refused by the gateway itself, in its own voice, and harm nobody. */
import { once } from "node:events";
import { expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { manualClock } from "../support/manual-clock.ts";
import { rawRequest } from "../support/raw-client.ts";

const start = gateways();

const QUICK = "listener: { headers: 100ms }\n";

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
