/** Callers' connections when something is wrong with them: each ends, none takes more than its own, no answer goes to the wrong request. */
import { once } from "node:events";
import net, { type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type GatedUpstream, startGatedUpstream } from "../support/gated-upstream.ts";
import { ask, gateways, type Running } from "../support/gateway.ts";
import { type ManualClock, manualClock, someTurns, turnsUntil } from "../support/manual-clock.ts";
import { type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { type Talk, talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function speak(g: Running, bytes: string): Talk {
  const talking = talk(g.url, bytes);
  open.push({ close: () => talking.socket.destroy() });
  return talking;
}

async function upstream(onData: Parameters<typeof startRawUpstream>[0]): Promise<RawUpstream> {
  const raw = await startRawUpstream(onData);
  open.push(raw);
  return raw;
}

async function gated(): Promise<GatedUpstream> {
  const tenant = await startGatedUpstream();
  open.push(tenant);
  return tenant;
}

const connections = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));

async function untilNoConnections(server: Server): Promise<void> {
  while ((await connections(server)) > 0) await new Promise((resolve) => setImmediate(resolve));
}

const QUICK = "listener: { idle: 100ms, headers: 100ms }\n";

/** So much time passes, and slow callers are looked for before and after. */
async function slowly(g: Running, clock: ManualClock, ms: number): Promise<void> {
  await someTurns();
  g.server.letGoOfTheSlow();
  await clock.advance(ms);
  g.server.letGoOfTheSlow();
}

const READ = "/openidm/managed/alpha_user?_queryFilter=true";
const CONNECT = "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n";
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

describe("CONNECT", () => {
  it("from callers who reset at once harms nobody", async () => {
    const g = await start();
    for (let i = 0; i < 20; i++) {
      const socket = net.connect(Number(new URL(g.url).port), "127.0.0.1");
      await once(socket, "connect");
      socket.write(CONNECT);
      await new Promise((resolve) => setImmediate(resolve));
      socket.resetAndDestroy();
    }
    await untilNoConnections(g.server.http);
    expect((await ask(g.url, "GET", READ)).status).toBe(200);
  });

  it("is refused, logged, and its connection ended even when its caller never ends it", async () => {
    const clock = manualClock();
    const g = await start({ clock });
    const talking = speak(g, CONNECT);
    expect(await talking.over).toBeUndefined();
    expect(talking.statuses()).toEqual([405]);
    expect(g.exchanges()).toMatchObject([{ status: 405, method: "CONNECT", route: "unrouted", attempts: 0 }]);
    await clock.advance(2_000);
    await untilNoConnections(g.server.http);
  });

  it("behind requests in progress does not answer them, and they end", async () => {
    const g = await start();
    g.tenant.hang();
    const talking = speak(g, get(READ) + get(READ) + CONNECT);
    await talking.over;
    expect(talking.heard()).toBe("");
    await g.server.idle();
    expect(g.exchanges().map((each) => each.status)).toEqual([499, 499]);
    expect(g.gateway.families.snapshot()).toMatchObject([{ inFlight: 0, queued: 0 }]);
  });
});

