/** Callers that speak TLS: who gets in, that nothing else changes for them, and certificates that are exchanged meanwhile. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Server as PlainServer } from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { afterEach, describe, expect, it, type TestContext } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Event } from "../../src/observe/events.ts";
import { drain } from "../../src/server/drain.ts";
import { type Authority, makeAuthority, pair, pem } from "../support/certificates.ts";
import { ask, gateways, type Running } from "../support/gateway.ts";
import { turnsUntil } from "../support/manual-clock.ts";
import { rawRequest } from "../support/raw-client.ts";
import { startRawUpstream } from "../support/raw-upstream.ts";
import { requireTool } from "../support/tools.ts";

const start = gateways();
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const READ = "/openidm/managed/alpha_user?_queryFilter=true";
const TRUSTING = { ca: pem("ca"), servername: "localhost" };
const read = (g: Running, more: https.RequestOptions = {}, headers = {}) =>
  ask(g.url, "GET", READ, { tls: { ...TRUSTING, ...more }, headers });

const failed = (event: Event): boolean => event.kind === "handshake-failed";
const reasons = (g: Running): string[] =>
  g.events.flatMap((event) => (event.kind === "handshake-failed" ? [event.reason] : []));

/** Connects by TLS with those options, and says how that went: the protocol, or the error's code. */
async function handshake(g: Running, options: tls.ConnectionOptions): Promise<string> {
  const socket = tls.connect({ host: "127.0.0.1", port: portOf(g), ...TRUSTING, ...options });
  open.push({ close: () => socket.destroy() });
  return new Promise((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("secureConnect", () => {
      // With TLS 1.3 a client is through before the server has looked at its certificate.
      socket.write("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      socket.once("data", () => resolve(`${socket.getProtocol()} ${socket.alpnProtocol}`));
      socket.once("close", () => resolve("closed"));
    });
  });
}

const forwardedOf = (g: Running, request: number): string | undefined => {
  const headers = g.tenant.saw[request]?.rawHeaders ?? [];
  return headers[headers.findIndex((name) => name.toLowerCase() === "forwarded") + 1];
};

const portOf = (g: Running): number => Number(new URL(g.url).port);

describe("a caller that speaks TLS", () => {
  it("is served, and the tenant is told by which scheme it came", async () => {
    const g = await start({ listenerTls: pair("server"), policy: "forwarded: append" });
    expect((await read(g)).status).toBe(200);
    expect(forwardedOf(g, 0)).toMatch(/;proto=https$/);
    await read(g, {}, { "x-forwarded-proto": "http" });
    expect(forwardedOf(g, 1)).toMatch(/;proto=http$/);
  });

  it("gets links that lead back the way it came", async () => {
    const raw = await startRawUpstream((socket) =>
      socket.write(`HTTP/1.1 201 Created\r\nlocation: ${raw.url}/a\r\ncontent-length: 0\r\n\r\n`),
    );
    open.push(raw);
    const g = await start({ listenerTls: pair("server"), upstream: raw.url });
    const host = { host: "gateway.example.com" };
    expect((await read(g, {}, host)).headers.location).toBe("https://gateway.example.com/a");
    const plain = { ...host, "x-forwarded-proto": "http" };
    expect((await read(g, {}, plain)).headers.location).toBe("http://gateway.example.com/a");
  });

  it.each([
    ["TLS 1.3 and HTTP/2 as well", { ALPNProtocols: ["h2", "http/1.1"] }, "TLSv1.3 http/1.1"],
    ["TLS 1.2 and no ALPN", { maxVersion: "TLSv1.2" }, "TLSv1.2 false"],
  ] as const)("may offer %s", async (_, options, spoken) => {
    const g = await start({ listenerTls: pair("server") });
    expect(await handshake(g, options as tls.ConnectionOptions)).toBe(spoken);
  });

  it.each([
    [
      "nothing newer than TLS 1.1",
      { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" },
      "version",
    ],
    ["HTTP/2 alone", { ALPNProtocols: ["h2"] }, "version"],
  ] as const)("may not offer %s", async (_, options, reason) => {
    const g = await start({ listenerTls: pair("server") });
    expect(await handshake(g, options as tls.ConnectionOptions)).toMatch(/^ERR_SSL/);
    await g.until(failed);
    expect(reasons(g)).toEqual([reason]);
    expect((await read(g)).status).toBe(200);
  });
});

describe("what is no TLS", () => {
  it.each([
    ["plain HTTP", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "not-tls"],
    ["bytes without a sense", "\x00\x01\x02\x03 and so on and so forth\r\n\r\n", "not-tls"],
  ])("%s ends, and harms nobody", async (_, bytes, reason) => {
    const g = await start({ listenerTls: pair("server") });
    const socket = net.connect(portOf(g), "127.0.0.1").on("error", () => {});
    socket.resume().write(bytes, "latin1");
    await once(socket, "close");
    await g.until(failed);
    expect(reasons(g)).toEqual([reason]);
    expect((await read(g)).status).toBe(200);
    expect(g.exchanges()).toHaveLength(1);
  });

  it("a caller that leaves in the middle is no more than counted", async () => {
    const g = await start({ listenerTls: pair("server") });
    const connected = once(g.server.http, "connection");
    const socket = net.connect(portOf(g), "127.0.0.1").on("error", () => {});
    await connected;
    socket.resetAndDestroy();
    await g.until(failed);
    expect(reasons(g)).toEqual(["left"]);
  });

  it("a handshake that takes too long is ended", async () => {
    const g = await start({ listenerTls: pair("server"), policy: "listener: { headers: 100ms }\n" });
    const socket = net.connect(portOf(g), "127.0.0.1").on("error", () => {});
    await once(socket.resume(), "close");
    await g.until(failed);
    expect(reasons(g)).toEqual(["too-slow"]);
  });

  it("a handshake under way is not waited for at the end", async () => {
    const g = await start({ listenerTls: pair("server"), policy: "listener: { headers: 5m }\n" });
    const connected = once(g.server.http, "connection");
    const socket = net.connect(portOf(g), "127.0.0.1").on("error", () => {});
    open.push({ close: () => socket.destroy() });
    await connected;
    expect(await drain(g.server, { delayMs: 0, limitMs: 10_000 }, systemClock)).toBe("finished");
  });
});

describe("TLS changes nothing but itself", () => {
  it("every setting of the plain server is the secure one's too", async () => {
    const [plain, secure] = [await start(), await start({ listenerTls: pair("server") })];
    expect(plain.server.http).toBeInstanceOf(PlainServer);
    const settings = Object.entries(plain.server.http).filter(
      ([name, value]) => !name.startsWith("_") && value !== 0 && /^(number|boolean)$/.test(typeof value),
    );
    expect(settings.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        "headersTimeout",
        "keepAliveTimeout",
        "httpAllowHalfOpen",
        "maxHeaderSize",
        "noDelay",
      ]),
    );
    expect(secure.server.http).toMatchObject(Object.fromEntries(settings));
  });

  it.each([
    ["no HTTP", "\x16\x03\x01\x02\x00\x01\x00"],
    ["a head that is too large", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(17_000)}\r\n\r\n`],
    ["a length that is no number", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"],
    ["no Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"],
    ["half a head", "GET / HTTP/1.1\r\nHos"],
  ])("%s is told the same as without", async (_, bytes) => {
    const policy = "listener: { headers: 200ms }\n";
    const told = async (g: Running): Promise<string> =>
      (await rawRequest(g.url, bytes)).bytes.replace(/^date: .*\r\n/im, "");
    const plain = await told(await start({ policy }));
    expect(plain).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await told(await start({ policy, listenerTls: pair("server") }))).toBe(plain);
  });

  it.for([
    ["half an answer", 200_000, /unexpected eof/],
    ["a whole one", 1, /^(?!.*unexpected eof)/s],
  ] as const)("%s looks like it to an HTTP/1.0 caller, too", async ([, bytes, said], context) => {
    const raw = await startRawUpstream((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(bytes)}`);
      if (bytes === 1) socket.end();
    });
    open.push(raw);
    const g = await start({ listenerTls: pair("server"), upstream: raw.url });
    // Node takes every end for a good one.
    const caller = spawn(requireTool(context, "openssl"), [
      "s_client",
      "-quiet",
      "-connect",
      `127.0.0.1:${portOf(g)}`,
    ]);
    open.push({ close: () => caller.kill() });
    let heard = "";
    caller.stderr.on("data", (piece) => {
      heard += piece;
    });
    caller.stdin.write("GET /x HTTP/1.0\r\n\r\n");
    caller.stdout.once("data", () => {
      if (bytes > 1) for (const each of raw.sockets) each.resetAndDestroy();
    });
    await once(caller, "close");
    expect(heard).toMatch(said);
    await g.ended(1);
    expect(g.exchanges()[0]?.error).toBeUndefined();
  });
});

