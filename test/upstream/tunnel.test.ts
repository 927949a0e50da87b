/** The tenant behind a company's proxy: by CONNECT, whatever is sent and whichever engine sends it. */
import { readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { Readable } from "node:stream";
import tls from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { TlsPem } from "../../src/certificate.ts";
import { parseProxy } from "../../src/cli/serve/egress.ts";
import { Departure, systemClock } from "../../src/clock.ts";
import type { EgressProxy } from "../../src/upstream/way.ts";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.ts";
import { freePorts } from "../support/free-ports.ts";
import { manualClock, turnsUntil } from "../support/manual-clock.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { tenantAt } from "../support/tenant.ts";
import { attempt, ENGINES, textOf } from "./attempts.ts";

const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), "utf8");
const CERTIFICATE = { cert: pem("server"), key: pem("server.key") };

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const portOf = (raw: RawUpstream): number => Number(new URL(raw.url).port);

async function plainTenant(): Promise<RawUpstream> {
  const raw = await startRawUpstream((socket, soFar) => {
    if (soFar.endsWith("\r\n\r\n") || soFar.endsWith("END")) socket.write(plainAnswer(200, "ok"));
  });
  open.push(raw);
  return raw;
}

/** Says what it was asked for by TLS. */
async function secureTenant(certificate: tls.TlsOptions = CERTIFICATE) {
  const seen = { serverName: "", bytes: "" };
  const server = tls.createServer(certificate, (socket) => {
    seen.serverName = String((socket as { servername?: unknown }).servername);
    socket.on("error", () => {});
    socket.on("data", (piece) => {
      seen.bytes += piece.toString("latin1");
      socket.write(plainAnswer(200, "ok"));
    });
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(server);
  return { port: (server.address() as AddressInfo).port, seen };
}

async function proxied(...how: Parameters<typeof startConnectProxy>): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(...how);
  open.push(proxy);
  return proxy;
}

function proxyAt(address: string, ca?: string): EgressProxy {
  const parsed = parseProxy(address);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return ca === undefined ? parsed.proxy : { ...parsed.proxy, tls: () => ({ ca }) };
}

function reached(url: string, proxy: EgressProxy, given: TlsPem = {}) {
  const tenant = tenantAt(url, { proxy, tls: () => given });
  open.push(tenant);
  return tenant;
}

describe.each(ENGINES)("$engine", ({ through }) => {
  it("a tenant with TLS: the proxy sees its name and port, and nothing else of what is sent", async () => {
    const { port, seen } = await secureTenant();
    const proxy = await proxied(port);
    const tenant = reached("https://localhost.:8443", proxyAt(proxy.authority), { ca: pem("ca") });
    for (let i = 0; i < 3; i++)
      expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    expect(proxy.asked).toEqual(["CONNECT localhost:8443 HTTP/1.1\r\nHost: localhost:8443\r\n\r\n"]);
    expect(seen.serverName).toBe("localhost");
    expect(seen.bytes.match(/GET \/x HTTP\/1\.1/g)).toHaveLength(3);
  });

  it("a tenant without TLS goes the same way", async () => {
    const proxy = await proxied(portOf(await plainTenant()));
    const tenant = reached("http://am.internal.example.com:8080", proxyAt(`http://${proxy.authority}`));
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    expect(proxy.asked[0]).toMatch(/^CONNECT am\.internal\.example\.com:8080 HTTP\/1\.1\r\n/);
  });

  it("a proxy that is spoken to by TLS, with authorities of its own, and TLS to the tenant inside", async () => {
    const { port } = await secureTenant();
    const proxy = await proxied(port, { tls: CERTIFICATE });
    const address = `https://${proxy.authority.replace("127.0.0.1", "localhost")}`;
    const tenant = reached("https://localhost:8443", proxyAt(address, pem("ca")), { ca: pem("ca") });
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");

    const strange = reached("https://localhost:8443", proxyAt(address), { ca: pem("ca") });
    expect(await through(attempt(), strange, systemClock)).toMatchObject({
      failure: "proxy-failed",
      code: "PROXY_UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      sent: false,
    });
  });

  it("credentials go to the proxy, as they were meant, and not to the tenant", async () => {
    const raw = await plainTenant();
    const proxy = await proxied(portOf(raw));
    const address = proxyAt(`http://us%40er:p%3Ass%C3%A9@${proxy.authority}`);
    const tenant = reached("http://tenant.example.com", address);
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    const expected = Buffer.from("us@er:p:ss\u00e9").toString("base64");
    expect(proxy.asked[0]).toContain(`\r\nProxy-Authorization: Basic ${expected}\r\n`);
    expect(raw.received.join("")).not.toMatch(/proxy-/i);
  });

  it("the tenant's certificate is checked as ever, by name and by address", async () => {
    const { port, seen } = await secureTenant({ cert: pem("other-name"), key: pem("other-name.key") });
    const proxy = await proxied(port);
    for (const host of ["localhost", "127.0.0.9"]) {
      const tenant = reached(`https://${host}:8443`, proxyAt(proxy.authority), { ca: pem("ca") });
      const failed = { failure: "certificate", sent: false };
      expect(await through(attempt(), tenant, systemClock)).toMatchObject(failed);
    }
    expect(seen.bytes).toBe("");
  });

  it.each([
    [
      "407",
      "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
      "PROXY_407",
      "credentials",
    ],
    ["403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ndenied", "PROXY_403", "rules"],
    ["502", "HTTP/1.1 502 Bad Gateway\r\n\r\n", "PROXY_502", "could not reach the tenant"],
    ["405", "HTTP/1.1 405 Not Allowed\r\n\r\n", "PROXY_405", "CONNECT"],
    ["garbage", "SSH-2.0-OpenSSH_9.6\r\n", "PROXY_NOT_HTTP", "is not an HTTP proxy"],
    ["half a head", "HTTP/1.1 200 Conn", "PROXY_ECONNRESET", "could not be reached"],
    [
      "a head without end",
      `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}`,
      "PROXY_NOT_HTTP",
      "is not an HTTP proxy",
    ],
  ])(
    "a proxy that answers %s: nothing was sent, and who it was is said without secrets",
    async (_name, says, code, hint) => {
      const proxy = await proxied(0, { says });
      const tenant = reached(
        "http://tenant.example.com",
        proxyAt(`http://canary:hunter2@${proxy.authority}`),
      );
      const failed = await through(attempt(), tenant, systemClock);
      expect(failed).toMatchObject({ failure: "proxy-failed", code, sent: false });
      const said = JSON.stringify(failed);
      expect(said).toContain(`http://${proxy.authority}`);
      expect(said).toContain(hint);
      expect(said).not.toMatch(/canary|hunter2|Basic/);
      await turnsUntil(() => proxy.sockets.size === 0);
    },
  );

  it("a proxy that puts bytes of its own into the tunnel makes none", async () => {
    const proxy = await proxied(portOf(await plainTenant()), { ahead: plainAnswer(200, "poison") });
    const tenant = reached("http://tenant.example.com", proxyAt(proxy.authority));
    expect(await through(attempt(), tenant, systemClock)).toMatchObject({
      failure: "proxy-failed",
      code: "PROXY_NOT_A_TUNNEL",
    });
  });

  it("a proxy that is not there", async () => {
    const [port] = await freePorts(1);
    const tenant = reached("http://tenant.example.com", proxyAt(`127.0.0.1:${port}`));
    expect(await through(attempt(), tenant, systemClock)).toMatchObject({
      failure: "proxy-failed",
      code: "PROXY_ECONNREFUSED",
      explanation: `The proxy http://127.0.0.1:${port} could not be reached (ECONNREFUSED).`,
    });
  });

  it("the limit for connecting covers the way to the proxy, its answer, and TLS with the tenant", async () => {
    // A tenant that never answers the handshake.
    const mute = await startRawUpstream(() => {});
    open.push(mute);
    const silent = await proxied(0, { says: "" });
    const talking = await proxied(portOf(mute));
    for (const [proxy, hasBegun] of [
      [silent, () => silent.until(1)],
      [talking, () => mute.until("\x16\x03")],
    ] as const) {
      const clock = manualClock();
      const tenant = reached("https://localhost:8443", proxyAt(proxy.authority));
      const pending = through(attempt({ connectMs: 50, timeoutMs: 100 }), tenant, clock);
      await hasBegun();
      await clock.advance(50);
      expect(await pending).toMatchObject({
        failure: "connect-timeout",
        sent: false,
        explanation: `It is reached through the proxy http://${proxy.authority}.`,
      });
      await turnsUntil(() => proxy.sockets.size === 0);
    }
  });

  it("an attempt that is given up while the proxy is asked leaves no connection behind", async () => {
    const proxy = await proxied(0, { says: "" });
    const tenant = reached("http://tenant.example.com", proxyAt(proxy.authority));
    const left = new Departure();
    const pending = through(attempt({ left }), tenant, systemClock);
    await proxy.until(1);
    left.go();
    expect(await pending).toMatchObject({ failure: "caller-left", sent: false });
    await turnsUntil(() => proxy.sockets.size === 0);
  });

  it("a tunnel that breaks before the answer is the tenant's own reset", async () => {
    const raw = await startRawUpstream((socket) => socket.resetAndDestroy());
    open.push(raw);
    const proxy = await proxied(portOf(raw));
    const tenant = reached("http://tenant.example.com", proxyAt(proxy.authority));
    expect(await through(attempt(), tenant, systemClock)).toMatchObject({ failure: "reset", sent: true });
  });
});

it("a streamed upload of a megabyte arrives whole, through two layers of TLS", async () => {
  let received = 0;
  const server = tls.createServer(CERTIFICATE, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (piece) => {
      received += piece.length;
      if (piece.toString("latin1").endsWith("0\r\n\r\n")) socket.write(plainAnswer(200, "got it"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(server);
  const proxy = await proxied((server.address() as AddressInfo).port, { tls: CERTIFICATE });
  const address = `https://${proxy.authority.replace("127.0.0.1", "localhost")}`;
  const tenant = reached("https://localhost:8443", proxyAt(address, pem("ca")), { ca: pem("ca") });
  const stream = Readable.from(Array.from({ length: 16 }, () => Buffer.alloc(64 * 1024, "x")));
  const body = { kind: "streamed", stream, length: undefined } as const;
  const [, { through }] = ENGINES;
  expect(await textOf(await through(attempt({ method: "PUT", body }), tenant, systemClock))).toBe("got it");
  expect(received).toBeGreaterThan(1_048_576);
});

it("an address of version 6 keeps its brackets", async () => {
  const proxy = await proxied(portOf(await plainTenant()));
  const tenant = reached("http://[2001:db8::1]:8080", proxyAt(proxy.authority));
  expect(net.isIPv6(tenant.hostname)).toBe(true);
  const [{ through }] = ENGINES;
  expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
  expect(proxy.asked[0]).toMatch(/^CONNECT \[2001:db8::1\]:8080 /);
});
