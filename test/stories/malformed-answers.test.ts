/**
 * What callers see of answers that are not HTTP, or not quite: the tenant's exact bytes on the left, the caller's answer
 * on the right. Whatever comes, the process lives, the next request works, and nothing stays taken.
 */
import { describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";

const start = gateways();

const OK = "HTTP/1.1 200 OK\r\n";
const LENGTH = "content-length: 2\r\n";
const CHUNKED = "transfer-encoding: chunked\r\n\r\n";

type Seen = number | "cut" | { readonly status: number; readonly text: string };

const passed: Seen = { status: 200, text: "ok" };
const notHttp: Seen = 502;

const ANSWERS: readonly (readonly [name: string, bytes: string, seen: Seen])[] = [
  // Behind an answer that is complete nothing counts.
  ["bytes behind the announced length", `${OK}${LENGTH}\r\nokEXTRA`, passed],
  ["a second answer behind the first", `${OK}${LENGTH}\r\nok${plainAnswer(200, "no")}`, passed],
  ["an empty line before the answer", `\r\n${OK}${LENGTH}\r\nok`, passed],

  // Chunks.
  ["a chunk size that is no number", `${OK}${CHUNKED}zz\r\nabc\r\n0\r\n\r\n`, notHttp],
  ["a chunk size with a sign", `${OK}${CHUNKED}-3\r\nabc\r\n0\r\n\r\n`, notHttp],
  ["a chunk size beyond all numbers", `${OK}${CHUNKED}ffffffffffffffffff\r\nabc\r\n`, notHttp],
  // Extensions are nobody's business (RFC 9112 section 7.1.1): none is kept, and one without end is a silent body.
  [
    "a very long chunk extension",
    `${OK}${CHUNKED}3;a=${"b".repeat(20_000)}\r\nabc\r\n0\r\n\r\n`,
    { status: 200, text: "abc" },
  ],
  ["a chunk extension", `${OK}${CHUNKED}2;a=b\r\nok\r\n0\r\n\r\n`, passed],
  ["a bad chunk size behind a good chunk", `${OK}${CHUNKED}3\r\nabc\r\nzz\r\n`, "cut"],
  ["a chunk longer than it says", `${OK}${CHUNKED}3\r\nabcX0\r\n\r\n`, "cut"],
  ["no last chunk", `${OK}${CHUNKED}2\r\nok\r\n`, "cut"],
  ["a last chunk without its last line", `${OK}${CHUNKED}2\r\nok\r\n0\r\n`, "cut"],
  ["half a chunk", `${OK}${CHUNKED}5\r\nab`, "cut"],
  ["a trailer", `${OK}trailer: x-t\r\n${CHUNKED}2\r\nok\r\n0\r\nx-t: 1\r\n\r\n`, passed],
  ["a trailer that is none", `${OK}${CHUNKED}2\r\nok\r\n0\r\nbad trailer\r\n\r\n`, "cut"],
  ["a Trailer beside a length", `${OK}trailer: x-t\r\n${LENGTH}\r\nok`, passed],
  ["chunks in HTTP/1.0", `HTTP/1.0 200 OK\r\n${CHUNKED}2\r\nok\r\n0\r\n\r\n`, passed],

  // Codings that nobody asked for: passed on as they are they would be taken for the body.
  ["an unknown transfer coding", `${OK}transfer-encoding: rot13\r\n\r\nok`, notHttp],
  ["a coding before chunked", `${OK}transfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, notHttp],
  [
    "a coding before chunked, in two lines",
    `${OK}transfer-encoding: gzip\r\n${CHUNKED}2\r\nok\r\n0\r\n\r\n`,
    notHttp,
  ],
  ["a coding behind chunked", `${OK}transfer-encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n`, notHttp],
  ["chunked twice", `${OK}transfer-encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, notHttp],
  ["almost chunked", `${OK}transfer-encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, notHttp],
  ["an empty transfer coding", `${OK}transfer-encoding:\r\n\r\nok`, notHttp],

  // Lengths.
  ["two equal lengths", `${OK}${LENGTH}${LENGTH}\r\nok`, notHttp],
  ["two lengths in one line", `${OK}content-length: 2, 2\r\n\r\nok`, notHttp],
  ["two different lengths", `${OK}${LENGTH}content-length: 3\r\n\r\nok`, notHttp],
  ["a negative length", `${OK}content-length: -2\r\n\r\nok`, notHttp],
  ["a length with a plus", `${OK}content-length: +2\r\n\r\nok`, notHttp],
  ["a hexadecimal length", `${OK}content-length: 0x2\r\n\r\nok`, notHttp],
  ["an empty length", `${OK}content-length:\r\n\r\nok`, notHttp],
  ["a length beyond all numbers", `${OK}content-length: 99999999999999999999999\r\n\r\nok`, notHttp],
  ["a length beside chunks", `${OK}${LENGTH}${CHUNKED}2\r\nok\r\n0\r\n\r\n`, notHttp],
  ["fewer bytes than announced", `${OK}content-length: 5\r\n\r\nok`, 502],
  ["a length with zeros in front", `${OK}content-length: 0002\r\n\r\nok`, passed],

  // The status line.
  ["a control byte in the reason", `HTTP/1.1 200 O\x01K\r\n${LENGTH}\r\nok`, passed],
  ["a reason beyond ASCII", `HTTP/1.1 200 \xfcber\r\n${LENGTH}\r\nok`, passed],
  ["no reason", `HTTP/1.1 200\r\n${LENGTH}\r\nok`, passed],
  ["a carriage return in the reason", `HTTP/1.1 200 O\rK\r\n${LENGTH}\r\nok`, notHttp],
  ["status 099", `HTTP/1.1 099 X\r\n${LENGTH}\r\nok`, notHttp],
  ["status 099 with an open end", "HTTP/1.1 099 X\r\n\r\nok", notHttp],
  ["status 000", "HTTP/1.1 000 X\r\n\r\nok", notHttp],
  ["status 20", `HTTP/1.1 20 X\r\n${LENGTH}\r\nok`, notHttp],
  ["status 1000", `HTTP/1.1 1000 X\r\n${LENGTH}\r\nok`, notHttp],
  ["a status in words", `HTTP/1.1 abc X\r\n${LENGTH}\r\nok`, notHttp],
  ["status 600", `HTTP/1.1 600 X\r\n${LENGTH}\r\nok`, 600],
  ["status 999", `HTTP/1.1 999 X\r\n${LENGTH}\r\nok`, 999],
  ["an unknown version", `HTTP/9.9 200 OK\r\n${LENGTH}\r\nok`, notHttp],
  ["another protocol's status line", `ICY 200 OK\r\n${LENGTH}\r\nok`, notHttp],

  // Header lines.
  ["a line without a colon", `${OK}nocolon\r\n${LENGTH}\r\nok`, notHttp],
  ["a space before the colon", `${OK}x-a : b\r\n${LENGTH}\r\nok`, notHttp],
  ["a space before the colon of the length", `${OK}content-length : 2\r\n\r\nok`, notHttp],
  ["a line without a name", `${OK}: b\r\n${LENGTH}\r\nok`, notHttp],
  ["a name that is no token", `${OK}x(a: b\r\n${LENGTH}\r\nok`, notHttp],
  ["a NUL in a value", `${OK}x-a: b\0c\r\n${LENGTH}\r\nok`, notHttp],
  ["a control byte in a value", `${OK}x-a: b\x07c\r\n${LENGTH}\r\nok`, notHttp],
  ["a carriage return in a value", `${OK}x-a: b\rc\r\n${LENGTH}\r\nok`, notHttp],
  ["lines that end in a bare line feed", `HTTP/1.1 200 OK\n${LENGTH}\nok`, notHttp],
  ["a folded line", `${OK}x-a: b\r\n c\r\n${LENGTH}\r\nok`, notHttp],
  ["a folded first line", `${OK} x-a: b\r\n${LENGTH}\r\nok`, notHttp],
  ["names that objects have", `${OK}__proto__: x\r\nconstructor: y\r\n${LENGTH}\r\nok`, passed],
  ["a head of a megabyte", `${OK}x: ${"y".repeat(1_000_000)}\r\n${LENGTH}\r\nok`, notHttp],
  ["ten thousand lines", `${OK}${"x: y\r\n".repeat(10_000)}${LENGTH}\r\nok`, passed],
  ["fifteen hundred lines", `${OK}${"x: y\r\n".repeat(1500)}${LENGTH}\r\nok`, passed],
  ["a Connection that lists the length", `${OK}connection: content-length\r\n${LENGTH}\r\nok`, passed],

  // Interim answers and switches.
  ["a hundred times 100", `${"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)}${OK}${LENGTH}\r\nok`, passed],
  ["a 100 that announces a body", `HTTP/1.1 100 Go\r\ncontent-length: 5\r\n\r\n${OK}${LENGTH}\r\nok`, passed],
  ["a 199", `HTTP/1.1 199 X\r\n\r\n${OK}${LENGTH}\r\nok`, passed],
  ["a 100 and no more", "HTTP/1.1 100 Continue\r\n\r\n", 502],
  ["a 101 that nobody asked for", "HTTP/1.1 101 Switching\r\n\r\nxyz", 502],
  [
    "a 101 with all that belongs to it",
    "HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\nxyz",
    502,
  ],
  ["an Upgrade in a 200", `${OK}connection: upgrade\r\nupgrade: foo\r\n${LENGTH}\r\nok`, passed],

  // Bodies where none may be.
  ["a 204 with a body", "HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello", { status: 204, text: "" }],
  ["a 204 with chunks", `HTTP/1.1 204 No\r\n${CHUNKED}5\r\nhello\r\n0\r\n\r\n`, { status: 204, text: "" }],
  ["a 304 with a body", "HTTP/1.1 304 No\r\ncontent-length: 5\r\n\r\nhello", { status: 304, text: "" }],

  // No answer at all.
  ["nothing", "", 502],
  ["an empty line", "\r\n\r\n", 502],
  ["half a head", "HTTP/1.1 200 OK\r\ncontent-", 502],
  ["a TLS alert", "\x15\x03\x01\x00\x02\x02\x46", notHttp],
  ["HTTP/2", "\x00\x00\x00\x04\x00\x00\x00\x00\x00", notHttp],

  // Errors that are cut: their status has said what matters.
  ["half an error", `HTTP/1.1 503 X\r\ncontent-length: 20\r\n\r\n{"code"`, 503],
  ["an error with bad chunks", `HTTP/1.1 503 X\r\n${CHUNKED}zz\r\n`, 503],
  [
    "an error that is not compressed as it says",
    `HTTP/1.1 500 X\r\ncontent-encoding: gzip\r\n${LENGTH}\r\nok`,
    500,
  ],
];

const POLICY = "retry: { attempts: 1 }\nbreaker: { minimum: 1000 }\n";

/** Gives the first request of each connection the bytes, and `/good` a good answer. */
function startBroken(bytes: string, stays: boolean): Promise<RawUpstream> {
  return startRawUpstream((socket, soFar) => {
    if (soFar.includes("GET /good")) socket.write(plainAnswer(200, "good"));
    else if (!soFar.endsWith("\r\n\r\n")) return;
    else if (stays) socket.write(bytes, "latin1");
    else socket.end(bytes, "latin1");
  });
}

async function seenBy(url: string, method: string): Promise<Seen> {
  try {
    const { status, text } = await ask(url, method, "/bad");
    return { status, text };
  } catch {
    return "cut";
  }
}

describe.each(["GET", "POST"])("%s is answered with", (method) => {
  it.each(ANSWERS)("%s", async (_name, bytes, seen) => {
    const raw = await startBroken(bytes, false);
    const g = await start({ upstream: raw.url, policy: POLICY });
    const answer = await seenBy(g.url, method);
    expect(answer).toEqual(typeof seen === "number" ? { status: seen, text: expect.any(String) } : seen);
    if (typeof answer === "object" && answer.status === 502)
      expect(JSON.parse(answer.text)).toMatchObject({ code: 502, reason: "Bad Gateway" });
    expect((await ask(g.url, "GET", "/good")).text).toBe("good");
    await g.ended(2);
    expect(g.gateway.families.snapshot()).toMatchObject([{ inFlight: 0, queued: 0 }]);
    expect(g.exchanges()[0]?.attempts).toBe(1);
    await raw.close();
  });
});

describe("on a connection that stays open, behind", () => {
  const staying = ANSWERS.filter(([name]) => /behind|101|204|304|Upgrade/.test(name));
  it.each(staying)("%s the next request gets its own answer", async (_name, bytes) => {
    const raw = await startBroken(bytes, true);
    const policy = `attempt: { timeout: 300ms, connect: 200ms, idle: 300ms }\n${POLICY}`;
    const g = await start({ upstream: raw.url, policy });
    await seenBy(g.url, "GET");
    expect((await ask(g.url, "GET", "/good")).text).toBe("good");
    await g.ended(2);
    expect(g.gateway.families.snapshot()).toMatchObject([{ inFlight: 0, queued: 0 }]);
    await raw.close();
  });
});

it.each([
  ["bytes behind a head that HEAD asked for", `${OK}${LENGTH}\r\nok`, 200],
  ["chunks behind a head that HEAD asked for", `${OK}${CHUNKED}2\r\nok\r\n0\r\n\r\n`, 200],
  ["a HEAD told 099", "HTTP/1.1 099 X\r\n\r\n", 502],
  ["a HEAD told half an error", "HTTP/1.1 503 X\r\ncontent-length: 20\r\n\r\n{", 503],
])("%s", async (_name, bytes, status) => {
  const raw = await startBroken(bytes, true);
  const g = await start({ upstream: raw.url, policy: POLICY });
  expect(await seenBy(g.url, "HEAD")).toEqual({ status, text: "" });
  expect((await ask(g.url, "GET", "/good")).text).toBe("good");
  await raw.close();
});

it("a 204 goes to the caller without the length that it must not have", async () => {
  const raw = await startBroken("HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello", false);
  const g = await start({ upstream: raw.url });
  expect((await ask(g.url, "GET", "/bad")).headers["content-length"]).toBeUndefined();
  await raw.close();
});