describe("a caller who does not go away", () => {
  it.each([
    ["after a head that is not HTTP", "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400],
    ["after half a head", "GET / HTTP/1.1\r\nHost: a\r\n", 408],
    ["after a bad chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400],
  ])("%s is told why, and his connection is closed", async (_name, bytes, status) => {
    const clock = manualClock();
    const g = await start({ clock, policy: QUICK });
    const talking = speak(g, bytes);
    expect(await talking.over).toBeUndefined();
    expect(talking.statuses()).toEqual([status]);
    expect(talking.heard()).toContain("attempts=0; processed=no");
    await clock.advance(2_000);
    await untilNoConnections(g.server.http);
    await g.server.idle();
    expect(g.gateway.heldMemory.usedBytes).toBe(0);
    expect(g.exchanges()).toHaveLength(1);
  });

  it("and goes on sending after a bad head reads the answer nevertheless", async () => {
    const g = await start();
    const talking = speak(g, "PUT / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n");
    for (let i = 0; i < 50; i++) talking.socket.write("x".repeat(65_536));
    expect(await talking.over).toBeUndefined();
    expect(talking.statuses()).toEqual([400]);
  });

  it("and breaks off a body that already streams is not told that nothing was sent", async () => {
    const raw = await upstream(() => {});
    const g = await start({
      upstream: raw.url,
      policy: "replay: { maxBody: 1KiB, memory: 64MiB }\n",
    });
    const chunk = `1000\r\n${"x".repeat(4096)}\r\n`;
    const talking = speak(g, `PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
    await raw.until("x".repeat(4096));
    talking.socket.write("zz\r\n");
    await talking.over;
    expect(talking.statuses()).toEqual([400]);
    expect(talking.heard()).toContain("processed=unknown");
    expect(talking.heard()).not.toMatch(/attempts/i);
    talking.socket.destroy();
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ status: 400, meaning: "abandoned", attempts: 1 }]);
  });

  it("and never says a word is not spoken to either", async () => {
    const g = await start({ policy: QUICK });
    const connected = once(g.server.http, "connection");
    const talking = speak(g, "");
    await connected;
    await untilNoConnections(g.server.http);
    expect(talking.heard()).toBe("");
    expect(g.exchanges()).toEqual([]);
  });

  it("idles no longer than he may", async () => {
    const g = await start({ policy: QUICK });
    const talking = speak(g, get(READ));
    await talking.over;
    expect(talking.statuses()).toEqual([200]);
    await untilNoConnections(g.server.http);
  });
});

describe("requests in a row on one connection", () => {
  it("are answered in order, also when the first takes longest", async () => {
    const g = await start();
    g.tenant.dropBeforeCommit().dropBeforeCommit();
    const talking = speak(g, get("/openidm/a") + get("/openidm/b") + get(READ));
    await talking.until(/"result"/);
    expect(talking.statuses()).toEqual([404, 404, 200]);
  });

  it("wait behind a write for its answer, and a write for those before it", async () => {
    const tenant = await gated();
    const g = await start({ upstream: tenant.url });
    const put = "PUT /c HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
    const talking = speak(g, get("/a") + get("/b") + put + get("/d") + get("/e"));
    const came = (): string => tenant.came.map(({ path }) => path).join("");
    for (const [together, soFar] of [
      [2, "/a/b"],
      [1, "/a/b/c"],
      [2, "/a/b/c/d/e"],
    ] as const) {
      const before = tenant.came.length;
      await tenant.until(before + together);
      await someTurns();
      expect([...came()].toSorted()).toEqual([...soFar].toSorted());
      for (const each of tenant.came.slice(before)) each.answer();
    }
    await talking.until(/\/e/);
    expect(talking.heard().match(/\r\n\/./g)).toEqual(["\r\n/a", "\r\n/b", "\r\n/c", "\r\n/d", "\r\n/e"]);
  });

  it("of which the last never ends: what is said of it comes behind the others' answers", async () => {
    const tenant = await gated();
    const clock = manualClock();
    const g = await start({ clock, upstream: tenant.url });
    const talking = speak(g, `${get("/a")}POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{`);
    await tenant.until(1);
    // While the tenant is waited for, nobody reads the body, so that it is not late.
    await slowly(g, clock, 9_000);
    expect(talking.heard()).toBe("");
    tenant.came[0]?.answer();
    await talking.until(/\r\n\/a/);
    await slowly(g, clock, 30_000);
    await talking.until(/408/);
    await clock.advance(2_000);
    await talking.over;
    expect(talking.statuses()).toEqual([200, 408]);
    talking.socket.destroy();
    await g.server.idle();
    expect(g.gateway.heldMemory.usedBytes).toBe(0);
  });

  it("end together when their caller leaves, those too whose turn had not come", async () => {
    const g = await start();
    g.tenant.hang();
    const talking = speak(g, get(READ) + get(READ) + get(READ));
    await g.tenant.waitFor(3);
    await g.until((event) => event.kind === "attempt");
    talking.socket.destroy();
    await g.server.idle();
    expect(g.exchanges().map((each) => each.status)).toEqual([499, 499, 499]);
    expect(g.gateway.families.snapshot()).toMatchObject([{ inFlight: 0, queued: 0 }]);
  });
});

describe("a caller who does not take the answer", () => {
  const size = 50_000_000;
  const large = (): Promise<RawUpstream> =>
    upstream((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size));
    });

  it("is let go, with his place and the tenant's connection", async () => {
    const raw = await large();
    const clock = manualClock();
    const g = await start({ clock, upstream: raw.url });
    const connected = once(g.server.http, "connection");
    const talking = speak(g, get("/x"));
    talking.socket.pause();
    const [socket] = await connected;
    await turnsUntil(() => socket.writableLength > 0);
    await slowly(g, clock, 30_000);
    await g.ended(1);
    expect(g.exchanges()).toMatchObject([{ delivery: "caller-left" }]);
    await turnsUntil(() => raw.sockets.size === 0);
    expect(g.gateway.families.snapshot()).toMatchObject([{ inFlight: 0 }]);
    await untilNoConnections(g.server.http);
  });

  it("but waits for a slow tenant is not", async () => {
    const tenant = await gated();
    const clock = manualClock();
    const g = await start({ clock, upstream: tenant.url, policy: "listener: { stall: 1s }\n" });
    const slow = ask(g.url, "GET", READ);
    await tenant.until(1);
    await slowly(g, clock, 5_000);
    tenant.came[0]?.answer();
    expect((await slow).status).toBe(200);
  });
});
