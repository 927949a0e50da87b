/**
 * Names that every object has of itself, in every place where a caller or the tenant may write a name: they are names
 * like any other, and change nothing for anybody else.
 */
import http from "node:http";
import { afterEach, expect, it } from "vitest";
import { createMetrics } from "../../src/observe/metrics.ts";
import { ask, gateways } from "../support/gateway.ts";

const start = gateways();
afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
});

const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

it.each(NAMES)("%s passes in fields, query, path and body, held or streamed", async (name) => {
  const g = await start({ policy: "replay: { maxBody: 64B }\n" });
  const body = `{"${name}":{"polluted":true},"a":1}`;
  for (const text of [body, body.padEnd(1000)]) {
    g.tenant.will(400, { [name]: "x" }, JSON.parse(`{"code":400,"message":"m","${name}":{"polluted":true}}`));
    const told = await new Promise<string>((resolve, reject) => {
      const path = `/openidm/${name}/${name}?${name}=1&${name}=2`;
      const headers = [
        "Host",
        "gateway",
        "Content-Type",
        "application/json",
        "Content-Length",
        String(text.length),
      ];
      const options = { method: "POST", path, headers: [...headers, name, "x", name, "y"], agent: false };
      const request = http.request(g.url, options);
      request.on("error", reject).on("response", (response) => {
        let all = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          all += piece;
        });
        response.on("end", () => resolve(all));
      });
      request.end(text);
    });
    expect(told).toContain(`"${name}":{"polluted":true}`);
    expect(g.tenant.saw.at(-1)).toMatchObject({
      url: `/openidm/${name}/${name}?${name}=1&${name}=2`,
      body: text,
    });
  }
  expect(Object.hasOwn({}, "polluted")).toBe(false);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
  expect((await ask(g.url, "GET", "/openidm/managed/alpha_user/nobody")).status).toBe(404);
});

it("a route of such a name is a label like any other", async () => {
  const g = await start({
    policy: "routes: [{ name: constructor, match: { path: '/openidm/**' }, family: valueof }]\n",
  });
  await ask(g.url, "GET", "/openidm/managed/alpha_user/nobody");
  await g.ended(1);
  const metrics = createMetrics({
    build: { version: "1", node: "24" },
    families: () => g.gateway.families.snapshot(),
    policy: g.gateway.policy,
    heldBodyBytes: () => 0,
    lastReloadSuccessful: () => true,
  } as Parameters<typeof createMetrics>[0]);
  for (const event of g.events) metrics.observe(event);
  const { body } = await metrics.expose(undefined);
  expect(body).toMatch(/crest_gateway_requests_total\{[^}]*route="constructor"[^}]*\} 1/);
});
