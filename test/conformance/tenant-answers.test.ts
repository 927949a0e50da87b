/**
 * What HTTP asks of us as the tenant's client, by section of RFC 9112 and RFC 9110: exact bytes of the tenant, and what
 * each engine makes of them. Whatever it is, it is never more than one answer, and never half of one that passes for whole.
 */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Attempt, Received } from "../../src/upstream/message.ts";
import { gateways } from "../support/gateway.ts";
import { someTurns, turnsUntil } from "../support/manual-clock.ts";
import { plainAnswer, startRawUpstream } from "../support/raw-upstream.ts";
import { talk } from "../support/talk.ts";
import { attempt, bytesOf, ENGINES, upstreams } from "../upstream/attempts.ts";

const { start } = upstreams();
const gateway = gateways();

const OK = "HTTP/1.1 200 OK\r\n";
const LENGTH = "content-length: 2\r\n";
const CHUNKED = "transfer-encoding: chunked\r\n\r\n";
const POISON = plainAnswer(200, "poison");

/** What came: the body, `cut` for one that ended early, or the failure's word. */
async function cameOf(received: Received): Promise<string> {
  if (received.kind === "failed") return received.failure;
  try {
    return (await bytesOf(received)).toString("latin1");
  } catch {
    return "cut";
  }
}

type Row = readonly [section: string, name: string, bytes: string, came: string];

