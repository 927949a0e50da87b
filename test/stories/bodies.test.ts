/** Bodies both ways: held or streamed, whole or cut, large or none. */
import http from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";

const start = gateways();

const READ = "/openidm/managed/alpha_user?_queryFilter=true";
const ROLE = "/openidm/managed/alpha_role/r1";

describe("request bodies", () => {
  const large = JSON.stringify({ name: "r1", description: "x".repeat(3_000) });

  it("too large to hold goes through once, whole, and is not sent again", async () => {
    const g = await start({ policy: "replay: { maxBody: 1KiB, memory: 64MiB }\n" });
    g.tenant.will(503);
    const answer = await ask(g.url, "PUT", ROLE, { body: large });
    expect(answer.status).toBe(503);
    expect(answer.headers["proxy-status"]).toContain("reason=body-not-held");
    expect(g.tenant.saw.map((seen) => seen.body)).toEqual([large]);
  });

  it("in chunks of unknown length, too large to hold, arrives whole", async () => {
    const g = await start({ policy: "replay: { maxBody: 1KiB, memory: 64MiB }\n" });
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const answer = await new Promise<number>((resolve, reject) => {
      const request = http.request(
        `${g.url}${ROLE}`,
        { method: "PUT", headers, agent: false },
        (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        },
      );
      request.on("error", reject);
      for (let i = 0; i < large.length; i += 500) request.write(large.slice(i, i + 500));
      request.end();
    });
    expect(answer).toBe(201);
    expect(g.tenant.saw.map((seen) => seen.body)).toEqual([large]);
    expect(g.gateway.heldMemory.usedBytes).toBe(0);
  });

  it("beyond the memory for all of them goes through once", async () => {
    const g = await start({ policy: "replay: { maxBody: 4KiB, memory: 4KiB }\n" });
    g.gateway.heldMemory.reserve(2048, 4096);
    g.tenant.will(503);
    const answer = await ask(g.url, "PUT", ROLE, { body: large });
    expect(answer.headers["proxy-status"]).toContain("reason=body-not-held");
  });

  it("that are held are sent again byte for byte, and the memory comes back", async () => {
    const g = await start();
    g.tenant.will(503);
    const answer = await ask(g.url, "PUT", ROLE, { body: large });
    expect(answer.status).toBe(201);
    expect(g.tenant.saw.map((seen) => seen.body)).toEqual([large, large]);
    await g.ended(1);
    expect(g.gateway.heldMemory.usedBytes).toBe(0);
  });
});

describe("answers", () => {
  it("of 20 MB stream through whole", async () => {
    const size = 20 * 1024 * 1024;
    const raw = await startRawUpstream((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: ${size}\r\n\r\n`,
      );
      socket.write(Buffer.alloc(size, "a"));
    });
    const g = await start({ upstream: raw.url });
    const answer = await ask(g.url, "GET", "/x");
    expect(answer.text.length).toBe(size);
    await raw.close();
  });

  it("are not fetched faster than the caller takes them", async () => {
    const size = 64 * 1024 * 1024;
    const raw = await startRawUpstream((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
      let left = size;
      const push = (): void => {
        while (left > 0) {
          left -= 65_536;
          if (!socket.write(Buffer.alloc(65_536, "a"))) return void socket.once("drain", push);
        }
      };
      push();
    });
    const g = await start({ upstream: raw.url });
    const received = await new Promise<number>((resolve, reject) => {
      const request = http.get(`${g.url}/x`, { agent: false }, (response) => {
        response.pause();
        void untilStuck(() => bytesTaken(raw)).then((taken) => {
          request.destroy();
          resolve(taken);
        });
      });
      request.on("error", reject);
    });
    expect(received).toBeLessThan(size / 2);
    await raw.close();
  });

  it.each([
    ["announced", "content-length: 200000\r\n", ""],
    ["chunked", "transfer-encoding: chunked\r\n", "30d40\r\n"],
  ])("cut after their first bytes went out look cut (%s)", async (_name, framing, prefix) => {
    const raw = await startRawUpstream((socket) => {
      socket.end(
        `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${framing}\r\n${prefix}${"x".repeat(100_000)}`,
      );
    });
    const g = await start({ upstream: raw.url });
    await expect(ask(g.url, "GET", "/x")).rejects.toThrow(/aborted|ECONNRESET|socket hang up/);
    await g.ended(1);
    expect(g.exchanges()[0]).toMatchObject({ status: 200, delivery: "cut", attempts: 1 });
    await raw.close();
  });

  it.each([256, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 64 * 1024 + 1])(
    "of %d bytes of every value arrive as they are",
    async (size) => {
      const bytes = Buffer.from(Array.from({ length: size }, (_, i) => i % 256));
      const raw = await startRawUpstream((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: ${size}\r\n\r\n`);
        socket.write(bytes);
      });
      const g = await start({ upstream: raw.url });
      expect((await ask(g.url, "GET", "/x")).bytes.equals(bytes)).toBe(true);
      await raw.close();
    },
  );

  it("that end with the connection arrive whole", async () => {
    const raw = await startRawUpstream((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nall of it"));
    const g = await start({ upstream: raw.url });
    expect((await ask(g.url, "GET", "/x")).text).toBe("all of it");
    await raw.close();
  });

  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("to %s with %d have no body, whatever their headers say", async (method, status) => {
    const raw = await startRawUpstream((socket) => {
      const body = method === "HEAD" || status === 204 || status === 304 ? "" : "body";
      socket.write(`HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\netag: "1"\r\n\r\n${body}`);
    });
    const g = await start({ upstream: raw.url });
    const answer = await ask(g.url, method, "/x");
    expect({ status: answer.status, text: answer.text, etag: answer.headers.etag }).toEqual({
      status,
      text: "",
      etag: '"1"',
    });
    await raw.close();
  });

  it("to HEAD keep the length that GET would have", async () => {
    const raw = await startRawUpstream((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n"),
    );
    const g = await start({ upstream: raw.url });
    expect((await ask(g.url, "HEAD", "/x")).headers["content-length"]).toBe("1234");
    await raw.close();
  });

  it("with bytes behind them do not poison the next answer", async () => {
    const raw = await startRawUpstream((socket, soFar) => {
      const nth = soFar.split("GET ").length - 1;
      socket.write(
        nth === 1 ? `${plainAnswer(200, "one")}${plainAnswer(200, "poison")}` : plainAnswer(200, "two"),
      );
    });
    const g = await start({ upstream: raw.url });
    expect((await ask(g.url, "GET", "/x")).text).toBe("one");
    expect((await ask(g.url, "GET", "/x")).text).not.toBe("poison");
    await raw.close();
  });

  it("compressed pass as they came", async () => {
    const packed = gzipSync(JSON.stringify({ result: [] }));
    const raw = await startRawUpstream((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`,
      );
      socket.write(packed);
    });
    const g = await start({ upstream: raw.url });
    const answer = await ask(g.url, "GET", READ);
    expect(answer.headers["content-encoding"]).toBe("gzip");
    expect(answer.headers["content-length"]).toBe(String(packed.length));
    await raw.close();
  });
});

const bytesTaken = (raw: RawUpstream): number =>
  [...raw.sockets].reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);

/** Until a number has not changed for a thousand turns of the event loop. */
async function untilStuck(measure: () => number): Promise<number> {
  let before = measure();
  for (let still = 0; still < 1000; still++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (measure() !== before) still = 0;
    before = measure();
  }
  return before;
}