describe("callers that have to show a certificate", () => {
  const mutual = async (context: TestContext, callers: Authority = makeAuthority(context, "callers")) => {
    const g = await start({ listenerTls: { ...pair("server"), ca: callers.ca } });
    return { g, callers };
  };

  it("are served with one of the right authority", async (context) => {
    const { g, callers } = await mutual(context);
    expect((await read(g, callers.issue("app"))).status).toBe(200);
    expect(reasons(g)).toEqual([]);
  });

  it.for(["TLSv1.2", "TLSv1.3"] as const)(
    "are refused in the handshake without one, and with any other: %s",
    async (maxVersion, context) => {
      const { g, callers } = await mutual(context);
      const wrong = [
        [{}, "no-certificate"],
        [pair("client"), "bad-certificate"],
        [makeAuthority(context, "callers").issue("app"), "bad-certificate"],
      ] as const;
      for (const [shown, reason] of wrong) {
        expect(await handshake(g, { ...shown, maxVersion })).not.toMatch(/^TLS/);
        await g.until((event) => event.kind === "handshake-failed" && event.reason === reason);
      }
      expect(reasons(g)).toEqual(wrong.map(([, reason]) => reason));
      expect((await read(g, { ...callers.issue("app"), maxVersion })).status).toBe(200);
      expect(g.exchanges()).toHaveLength(1);
      expect(g.tenant.saw).toHaveLength(1);
    },
  );

  it("are refused with one that has ended", async (context) => {
    const { g } = await mutual(context, { ca: pem("ca"), issue: () => pair("expired") });
    expect(await handshake(g, pair("expired"))).not.toMatch(/^TLS/);
    await g.until(failed);
    expect(g.events).toContainEqual({
      kind: "handshake-failed",
      reason: "bad-certificate",
      failure: "CERT_HAS_EXPIRED",
    });
  });

  it("that do not trust the gateway's own certificate are counted as such", async (context) => {
    const g = await start({ listenerTls: pair("server") });
    const openssl = requireTool(context, "openssl");
    // It tells the other side so, which Node's client does not.
    const asking = spawn(openssl, ["s_client", "-verify_return_error", "-connect", `127.0.0.1:${portOf(g)}`]);
    open.push({ close: () => asking.kill() });
    await g.until(failed);
    expect(reasons(g)).toEqual(["distrusted"]);
  });
});

