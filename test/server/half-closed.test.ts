/** Callers that have ended their side of the connection: who waits is answered, who has gone is noticed all the same. */
import { afterEach, describe, expect, it } from "vitest";
import { pair } from "../support/certificates.ts";
import { type GatedUpstream, startGatedUpstream } from "../support/gated-upstream.ts";
import { gateways } from "../support/gateway.ts";
import { turnsUntil } from "../support/manual-clock.ts";
import { type Talk, talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function gated(): Promise<GatedUpstream> {
  const tenant = await startGatedUpstream();
  open.push(tenant);
  return tenant;
}

function speak(url: string, bytes: string): Talk {
  const talking = talk(url, bytes);
  open.push({ close: () => talking.socket.destroy() });
  return talking;
}

const get = (path: string, version = "1.1"): string => `GET ${path} HTTP/${version}\r\nHost: a\r\n\r\n`;

describe.each([
  ["", {}],
  [" over TLS", { listenerTls: pair("server") }],
])("a caller who has finished sending%s", (_, listening) => {
  it.each(["1.1", "1.0"])("over HTTP/%s gets the answer, and then the end", async (version) => {
    const tenant = await gated();
    const g = await start({ ...listening, upstream: tenant.url });
    const talking = speak(g.url, get("/a", version));
    talking.socket.end();
    await tenant.until(1);
    tenant.came[0]?.answer();
    expect(await talking.over).toBeUndefined();
    expect(talking.statuses().filter((status) => status >= 200)).toEqual([200]);
    expect(talking.heard()).toMatch(/\r\n\r\n\/a$/);
    expect(g.exchanges()).toMatchObject([{ status: 200 }]);
  });

  it("gets all answers of what it had sent ahead", async () => {
    const tenant = await gated();
    const g = await start({ ...listening, upstream: tenant.url });
    const talking = speak(g.url, get("/a") + get("/b"));
    talking.socket.end();
    await tenant.until(2);
    for (const each of tenant.came) each.answer();
    expect(await talking.over).toBeUndefined();
    expect(talking.heard()).toMatch(/\/a.*\/b$/s);
  });

  it("in the middle of a request is told so", async () => {
    const g = await start(listening);
    const talking = speak(g.url, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
    talking.socket.end();
    await talking.over;
    expect(talking.statuses()).toEqual([400]);
  });

  it("and is idle is let go", async () => {
    const g = await start(listening);
    const talking = speak(g.url, get("/openidm/managed/alpha_user?_queryFilter=true"));
    await talking.until(/"result"/);
    talking.socket.end();
    expect(await talking.over).toBeUndefined();
  });
});

describe("a caller who has gone", () => {
  it.each([
    ["by closing (FIN)", (talking: Talk) => talking.socket.destroy()],
    ["by a reset (RST)", (talking: Talk) => talking.socket.resetAndDestroy()],
  ])("%s is noticed, and the tenant is asked no more for it", async (_name, leave) => {
    const tenant = await gated();
    const g = await start({ upstream: tenant.url });
    const talking = speak(g.url, get("/a"));
    await tenant.until(1);
    leave(talking);
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ status: 499, delivery: "caller-left" }]);
    expect(g.gateway.families.snapshot()).toMatchObject([{ inFlight: 0 }]);
  });

  it("is noticed while it waits behind its own write, which is let finish", async () => {
    const tenant = await gated();
    const g = await start({ upstream: tenant.url });
    const put = "PUT /w HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
    const talking = speak(g.url, put + get("/r"));
    await tenant.until(1);
    talking.socket.destroy();
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ status: 499, method: "GET", attempts: 0 }]);
    tenant.came[0]?.answer();
    await g.ended(2);
    expect(g.exchanges()[1]).toMatchObject({ status: 499, method: "PUT", attempts: 1, processed: "yes" });
    await turnsUntil(() => g.gateway.heldMemory.usedBytes === 0);
    expect(tenant.came).toHaveLength(1);
  });
});
