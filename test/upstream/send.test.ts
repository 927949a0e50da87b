/**
 * The contract with http-proxy: one test for each behaviour of the engine that an attempt relies on, or that it has to
 * be protected from. They hold for http-proxy-3 and tell what breaks when the engine is changed.
 */
import { getEventListeners } from "node:events";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { type Attempt, type Sent, send } from "../../src/upstream/send.ts";
import { createTenant, type Tenant } from "../../src/upstream/tenant.ts";
import { manualClock } from "../support/manual-clock.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function upstream(
  onData: Parameters<typeof startRawUpstream>[0],
): Promise<{ raw: RawUpstream; tenant: Tenant }> {
  const raw = await startRawUpstream(onData);
  const tenant = createTenant(new URL(raw.url));
  open.push(raw, tenant);
  return { raw, tenant };
}

const answering = (body = "{}") =>
  upstream((socket, soFar) => {
    if (soFar.endsWith("\r\n\r\n") || soFar.endsWith("END")) socket.write(plainAnswer(200, body));
  });

function attempt(parts: Partial<Attempt> = {}): Attempt {
  return {
    method: "GET",
    pathAndQuery: "/x",
    headers: ["Host", "tenant.example.com"],
    body: { kind: "none" },
    replay: "read",
    connectMs: 5_000,
    timeoutMs: 5_000,
    ...parts,
  };
}

async function textOf(sent: Sent): Promise<string> {
  if (sent.kind === "failed") throw new Error(`failed: ${sent.failure} ${sent.code}`);
  const pieces: Buffer[] = [];
  for await (const piece of sent.message) pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}

describe("what is sent", () => {
  it.each(["DELETE", "OPTIONS", "GET", "HEAD", "PATCH", "POST", "PUT"])(
    "a held body of %s goes with its exact length and never chunked",
    async (method) => {
      const { raw, tenant } = await answering("");
      await send(
        attempt({ method, body: { kind: "held", bytes: Buffer.from("body END") } }),
        tenant,
        systemClock,
      );
      await raw.until("END");
      expect(raw.received[0]).toMatch(new RegExp(`^${method} /x HTTP/1.1\r\n`));
      expect(raw.received[0]).toMatch(/content-length: 8\r\n/i);
      expect(raw.received[0]).not.toMatch(/transfer-encoding/i);
      expect(raw.received[0]).toMatch(/\r\n\r\nbody END$/);
    },
  );

  it.each(["DELETE", "OPTIONS", "GET"])(
    "a streamed body of %s without a length is chunked",
    async (method) => {
      const { raw, tenant } = await upstream((socket, soFar) => {
        if (soFar.endsWith("0\r\n\r\n")) socket.write(plainAnswer(200, ""));
      });
      const body = {
        kind: "streamed",
        stream: Readable.from([Buffer.from("GET /evil")]),
        length: undefined,
      } as const;
      const sent = await send(attempt({ method, body }), tenant, systemClock);
      expect(sent.kind).toBe("head");
      expect(raw.received[0]).toMatch(/transfer-encoding: chunked\r\n/i);
      expect(raw.received[0]).not.toMatch(/content-length/i);
      expect(raw.received[0]).toMatch(/\r\n\r\n9\r\nGET \/evil\r\n0\r\n\r\n$/);
    },
  );

  it.each(["/%2e%2e/x", "//double//slash", "/a/./b/../c", "/empty?", "/q?a=b?c&d=%20+", "/x;p=1", "*"])(
    "the path %s leaves byte for byte",
    async (pathAndQuery) => {
      const { raw, tenant } = await answering();
      await textOf(await send(attempt({ method: "OPTIONS", pathAndQuery }), tenant, systemClock));
      expect(raw.received[0]?.split("\r\n")[0]).toBe(`OPTIONS ${pathAndQuery} HTTP/1.1`);
    },
  );

  it("repeated header lines stay separate and in order", async () => {
    const { raw, tenant } = await answering();
    const headers = ["Host", "t.example.com", "X-A", "1", "X-B", "2", "x-a", "3"];
    await textOf(await send(attempt({ headers }), tenant, systemClock));
    expect(raw.received[0]?.match(/x-a: \d/gi)).toEqual(["x-a: 1", "x-a: 3"]);
  });

  it("a write without a body says content-length: 0", async () => {
    const { raw, tenant } = await answering();
    await textOf(await send(attempt({ method: "POST" }), tenant, systemClock));
    expect(raw.received[0]).toMatch(/content-length: 0\r\n/i);
  });
});

