/**
 * Answers that are there before the end of their request. The caller is still sending: it gets the whole answer, not a
 * reset, and afterwards nothing is left of either connection.
 */
import { afterEach, describe, expect, it } from "vitest";
import { ask, gateways, type Running, type Setup } from "../support/gateway.ts";
import { manualClock, turnsUntil } from "../support/manual-clock.ts";
import { type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { type Talk, talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const SIZE = 5_000_000;
const HALF = "x".repeat(SIZE / 2);
const POLICY = "retry: { attempts: 1 }\nreplay: { maxBody: 1KiB, memory: 64MiB }\n";

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const framings = {
  length: { head: `Content-Length: ${SIZE}`, first: HALF, rest: HALF },
  chunks: { head: "Transfer-Encoding: chunked", first: chunk(HALF), rest: `${chunk(HALF)}0\r\n\r\n` },
};

/** Answers as soon as it has seen the head, and then ends, reads on, or turns deaf. */
async function hasty(then: "ends" | "reads" | "is deaf"): Promise<RawUpstream> {
  const answered = new Set<unknown>();
  const raw = await startRawUpstream((socket, soFar) => {
    if (answered.has(socket) || !soFar.includes("\r\n\r\n")) return;
    answered.add(socket);
    socket.write("HTTP/1.1 413 Too much\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
    if (then === "ends") socket.end();
    if (then === "is deaf") socket.pause();
  });
  open.push(raw);
  return raw;
}

type Case = {
  readonly setup: () => Promise<Setup>;
  readonly before?: (g: Running) => Promise<unknown>;
  readonly host?: string;
  readonly status: number;
};

const openCircuit = async (g: Running): Promise<void> => {
  g.tenant.will(503).will(503);
  await ask(g.url, "GET", "/x");
  await ask(g.url, "GET", "/x");
};

const CASES: Readonly<Record<string, Case>> = {
  "nobody listens at the tenant": {
    setup: async () => ({ upstream: "http://127.0.0.1:9", policy: POLICY }),
    status: 502,
  },
  "the circuit is open": {
    setup: async () => ({ policy: `${POLICY}breaker: { minimum: 2 }\n` }),
    before: openCircuit,
    status: 503,
  },
  "the tenant refuses and ends": {
    setup: async () => ({ upstream: (await hasty("ends")).url, policy: POLICY }),
    status: 413,
  },
  "the tenant refuses and reads on": {
    setup: async () => ({ upstream: (await hasty("reads")).url, policy: POLICY }),
    status: 413,
  },
  "the tenant refuses and turns deaf": {
    setup: async () => ({ upstream: (await hasty("is deaf")).url, policy: POLICY }),
    status: 413,
  },
  "the request is malformed": { setup: async () => ({ policy: POLICY }), host: "a/b", status: 400 },
};

function upload(g: Running, framing: keyof typeof framings, host = "a", more = ""): Talk {
  const { head, first } = framings[framing];
  const talking = talk(g.url, `PUT /x HTTP/1.1\r\nHost: ${host}\r\n${more}${head}\r\n\r\n${first}`);
  open.push({ close: () => talking.socket.destroy() });
  return talking;
}

const nothingIsLeft = async (g: Running): Promise<void> => {
  await turnsUntil(() => g.gateway.heldMemory.usedBytes === 0);
  for (const { inFlight, queued } of g.gateway.families.snapshot())
    expect([inFlight, queued]).toEqual([0, 0]);
};

describe.each(Object.entries(CASES))("when %s", (_name, { setup, before, host, status }) => {
  it.each(["length", "chunks"] as const)(
    "a body with %s: the answer arrives whole, then an end",
    async (framing) => {
      const g = await start(await setup());
      await before?.(g);
      const ended = g.exchanges().length + 1;
      const talking = upload(g, framing, host);
      await talking.until(/\r\n\r\n\{.*\}$/);
      expect(talking.heard()).toMatch(/connection: close/i);
      talking.socket.write(framings[framing].rest);
      expect(await talking.over).toBeUndefined();
      expect(talking.statuses()).toEqual([status]);
      await g.ended(ended);
      await nothingIsLeft(g);
    },
  );

  it("a caller who reads only when everything is sent gets it too", async () => {
    const g = await start(await setup());
    await before?.(g);
    const headers = host === undefined ? {} : { host };
    const answer = await ask(g.url, "PUT", "/x", { body: HALF + HALF, headers });
    expect(answer.status).toBe(status);
    expect(answer.json()).toBeTypeOf("object");
  });
});

it("a caller who never stops sending is not listened to for long", async () => {
  const clock = manualClock();
  const g = await start({ clock, upstream: "http://127.0.0.1:9", policy: POLICY });
  const talking = upload(g, "length");
  await talking.until(/\r\n\r\n\{.*\}$/);
  expect(g.exchanges()).toHaveLength(0);
  await clock.advance(2_000);
  await g.ended(1);
  expect(g.exchanges()).toMatchObject([{ status: 502 }]);
  expect(g.exchanges()[0]?.delivery).toBeUndefined();
  await talking.over;
});

it("the tenant's connection ends when its answer is complete and the body is not", async () => {
  const raw = await hasty("reads");
  const g = await start({ upstream: raw.url, policy: POLICY });
  const talking = upload(g, "length");
  await talking.until(/413/);
  await turnsUntil(() => raw.sockets.size === 0);
});

it("an unknown expectation is refused without waiting for the body", async () => {
  const g = await start();
  const talking = upload(g, "length", "a", "Expect: miracles\r\n");
  await talking.until(/\r\n\r\n\{.*\}$/);
  talking.socket.write(framings.length.rest);
  expect(await talking.over).toBeUndefined();
  expect(talking.statuses()).toEqual([417]);
});

it("a good answer that begins before the end of the body goes on while the body does", async () => {
  const raw = await startRawUpstream((socket, soFar) => {
    if (soFar.endsWith("first"))
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nFIRST\r\n");
    if (soFar.endsWith("second")) socket.write("6\r\nSECOND\r\n0\r\n\r\n");
  });
  open.push(raw);
  const g = await start({ upstream: raw.url, policy: "replay: { maxBody: 1B, memory: 64MiB }\n" });
  const talking = talk(g.url, "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nfirst");
  open.push({ close: () => talking.socket.destroy() });
  await talking.until(/FIRST/);
  talking.socket.write("second");
  await talking.until(/SECOND\r\n0\r\n\r\n$/);
  expect(talking.statuses()).toEqual([200]);
});
