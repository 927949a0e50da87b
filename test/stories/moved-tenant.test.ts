/** A name that moves to another address while the old one goes on answering: callers follow it, however busy they are. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { manualClock } from "../support/manual-clock.ts";
import { namesAt } from "../support/tenant.ts";

const start = gateways();

const OLD = "127.0.0.1";
const NEW = "127.0.0.2";

const open: http.Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close().closeAllConnections();
});

/** Two tenants on one port, of which the name names one; each says which one it is, with its own status. */
async function twoTenants() {
  const statuses: Record<string, number> = { [OLD]: 200, [NEW]: 200 };
  let port = 0;
  for (const address of [OLD, NEW]) {
    const server = http.createServer((request, response) => {
      request.resume().on("end", () => {
        response.writeHead(statuses[address] ?? 500, { "content-type": "text/plain" }).end(address);
      });
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    port = (server.address() as AddressInfo).port;
  }
  let current = OLD;
  const clock = manualClock();
  const { lookup } = namesAt(() => current);
  const g = await start({ upstream: `http://tenant.example.com:${port}`, reach: { lookup, clock } });
  return {
    clock,
    moves(oldNowSays: number) {
      current = NEW;
      statuses[OLD] = oldNowSays;
    },
    async read(): Promise<string> {
      const { status, text, headers } = await ask(g.url, "GET", "/openidm/managed/alpha_user/1");
      return `${status} ${text}, ${headers["x-gateway-attempts"]} attempts`;
    },
    async note(): Promise<string> {
      const { status, headers } = await ask(g.url, "POST", "/openidm/x?_action=note", { body: "{}" });
      return `${status}, ${headers["x-gateway-attempts"]} attempts`;
    },
    upload: () => ask(g.url, "PUT", "/openidm/x/1", { body: Buffer.alloc(1_100_000, "x") }),
  };
}

describe("the old address answers 503", () => {
  it("a read that meets it is answered by the new one, and so is every one after it", async () => {
    const tenants = await twoTenants();
    expect(await tenants.read()).toBe(`200 ${OLD}, 1 attempts`);
    tenants.moves(503);
    expect(await tenants.read()).toBe(`200 ${NEW}, 2 attempts`);
    expect(await tenants.read()).toBe(`200 ${NEW}, 1 attempts`);
  });

  it("what must not be sent twice is refused once, and then finds the new one", async () => {
    const tenants = await twoTenants();
    expect(await tenants.note()).toBe("200, 1 attempts");
    await tenants.clock.advance(5_000);
    tenants.moves(503);
    expect(await tenants.note()).toBe("503, 1 attempts");
    expect(await tenants.note()).toBe("200, 1 attempts");
  });

  it("so does what streams", async () => {
    const tenants = await twoTenants();
    expect((await tenants.upload()).text).toBe(OLD);
    await tenants.clock.advance(5_000);
    tenants.moves(503);
    expect((await tenants.upload()).status).toBe(503);
    expect((await tenants.upload()).text).toBe(NEW);
  });
});

it("the old address answers as ever: it is left when its connections are five minutes old", async () => {
  const tenants = await twoTenants();
  expect(await tenants.read()).toBe(`200 ${OLD}, 1 attempts`);
  tenants.moves(200);
  expect(await tenants.read()).toBe(`200 ${OLD}, 1 attempts`);
  await tenants.clock.advance(300_000);
  expect(await tenants.read()).toBe(`200 ${NEW}, 1 attempts`);
});
