/**
 * The contract of an attempt: one test for each behaviour that the gateway relies on, or that it has to be protected
 * from. Both engines keep it; it tells what breaks when one is changed.
 */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Departure, systemClock } from "../../src/clock.ts";
import { send } from "../../src/upstream/send.ts";
import { manualClock, someTurns } from "../support/manual-clock.ts";
import { plainAnswer, startRawUpstream } from "../support/raw-upstream.ts";
import { attempt, ENGINES, textOf, upstreams } from "./attempts.ts";

const { start: upstream, answering, tenantAt } = upstreams();

describe.each(ENGINES)("$engine", ({ through }) => {
  describe("what is sent", () => {
    it.each(["DELETE", "OPTIONS", "GET", "HEAD", "PATCH", "POST", "PUT"])(
      "a held body of %s goes with its exact length and never chunked",
      async (method) => {
        const { raw, tenant } = await answering("");
        await through(
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

    it.each(["/%2e%2e/x", "//double//slash", "/a/./b/../c", "/empty?", "/q?a=b?c&d=%20+", "/x;p=1", "*"])(
      "the path %s leaves byte for byte",
      async (pathAndQuery) => {
        // undici takes no `*`; what is sent with it goes through http-proxy in any case.
        const leaving = pathAndQuery === "*" ? send : through;
        const { raw, tenant } = await answering();
        await textOf(await leaving(attempt({ method: "OPTIONS", pathAndQuery }), tenant, systemClock));
        expect(raw.received[0]?.split("\r\n")[0]).toBe(`OPTIONS ${pathAndQuery} HTTP/1.1`);
      },
    );

    it("repeated header lines stay separate and in order", async () => {
      const { raw, tenant } = await answering();
      const headers = ["Host", "t.example.com", "X-A", "1", "X-B", "2", "x-a", "3"];
      await textOf(await through(attempt({ headers }), tenant, systemClock));
      expect(raw.received[0]?.toLowerCase().match(/x-a: \d/g)).toEqual(["x-a: 1", "x-a: 3"]);
    });

    it("a write without a body says content-length: 0", async () => {
      const { raw, tenant } = await answering();
      await textOf(await through(attempt({ method: "POST" }), tenant, systemClock));
      expect(raw.received[0]).toMatch(/content-length: 0\r\n/i);
    });
  });

  describe("what comes back", () => {
    it.each([
      ["small", 10, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno"],
      ["small", 10, "no HTTP"],
      ["large", 1_000_000, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno"],
      ["large", 1_000_000, "no HTTP"],
    ])(
      "a %s answer (%d bytes) is whole, also for a slow reader, when %j comes behind it",
      async (_name, bytes, behind) => {
        const { tenant } = await upstream((socket) =>
          socket.write(`${plainAnswer(200, "x".repeat(bytes))}${behind}`),
        );
        const received = await through(attempt(), tenant, systemClock);
        await someTurns();
        expect(await textOf(received)).toBe("x".repeat(bytes));
      },
    );

    it("an interim answer is not taken for the final one", async () => {
      const { tenant } = await upstream((socket) =>
        socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${plainAnswer(201, "made")}`),
      );
      expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("made");
    });

    it("a head of many fields, and a large one, is an answer like any other", async () => {
      const many = "x: y\r\n".repeat(3000);
      const large = `set-cookie: ${"c".repeat(3400)}\r\n`.repeat(18);
      const { tenant } = await upstream((socket, soFar) =>
        socket.write(plainAnswer(302, "", soFar.includes("/large") ? large : many)),
      );
      const fields = async (pathAndQuery: string): Promise<number> => {
        const received = await through(attempt({ pathAndQuery }), tenant, systemClock);
        return received.kind === "answer" ? received.head.headers.length / 2 : 0;
      };
      expect(await fields("/many")).toBe(3001);
      expect(await fields("/large")).toBe(19);
    });

    it("a second attempt rides the kept connection, and an unsafe one has a pool of its own", async () => {
      const { raw, tenant } = await answering();
      await textOf(await through(attempt(), tenant, systemClock));
      await textOf(await through(attempt(), tenant, systemClock));
      expect(raw.received).toHaveLength(1);
      await textOf(await through(attempt({ method: "POST", replay: "unsafe" }), tenant, systemClock));
      expect(raw.received).toHaveLength(2);
    });
  });

  describe("failures", () => {
    it("a refused connection: nothing was sent", async () => {
      const raw = await startRawUpstream(() => {});
      await raw.close();
      const tenant = tenantAt(raw.url);
      const sent = await through(attempt(), tenant, systemClock);
      expect(sent).toMatchObject({ kind: "failed", failure: "refused", code: "ECONNREFUSED", sent: false });
    });

    it("a name that does not exist: nothing was sent", async () => {
      const tenant = tenantAt("http://no-such-host.invalid");
      const sent = await through(attempt(), tenant, systemClock);
      expect(sent).toMatchObject({ kind: "failed", failure: "name-not-found", sent: false });
    });

    it("a reset before the head: it may have been read", async () => {
      const { tenant } = await upstream((socket) => socket.resetAndDestroy());
      const sent = await through(attempt(), tenant, systemClock);
      expect(sent).toMatchObject({ kind: "failed", failure: "reset", sent: true });
    });

    it.each([
      ["an orderly end without an answer", "", "reset"],
      ["half a head", "HTTP/1.1 200 OK\r\ncontent-le", "reset"],
      ["something that is not HTTP", "SSH-2.0-OpenSSH_9.6\r\n", "not-http"],
      ["a head above the limit", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(66_000)}\r\n\r\n`, "head-too-large"],
      [
        "a field too many for the limit",
        `HTTP/1.1 200 OK\r\n${`x: ${"y".repeat(997)}\r\n`.repeat(70)}\r\n`,
        "head-too-large",
      ],
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
      const sent = await through(attempt(), tenant, systemClock);
      expect(sent).toMatchObject({ kind: "failed", failure, sent: true });
    });

    it("a reset arrives although the engine would swallow it for a caller who has gone", async () => {
      const { tenant } = await upstream((socket) => socket.resetAndDestroy());
      const sent = await through(attempt({ method: "POST", replay: "unsafe" }), tenant, systemClock);
      expect(sent.kind).toBe("failed");
    });

    it("headers that cannot be sent fail the attempt instead of throwing", async () => {
      const { raw, tenant } = await answering();
      const sent = await through(attempt({ headers: ["Host", "t", "bad name", "x"] }), tenant, systemClock);
      expect(sent).toMatchObject({ kind: "failed", sent: false });
      expect(raw.received).toHaveLength(0);
    });
  });

  describe("time limits and callers who leave", () => {
    it("no head within the limit: the attempt ends and the connection is closed", async () => {
      const clock = manualClock();
      const { raw, tenant } = await upstream(() => {});
      const pending = through(attempt({ timeoutMs: 100 }), tenant, clock);
      await raw.until("GET /x");
      await clock.advance(100);
      expect(await pending).toMatchObject({ kind: "failed", failure: "timeout", sent: true });
      expect(clock.pending()).toBe(0);
    });

    it("a connection that does not stand within its own limit: nothing was sent", async () => {
      const clock = manualClock();
      // TEST-NET-1 would need a network; a TLS handshake that is never answered needs none.
      const { raw } = await upstream(() => {});
      const tenant = tenantAt(raw.url.replace("http:", "https:"));
      const pending = through(attempt({ connectMs: 50, timeoutMs: 100 }), tenant, clock);
      await raw.until("\x16\x03");
      await clock.advance(50);
      expect(await pending).toMatchObject({ kind: "failed", failure: "connect-timeout", sent: false });
    });

    it("a caller who leaves ends the attempt and closes the connection", async () => {
      const { raw, tenant } = await upstream(() => {});
      const left = new Departure();
      const pending = through(attempt({ left }), tenant, systemClock);
      await raw.until("GET /x");
      const closed = Promise.all(
        [...raw.sockets].map((socket) => new Promise((done) => socket.once("close", done))),
      );
      left.go();
      expect(await pending).toMatchObject({ kind: "failed", failure: "caller-left", sent: true });
      await closed;
    });

    it("a caller who left before is not bothered with a connection", async () => {
      const { raw, tenant } = await answering();
      const left = new Departure();
      left.go();
      const sent = await send(attempt({ left }), tenant, systemClock);
      expect(sent).toMatchObject({ failure: "caller-left", sent: false });
      expect(raw.received).toHaveLength(0);
    });

    it("many attempts of one caller leave nobody to be told of its going", async () => {
      const { tenant } = await answering();
      const left = new Departure();
      for (let i = 0; i < 15; i++) await textOf(await through(attempt({ left }), tenant, systemClock));
      expect(left.concerned).toBe(0);
    });
  });
});

describe("what streams", () => {
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
      expect(sent.kind).toBe("answer");
      expect(raw.received[0]).toMatch(/transfer-encoding: chunked\r\n/i);
      expect(raw.received[0]).not.toMatch(/content-length/i);
      expect(raw.received[0]).toMatch(/\r\n\r\n9\r\nGET \/evil\r\n0\r\n\r\n$/);
    },
  );
});