/** Each ends the tenant's connection, although the tenant keeps its side open. */
const INVALID: readonly Row[] = [
  ["9112 §4", "a status line of another protocol", "SSH-2.0-x\r\n", "not-http"],
  ["9112 §4", "a status that is no number", `HTTP/1.1 abc X\r\n${LENGTH}\r\nok`, "not-http"],
  ["9110 §15", "a status below 100", `HTTP/1.1 099 X\r\n${LENGTH}\r\nok`, "not-http"],
  ["9112 §5", "a line without a colon", `${OK}nocolon\r\n${LENGTH}\r\nok`, "not-http"],
  ["9112 §5.1", "a space before a colon", `${OK}x-a : b\r\n${LENGTH}\r\nok`, "not-http"],
  ["9112 §5.1", "a space before the colon of the length", `${OK}content-length : 2\r\n\r\nok`, "not-http"],
  ["9112 §5.2", "a folded line", `${OK}x-a: b\r\n c\r\n${LENGTH}\r\nok`, "not-http"],
  [
    "9112 §5.2",
    "a length in a folded line",
    `${OK}x-a: b\r\n content-length: 99\r\n${LENGTH}\r\nok`,
    "not-http",
  ],
  ["9112 §2.2", "a bare CR in a value", `${OK}x-a: b\rc\r\n${LENGTH}\r\nok`, "not-http"],
  ["9110 §5.5", "a NUL in a value", `${OK}x-a: b\0c\r\n${LENGTH}\r\nok`, "not-http"],
  ["9112 §6.1", "a length beside a coding", `${OK}${LENGTH}${CHUNKED}2\r\nok\r\n0\r\n\r\n`, "not-http"],
  [
    "9112 §6.1",
    "a coding before a length",
    `${OK}transfer-encoding: chunked\r\n${LENGTH}\r\n0\r\n\r\n`,
    "not-http",
  ],
  [
    "9112 §6.1",
    "a coding that nobody asked for",
    `${OK}transfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    "not-http",
  ],
  ["9112 §6.1", "an unknown coding", `${OK}transfer-encoding: rot13\r\n\r\nok`, "not-http"],
  ["9112 §6.3", "two lengths that differ", `${OK}${LENGTH}content-length: 3\r\n\r\nok`, "not-http"],
  ["9112 §6.3", "a list of lengths", `${OK}content-length: 2, 3\r\n\r\nok`, "not-http"],
  ["9112 §6.3", "a negative length", `${OK}content-length: -2\r\n\r\nok`, "not-http"],
  [
    "9110 §8.6",
    "a length beyond all numbers",
    `${OK}content-length: ${"9".repeat(30)}\r\n\r\nok`,
    "not-http",
  ],
  ["9112 §7.1", "a chunk size that is no number", `${OK}${CHUNKED}zz\r\nabc\r\n0\r\n\r\n`, "cut"],
  ["9112 §7.1", "a chunk size beyond all numbers", `${OK}${CHUNKED}ffffffffffffffffff\r\nabc\r\n`, "cut"],
  ["9112 §7.1", "a chunk longer than it says", `${OK}${CHUNKED}3\r\nabcX0\r\n\r\n`, "cut"],
  ["9112 §7.1.2", "a trailer that is none", `${OK}${CHUNKED}2\r\nok\r\n0\r\nbad trailer\r\n\r\n`, "cut"],
  [
    "9110 §6.5.1",
    "a length among trailers",
    `${OK}${CHUNKED}2\r\nok\r\n0\r\ncontent-length: 9\r\n\r\n`,
    "cut",
  ],
  [
    "9110 §7.8",
    "a switch that nobody asked for",
    "HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    "not-http or reset",
  ],
];

/** The tenant ends its side: what is not whole by then never will be. */
const ENDED: readonly Row[] = [
  ["9112 §6.3", "fewer bytes than announced", `${OK}content-length: 5\r\n\r\nok`, "cut"],
  ["9112 §8", "no last chunk", `${OK}${CHUNKED}2\r\nok\r\n`, "cut"],
  ["9112 §8", "half a chunk", `${OK}${CHUNKED}5\r\nok`, "cut"],
  ["9112 §8", "a last chunk without its last line", `${OK}${CHUNKED}2\r\nok\r\n0\r\n`, "cut"],
  ["9112 §8", "half a head", `${OK}content-le`, "reset"],
  ["9112 §6.3", "a body up to the end", `${OK}\r\nok`, "ok"],
  ["9112 §2.3", "HTTP/1.0, a body up to the end", "HTTP/1.0 200 OK\r\n\r\nok", "ok"],
];

/** One answer, and never a second one: what stands behind it is nobody's. */
const AHEAD: readonly Row[] = [
  ["9112 §6.3", "an answer behind one with a length", `${OK}${LENGTH}\r\nok${POISON}`, "ok"],
  ["9112 §6.3", "an answer behind one in chunks", `${OK}${CHUNKED}2\r\nok\r\n0\r\n\r\n${POISON}`, "ok"],
  ["9112 §6.3", "an answer behind an empty one", `${OK}content-length: 0\r\n\r\n${POISON}`, ""],
  ["9112 §6.3", "bytes that are no answer", `${OK}${LENGTH}\r\nokEXTRA`, "ok"],
  ["9110 §15.3.5", "a 204 with a body", "HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello", ""],
  ["9110 §15.3.5", "a 204 with chunks", `HTTP/1.1 204 No\r\n${CHUNKED}5\r\nhello\r\n0\r\n\r\n`, ""],
  ["9110 §15.3.5", "a 204 and an answer behind it", `HTTP/1.1 204 No\r\n\r\n${POISON}`, ""],
  ["9110 §15.4.5", "a 304 with a body", "HTTP/1.1 304 No\r\ncontent-length: 5\r\n\r\nhello", ""],
  ["9112 §2.3", "HTTP/1.0 with a length, and more", `HTTP/1.0 200 OK\r\n${LENGTH}\r\nok${POISON}`, "ok"],
  ["9112 §9.6", "what says close, and more", `${OK}connection: close\r\n${LENGTH}\r\nok${POISON}`, "ok"],
];

describe.each(ENGINES)("$engine", ({ through }) => {
  /** Sends a first request that is answered by `bytes`, and a second one that gets a good answer on a fresh connection. */
  const twice = async (bytes: string, ends: boolean, parts: Partial<Attempt> = {}) => {
    const { raw, tenant } = await start((socket, soFar, connection) => {
      if (!soFar.endsWith("\r\n\r\n")) return;
      if (connection > 0) socket.write(plainAnswer(200, "good"));
      else if (ends) socket.end(bytes, "latin1");
      else socket.write(bytes, "latin1");
    });
    const came = await cameOf(await through(attempt(parts), tenant, systemClock));
    await turnsUntil(() => raw.sockets.size === 0);
    expect(await cameOf(await through(attempt(), tenant, systemClock))).toBe("good");
    // Not one byte more than the first request went out on the connection that was spoilt.
    expect(raw.received.map((each) => each.match(/ HTTP\/1\.1\r\n/g)?.length)).toEqual([1, 1]);
    return came;
  };

  it.each(INVALID)("%s: %s is no answer, and ends the connection", async (_section, _name, bytes, came) => {
    expect(came.split(" or ")).toContain(await twice(bytes, false));
  });

  it.each(ENDED)("%s: %s, and then the end", async (_section, _name, bytes, came) => {
    expect(await twice(bytes, true)).toBe(came);
  });

  it.each(AHEAD)("%s: %s", async (_section, _name, bytes, came) => {
    expect(await twice(bytes, false)).toBe(came);
  });

  it("9110 §9.3.2: a HEAD has no body, whatever its fields say, and what comes all the same is nobody's", async () => {
    expect(await twice(`${OK}content-length: 5\r\n\r\nhello`, false, { method: "HEAD" })).toBe("");
    expect(await twice(`${OK}${CHUNKED}5\r\nhello\r\n0\r\n\r\n`, false, { method: "HEAD" })).toBe("");
  });

  it("9112 §6.3: what comes while nobody asks is not the next answer", async () => {
    const { raw, tenant } = await start((socket, soFar, connection) => {
      if (soFar.endsWith("\r\n\r\n")) socket.write(plainAnswer(200, connection === 0 ? "first" : "good"));
    });
    expect(await cameOf(await through(attempt(), tenant, systemClock))).toBe("first");
    for (const socket of raw.sockets) socket.write(POISON);
    await someTurns();
    expect(await cameOf(await through(attempt(), tenant, systemClock))).toBe("good");
  });

  it("9112 §7.1.2: trailers are not merged into the head", async () => {
    const trailed = `${OK}trailer: x-t\r\n${CHUNKED}2\r\nok\r\n0\r\nx-t: 1\r\nset-cookie: a=b\r\n\r\n`;
    const { tenant } = await start((socket) => socket.write(trailed));
    const received = await through(attempt(), tenant, systemClock);
    expect(await cameOf(received)).toBe("ok");
    const { headers } = received.kind === "answer" ? received.head : { headers: [] };
    expect(headers).toEqual(["trailer", "x-t", "transfer-encoding", "chunked"]);
  });

  it("9112 §7.1.1: chunk extensions are left out", async () => {
    const { tenant } = await start((socket) =>
      socket.write(`${OK}${CHUNKED}2;a="b;c"\r\nok\r\n0;last\r\n\r\n`),
    );
    expect(await cameOf(await through(attempt(), tenant, systemClock))).toBe("ok");
  });

  it("9112 §7.1: chunk sizes with zeros in front and in capitals are read as they are meant", async () => {
    const body = "x".repeat(26);
    const { tenant } = await start((socket) => socket.write(`${OK}${CHUNKED}001A\r\n${body}\r\n000\r\n\r\n`));
    expect(await cameOf(await through(attempt(), tenant, systemClock))).toBe(body);
  });
});

describe("9110 §15.6.3: what the caller of an invalid answer gets", () => {
  const rows = INVALID.filter(([, , , came]) => came === "not-http");

  it.each([
    ["a held write", ""],
    ["a streamed write", "replay: { maxBody: 0B }\n"],
  ])("%s is told 502 in the gateway's own words, and its connection goes on", async (_name, policy) => {
    for (const [, name, bytes] of rows) {
      const raw = await startRawUpstream((socket, soFar) => {
        if (soFar.endsWith("GOOD")) socket.write(plainAnswer(200, "good"));
        else if (soFar.endsWith("END")) socket.write(bytes, "latin1");
      });
      const g = await gateway({ upstream: raw.url, policy: `retry: { attempts: 1 }\n${policy}` });
      const put = (body: string) =>
        `PUT /x HTTP/1.1\r\nHost: g\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const caller = talk(g.url, put("END"));
      await caller.until(/"reason":"Bad Gateway".*\}$/);
      caller.socket.write(put("GOOD"));
      await caller.until(/good$/);
      expect([name, caller.statuses()]).toEqual([name, [502, 200]]);
      expect(caller.heard()).toMatch(/meaning=garbled;.*processed=unknown/);
      caller.socket.destroy();
      await raw.close();
    }
  });
});

describe("9110 §10.1.4: what the tenant is told of codings", () => {
  it.each([
    ["a read", {}],
    ["a held write", { method: "PUT", body: { kind: "held", bytes: Buffer.from("END") } }],
    [
      "a streamed write",
      { method: "PUT", body: { kind: "streamed", stream: Readable.from([Buffer.from("END")]), length: "3" } },
    ],
  ] as const)("%s asks for none and announces no trailers", async (_name, parts) => {
    const { raw, tenant } = await start((socket, soFar) => {
      if (soFar.endsWith("\r\n\r\n") || soFar.endsWith("END")) socket.write(plainAnswer(200, "ok"));
    });
    const [{ through: undici }, { through: httpProxy }] = ENGINES;
    const through = "body" in parts && parts.body.kind === "streamed" ? httpProxy : undici;
    expect(await cameOf(await through(attempt(parts), tenant, systemClock))).toBe("ok");
    expect(raw.received[0]).toMatch(/^(GET|PUT) \/x HTTP\/1\.1\r\n/);
    expect(raw.received[0]).not.toMatch(/\r\n(te|trailer|transfer-encoding|upgrade):/i);
  });
});
