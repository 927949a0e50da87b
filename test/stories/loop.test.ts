/** A gateway whose upstream leads back to a gateway: an operator's mistake must not become a storm. */
import { type AddressInfo, connect, createServer } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";

const start = gateways();
const toClose: (() => void)[] = [];
afterAll(() => {
  for (const close of toClose) close();
});

/** A way to a port that is only known later. */
async function detour(): Promise<{ readonly url: string; leadTo(url: string): void }> {
  let port = 0;
  const server = createServer((socket) => {
    const onward = connect(port, "127.0.0.1");
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  toClose.push(() => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (url) => {
      port = Number(new URL(url).port);
    },
  };
}

describe("a gateway before itself", () => {
  it("ends the circle with 508 and says what to change", async () => {
    const way = await detour();
    const g = await start({ upstream: way.url });
    way.leadTo(g.url);
    const answer = await ask(g.url, "POST", "/openidm/managed/alpha_user?_action=create", { body: "{}" });
    expect(answer.status).toBe(508);
    await g.ended(3);
    const own = g.exchanges().filter(({ route }) => route === "unrouted");
    expect(own).toMatchObject([{ status: 508, attempts: 0 }]);
    expect(g.exchanges().filter(({ attempts }) => attempts === 1)).toHaveLength(3);
  });

  it("makes few requests of a read, which is tried again", async () => {
    const way = await detour();
    const g = await start({ upstream: way.url });
    way.leadTo(g.url);
    expect((await ask(g.url, "GET", "/openidm/managed/alpha_user/1")).status).toBe(508);
    expect(g.exchanges().length).toBeLessThanOrEqual(15);
  });
});

describe("gateways one behind the other", () => {
  it("are as many as three", async () => {
    const last = await start();
    const middle = await start({ upstream: last.url });
    const first = await start({ upstream: middle.url });
    const answer = await ask(first.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true");
    expect(answer.status).toBe(200);
    const via = last.tenant.saw[0]?.rawHeaders ?? [];
    expect(via.filter((value) => value === "1.1 crest-gateway")).toHaveLength(3);
  });
});
