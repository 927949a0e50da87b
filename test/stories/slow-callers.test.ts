/** Callers who read or send slowly are no load of the tenant's: they take no place of an attempt, and shut nobody out. */
import { afterEach, describe, expect, it } from "vitest";
import { ask, gateways, type Running } from "../support/gateway.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { type Talk, talk } from "../support/talk.ts";

const start = gateways();

const SLOW = 6;
/** Nobody waits for a place or a stream: what is taken is taken. */
const policy = `limits: { concurrency: 2, queue: 0, streams: ${SLOW} }\nretry: { attempts: 1 }\nreplay: { maxBody: 1KiB }\n`;

const LARGE_BYTES = 2_000_000;
const large = (line: string): string => `${line} HTTP/1.1\r\nHost: a\r\n`;

let upstream: RawUpstream;
const talks: Talk[] = [];
afterEach(async () => {
  for (const { socket } of talks.splice(0)) socket.destroy();
  await upstream.close();
});

/** Answers `/large` with the beginning of a large body, `/small` with a small one, and nothing else. */
async function startBehind(): Promise<Running> {
  upstream = await startRawUpstream((socket, soFar) => {
    const path = [...soFar.matchAll(/\S+ (\S+) HTTP\/1\.1\r\n/g)].at(-1)?.[1];
    if (!/(\r\n\r\n|\{\})$/.test(soFar)) return;
    if (path?.startsWith("/large"))
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${LARGE_BYTES}\r\n\r\n${"x".repeat(100_000)}`);
    else if (path?.startsWith("/small")) socket.write(plainAnswer(200, "small"));
  });
  return start({ upstream: upstream.url, policy });
}

/** Somebody who asks for a large answer and has got its head; nothing of what follows is asked for. */
async function slowReader(g: Running, line = "GET /large"): Promise<Talk> {
  const reader = talk(g.url, `${large(line)}\r\n`);
  talks.push(reader);
  await reader.until(/\r\n\r\n/);
  reader.socket.pause();
  return reader;
}

const family = (g: Running) => g.gateway.families.snapshot()[0];

describe("callers who do not read their large answers", () => {
  it("leave the places of the family to others", async () => {
    const g = await startBehind();
    for (let i = 0; i < SLOW; i++) await slowReader(g);
    expect(family(g)).toMatchObject({ inFlight: 0, streams: SLOW });
    expect((await ask(g.url, "GET", "/small")).text).toBe("small");
  });

  it("are as many as the policy says: one more is told 503 and when to come back, and what was done", async () => {
    const g = await startBehind();
    for (let i = 0; i < SLOW; i++) await slowReader(g);
    const refused = await ask(g.url, "GET", "/large");
    expect(refused.status).toBe(503);
    expect(refused.headers).toMatchObject({
      "retry-after": "1",
      "x-gateway-attempts": "1",
      "proxy-status":
        "crest-gateway; error=connection_limit_reached; attempts=1; reason=overloaded; processed=yes; origin=gateway",
    });
    expect(refused.json()).toMatchObject({ code: 503, message: expect.stringContaining("is harmless") });
    const refusals = g.events.flatMap((event) => (event.kind === "refused" ? [event.reason] : []));
    expect(refusals).toEqual(["streams-full"]);
    // The answer that could not be passed on is not waited for.
    await g.ended(1);
    expect(family(g)).toMatchObject({ inFlight: 0, streams: SLOW });
  });

  it("a write that was answered is told as done, and not to be sent again", async () => {
    const g = await startBehind();
    for (let i = 0; i < SLOW; i++) await slowReader(g);
    const refused = await ask(g.url, "POST", "/large", { body: "{}" });
    expect(refused.status).toBe(503);
    expect(refused.headers["retry-after"]).toBeUndefined();
    expect(refused.json().message).toContain("has acted on the request");
  });

  it("give their streams back when they leave", async () => {
    const g = await startBehind();
    for (let i = 0; i < SLOW; i++) (await slowReader(g)).socket.destroy();
    await g.ended(SLOW);
    expect(family(g)).toMatchObject({ inFlight: 0, streams: 0 });
    await slowReader(g);
    expect(family(g)).toMatchObject({ streams: 1 });
  });
});

describe("callers who send large bodies slowly", () => {
  it("leave the places to others, and are bounded with the readers", async () => {
    const g = await startBehind();
    const uploads = Array.from({ length: SLOW }, (_, i) =>
      talk(g.url, `${large(`PUT /upload/${i}`)}Content-Length: 100000\r\n\r\n${"u".repeat(2_000)}`),
    );
    talks.push(...uploads);
    for (let i = 0; i < SLOW; i++) await upstream.until(`/upload/${i} `);
    expect(family(g)).toMatchObject({ inFlight: 0, streams: SLOW });
    expect((await ask(g.url, "GET", "/small")).text).toBe("small");

    const surplus = await ask(g.url, "PUT", "/upload/surplus", { body: "u".repeat(2_000) });
    expect([surplus.status, surplus.headers["retry-after"]]).toEqual([503, "1"]);
    expect(surplus.headers["x-gateway-attempts"]).toBe("0");
    expect(surplus.headers["proxy-status"]).toContain("reason=overloaded; processed=no");

    for (const { socket } of uploads) socket.destroy();
    await g.ended(SLOW + 2);
    expect(family(g)).toMatchObject({ inFlight: 0, streams: 0 });
  });
});