describe("what comes back", () => {
  it("a head resolves before the body has come", async () => {
    const { tenant } = await upstream((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab"),
    );
    const sent = await send(attempt(), tenant, systemClock);
    expect(sent.kind).toBe("head");
  });

  it("an interim answer is not taken for the final one", async () => {
    const { tenant } = await upstream((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${plainAnswer(201, "made")}`),
    );
    expect(await textOf(await send(attempt(), tenant, systemClock))).toBe("made");
  });

  it("a second attempt rides the kept connection, and an unsafe one has a pool of its own", async () => {
    const { raw, tenant } = await answering();
    await textOf(await send(attempt(), tenant, systemClock));
    await textOf(await send(attempt(), tenant, systemClock));
    expect(raw.received).toHaveLength(1);
    await textOf(await send(attempt({ method: "POST", replay: "unsafe" }), tenant, systemClock));
    expect(raw.received).toHaveLength(2);
  });
});

describe("failures", () => {
  it("a refused connection: nothing was sent", async () => {
    const raw = await startRawUpstream(() => {});
    await raw.close();
    const tenant = createTenant(new URL(raw.url));
    open.push(tenant);
    const sent = await send(attempt(), tenant, systemClock);
    expect(sent).toEqual({ kind: "failed", failure: "refused", code: "ECONNREFUSED", sent: false });
  });

  it("a name that does not exist: nothing was sent", async () => {
    const tenant = createTenant(new URL("http://no-such-host.invalid"));
    open.push(tenant);
    const sent = await send(attempt(), tenant, systemClock);
    expect(sent).toMatchObject({ kind: "failed", failure: "name-not-found", sent: false });
  });

  it("a reset before the head: it may have been read", async () => {
    const { tenant } = await upstream((socket) => socket.resetAndDestroy());
    const sent = await send(attempt(), tenant, systemClock);
    expect(sent).toMatchObject({ kind: "failed", failure: "reset", sent: true });
  });

  it.each([
    ["an orderly end without an answer", "", "reset"],
    ["half a head", "HTTP/1.1 200 OK\r\ncontent-le", "reset"],
    ["something that is not HTTP", "SSH-2.0-OpenSSH_9.6\r\n", "not-http"],
    ["a head larger than any", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`, "not-http"],
    [
      "two different lengths",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
      "not-http",
    ],
    [
      "a switch of protocols that nobody asked for",
      "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      "reset",
    ],
  ])("%s", async (_name, bytes, failure) => {
    const { tenant } = await upstream((socket) => socket.end(bytes));
    const sent = await send(attempt(), tenant, systemClock);
    expect(sent).toMatchObject({ kind: "failed", failure, sent: true });
  });

  it("a reset arrives although the engine would swallow it for a caller who has gone", async () => {
    const { tenant } = await upstream((socket) => socket.resetAndDestroy());
    const sent = await send(attempt({ method: "POST", replay: "unsafe" }), tenant, systemClock);
    expect(sent.kind).toBe("failed");
  });

  it("headers that cannot be sent fail the attempt instead of throwing", async () => {
    const { raw, tenant } = await answering();
    const sent = await send(attempt({ headers: ["Host", "t", "bad name", "x"] }), tenant, systemClock);
    expect(sent).toMatchObject({ kind: "failed", sent: false });
    expect(raw.received).toHaveLength(0);
  });
});

describe("time limits and callers who leave", () => {
  it("no head within the limit: the attempt ends and the connection is closed", async () => {
    const clock = manualClock();
    const { raw, tenant } = await upstream(() => {});
    const pending = send(attempt({ timeoutMs: 100 }), tenant, clock);
    await raw.until("GET /x");
    await clock.advance(100);
    expect(await pending).toMatchObject({ kind: "failed", failure: "timeout", sent: true });
    expect(clock.pending()).toBe(0);
  });

  it("a connection that does not stand within its own limit: nothing was sent", async () => {
    const clock = manualClock();
    // TEST-NET-1 would need a network; a TLS handshake that is never answered needs none.
    const { raw } = await upstream(() => {});
    const tenant = createTenant(new URL(raw.url.replace("http:", "https:")));
    open.push(tenant);
    const pending = send(attempt({ connectMs: 50, timeoutMs: 100 }), tenant, clock);
    await raw.until("\x16\x03");
    await clock.advance(50);
    expect(await pending).toMatchObject({ kind: "failed", failure: "connect-timeout", sent: false });
  });

  it("a caller who leaves ends the attempt and closes the connection", async () => {
    const { raw, tenant } = await upstream(() => {});
    const left = new AbortController();
    const pending = send(attempt({ signal: left.signal }), tenant, systemClock);
    await raw.until("GET /x");
    const closed = Promise.all(
      [...raw.sockets].map((socket) => new Promise((done) => socket.once("close", done))),
    );
    left.abort();
    expect(await pending).toMatchObject({ kind: "failed", failure: "caller-left", sent: true });
    await closed;
  });

  it("a caller who left before is not bothered with a connection", async () => {
    const { raw, tenant } = await answering();
    const sent = await send(attempt({ signal: AbortSignal.abort() }), tenant, systemClock);
    expect(sent).toMatchObject({ failure: "caller-left", sent: false });
    expect(raw.received).toHaveLength(0);
  });

  it("many attempts of one caller leave nothing behind on its signal", async () => {
    const { tenant } = await answering();
    const left = new AbortController();
    for (let i = 0; i < 15; i++)
      await textOf(await send(attempt({ signal: left.signal }), tenant, systemClock));
    expect(getEventListeners(left.signal, "abort")).toHaveLength(0);
  });
});