describe("a renewed certificate", () => {
  const serialOf = async (g: Running, ca: string): Promise<string> => {
    const socket = tls.connect({ host: "127.0.0.1", port: portOf(g), ca, servername: "localhost" });
    await once(socket, "secureConnect");
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };

  it("is shown on new connections, and those that stand go on: not one request is lost", async (context) => {
    const authority = makeAuthority(context, "gateway");
    const g = await start({ listenerTls: authority.issue("old") });
    const trusting = { ca: authority.ca, servername: "localhost" };
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...trusting });
    const connectingAnew = new https.Agent({ ...trusting, maxCachedSessions: 0 });
    open.push({ close: () => agent.destroy() });
    let asking = true;
    const statuses: number[] = [];
    const caller = async (by: https.Agent): Promise<void> => {
      while (asking) statuses.push((await ask(g.url, "GET", READ, { agent: by })).status);
    };
    const kept = new Set<unknown>();
    agent.on("free", (socket) => kept.add(socket));
    const callers = [agent, connectingAnew, connectingAnew].map(caller);
    const serials = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const answered = statuses.length;
      g.server.renewTls(authority.issue(`new ${i}`));
      serials.add(await serialOf(g, authority.ca));
      await turnsUntil(() => statuses.length > answered + 10);
    }
    asking = false;
    await Promise.all(callers);
    expect(serials.size).toBe(4);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(kept.size).toBe(1);
  });

  it("makes tickets void: who was let in by an authority that is not believed any more stays out", async (context) => {
    const [before, after] = [makeAuthority(context, "before"), makeAuthority(context, "after")];
    const g = await start({ listenerTls: { ...pair("server"), ca: before.ca } });
    const shown = before.issue("app");
    const first = tls.connect({ host: "127.0.0.1", port: portOf(g), ...TRUSTING, ...shown });
    const [session] = await once(first, "session");
    first.destroy();
    expect(await handshake(g, { ...shown, session })).toContain("TLSv1.3");
    g.server.renewTls({ ...pair("server"), ca: after.ca });
    expect(await handshake(g, { ...shown, session })).not.toMatch(/^TLS/);
    expect(await handshake(g, after.issue("app"))).toContain("TLSv1.3");
  });
});
