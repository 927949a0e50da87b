/** A tenant whose replicas lag, and one that is told for each request what to do, and when. */
import { afterEach, expect, it } from "vitest";
import { startTenant, type Tenant, type TenantOptions } from "../../src/demo/tenant.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ask } from "./ask.ts";

const OBJECT = "/openidm/managed/alpha_role/new";

let running: Tenant[] = [];
afterEach(async () => {
  for (const each of running) await each.close();
  running = [];
});

async function start(options: Partial<TenantOptions> = {}): Promise<Tenant> {
  const tenant = await startTenant({ clock: manualClock(), ...options });
  running.push(tenant);
  return tenant;
}

const write = (tenant: Tenant, name: string) => ask(tenant, `PUT ${OBJECT}`, { json: { name } });
const read = (tenant: Tenant) => ask(tenant, `GET ${OBJECT}`);

it("stale shows an object as it was before its last change, once", async () => {
  const tenant = await start();
  const first = await write(tenant, "a");
  const second = await write(tenant, "b");
  tenant.stale();
  expect((await read(tenant)).json).toEqual(first.json);
  expect((await read(tenant)).json).toEqual(second.json);
});

it("stale by several changes goes back to where there was nothing yet", async () => {
  const tenant = await start();
  const first = await write(tenant, "a");
  await write(tenant, "b");
  tenant.stale(2).stale(9);
  expect((await read(tenant)).status).toBe(404);
  expect((await read(tenant)).status).toBe(404);
  tenant.stale(1);
  expect((await read(tenant)).json).toEqual(first.json);
});

it("stale still shows what has been deleted", async () => {
  const tenant = await start();
  const first = await write(tenant, "a");
  await ask(tenant, `DELETE ${OBJECT}`);
  tenant.stale();
  expect((await read(tenant)).json).toEqual(first.json);
  expect((await read(tenant)).status).toBe(404);
});

it("stale does not keep a write from what really stands", async () => {
  const tenant = await start();
  const { json } = await write(tenant, "a");
  const second = await write(tenant, "b");
  tenant.stale();
  const headers = { "if-match": `"${json._rev}"` };
  expect((await ask(tenant, `PUT ${OBJECT}`, { json: { name: "c" }, headers })).status).toBe(412);
  expect((await read(tenant)).json).toEqual(second.json);
});

it("a request waits for what is chosen for it, and others pass by", async () => {
  let release = (): void => {};
  const chosen = new Promise<void>((resolve) => {
    release = resolve;
  });
  const choose: TenantOptions["choose"] = async ({ method }) => {
    if (method !== "PUT") return { kind: "serve" };
    await chosen;
    return { kind: "say", applied: true, reply: { from: "edge", status: 503, headers: {}, body: "" } };
  };
  const tenant = await start({ choose });
  const answer = write(tenant, "a");
  await tenant.waitFor(1);
  expect((await read(tenant)).status).toBe(404);
  release();
  expect((await answer).status).toBe(503);
  expect((await read(tenant)).json.name).toBe("a");
  expect(tenant.applied).toMatchObject([{ operation: "create", id: "new", saw: 0 }]);
});

it("what is not chosen is left to the script", async () => {
  const tenant = await start({ choose: async () => undefined });
  tenant.will(429);
  expect((await read(tenant)).status).toBe(429);
});
