/**
 * Requests written so that two readers may find different ones in the same bytes (RFC 9112 section 11.2). Whatever a
 * caller sends, the tenant sees exactly the requests that were sent, or none of them; by both engines. Each row is followed
 * by an innocent request on the same connection, which has to be answered as such or not at all.
 */
import { afterEach, describe, expect, it } from "vitest";
import { type CapturingUpstream, startCapturingUpstream } from "../support/capturing-upstream.ts";
import { gateways } from "../support/gateway.ts";
import { turnsUntil } from "../support/manual-clock.ts";
import { talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST = "0\r\n\r\n";

const line = (text: string): string => `${text}\r\nHost: a\r\n\r\n`;
const fields = (text: string): string => `GET /x HTTP/1.1\r\nHost: a\r\n${text}\r\n\r\n`;
const length = (value: string): string =>
  `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${value}\r\n\r\nabc`;
const coded = (field: string, body = LAST, request = "POST /x HTTP/1.1"): string =>
  `${request}\r\nHost: a\r\n${field}\r\n\r\n${body}`;
const chunked = (body: string, request?: string): string =>
  coded("Transfer-Encoding: chunked", body, request);
const one = (size: string): string => chunked(`${size}\r\nabc\r\n${LAST}`);
const INSIDE = `${NEXT.length.toString(16)}\r\n${NEXT}\r\n${LAST}`;

type Row = readonly [section: string, name: string, bytes: string];

/** Told so, and the end of the connection. */
const REFUSED: Readonly<Record<number, readonly Row[]>> = {
  400: [
    ["9112 §2.2", "a bare LF ends the request line", "GET /x HTTP/1.1\nHost: a\n\n"],
    ["9112 §2.2", "a bare CR in a value", fields("X: y\rTransfer-Encoding: chunked")],
    ["9112 §2.2", "a bare LF in front of a coding", coded("X: y\nTransfer-Encoding: chunked")],
    ["9112 §2.2", "a space in front of the request", ` ${line("GET /x HTTP/1.1")}`],
    ["9112 §2.2", "a space in front of the first field", line("GET /x HTTP/1.1\r\n X: y")],
    ["9112 §3", "a tab in the request line", line("GET\t/x HTTP/1.1")],
    ["9112 §3", "a space behind the version", line("GET /x HTTP/1.1 ")],
    ["9112 §3", "a space in the target", line("GET /x y HTTP/1.1")],
    ["9112 §3", "a NUL in the target", line("GET /\0 HTTP/1.1")],
    ["9112 §2.3", "a version in lower case", line("GET /x http/1.1")],
    ["9112 §2.3", "a version of too many digits", line("GET /x HTTP/1.10")],
    ["9112 §3.3", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["9112 §5", "a field without a colon", fields("X")],
    ["9112 §5", "a field without a name", fields(": x")],
    ["9112 §5", "a NUL in a value", fields("X: \0")],
    ["9112 §5.1", "a space before the colon", fields("X : y")],
    ["9112 §5.1", "a space before the colon of a coding", coded("Transfer-Encoding : chunked")],
    ["9112 §5.1", "a space before the colon of a length", length("3").replace("Length:", "Length :")],
    ["9112 §5.2", "a folded field", fields("X: y\r\n z")],
    ["9112 §5.2", "a folded coding", coded("Transfer-Encoding:\r\n chunked")],
    [
      "9112 §6.1",
      "a length and a coding",
      coded("Content-Length: 6\r\nTransfer-Encoding: chunked", `${LAST}G`),
    ],
    [
      "9112 §6.1",
      "a coding and a length",
      coded("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\nGPOST"),
    ],
    ["9112 §6.1", "a coding in HTTP/1.0", chunked(LAST, "POST /x HTTP/1.0\r\nConnection: keep-alive")],
    ["9112 §6.3", "a coding that is not chunked", coded("Transfer-Encoding: gzip")],
    ["9112 §6.3", "chunked, but not last", coded("Transfer-Encoding: chunked, identity")],
    ["9112 §6.3", "chunked twice", coded("Transfer-Encoding: chunked, chunked")],
    [
      "9112 §6.3",
      "chunked twice, by lines",
      coded("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    ],
    ["9112 §6.3", "nearly chunked", coded("Transfer-Encoding: xchunked")],
    ["9112 §6.3", "chunked with a parameter", coded("Transfer-Encoding: chunked;q=1")],
    ["9112 §6.3", "chunked in quotes", coded('Transfer-Encoding: "chunked"')],
    ["9112 §6.3", "a vertical tab before chunked", coded("Transfer-Encoding: \x0bchunked")],
    ["9112 §6.3", "a NUL behind chunked", coded("Transfer-Encoding: chunked\0")],
    ["9112 §6.3", "an empty coding", coded("Transfer-Encoding: ")],
    ...["+3", "-3", "0x3", "3,3", "3, 3", "3e0", "", "3;", "3 3", "99999999999999999999"].map(
      (value): Row => ["9112 §6.3", `a length of "${value}"`, length(value)],
    ),
    ["9112 §6.3", "the same length twice", length("3\r\nContent-Length: 3")],
    ["9112 §6.3", "two lengths", length("3\r\nContent-Length: 4")],
    ...[
      "3 ;e",
      "3 ",
      " 3",
      "0x3",
      "+3",
      "-3",
      "",
      "FFFFFFFFFFFFFFFF3",
      "10000000000000003",
      "3\t",
      "3\n",
    ].map((size): Row => ["9112 §7.1", `a chunk's size of ${JSON.stringify(size)}`, one(size)]),
    ["9112 §7.1", "chunks with bare LFs", chunked("3\nabc\n0\n\n")],
    ["9112 §7.1", "a chunk longer than it says", chunked(`3\r\nabcd\r\n${LAST}`)],
    ["9112 §7.1", "no end behind the last chunk", chunked("3\r\nabc\r\n0\r\n")],
    ["9112 §7.1.2", "a length among the trailers", chunked("0\r\nContent-Length: 50\r\n\r\n")],
  ],
  413: [["9112 §7.1.1", "a chunk extension beyond measure", one(`3;${"e".repeat(17_000)}`)]],
  501: [
    ["9112 §3", "a method in lower case", line("get /x HTTP/1.1")],
    ["9112 §3", "a method beyond measure", line(`${"A".repeat(3000)} /x HTTP/1.1`)],
    ["9112 §6.1", "another coding in front of chunked", coded("Transfer-Encoding: gzip, chunked")],
    ["9112 §6.1", "no coding in front of chunked", coded("Transfer-Encoding: identity, chunked")],
    [
      "9112 §6.1",
      "another coding on a line of its own",
      coded("Transfer-Encoding: x\r\nTransfer-Encoding: chunked"),
    ],
  ],
  505: [
    ["9112 §2.3", "HTTP/1.2", line("GET /x HTTP/1.2")],
    ["9112 §2.3", "HTTP/2.0", line("GET /x HTTP/2.0")],
    ["9112 §2.3", "no version", "GET /x\r\n\r\n"],
  ],
};

/** What the tenant sees, by method, target and body; and then the innocent request. */
const PASSED: readonly (readonly [...Row, seen: string])[] = [
  ["9112 §2.2", "empty lines in front of a request", `\r\n\r\n${line("GET /x HTTP/1.1")}`, "GET /x "],
  ["9112 §3", "two spaces in the request line, made one", line("GET  /x HTTP/1.1"), "GET /x "],
  ["9112 §3.2.2", "another host in the target", line("GET http://evil.example/x HTTP/1.1"), "GET /x "],
  [
    "9112 §6.1",
    "chunked in another case",
    coded("Transfer-Encoding: Chunked", `3\r\nabc\r\n${LAST}`),
    "POST /x abc",
  ],
  [
    "9112 §6.1",
    "a tab in front of chunked",
    coded("Transfer-Encoding:\tchunked", `3\r\nabc\r\n${LAST}`),
    "POST /x abc",
  ],
  ["9112 §6.3", "spaces around a length", length("  3 "), "POST /x abc"],
  ["9112 §6.3", "zeros in front of a length", length("0003"), "POST /x abc"],
  ["9112 §7.1", "zeros in front of a chunk's size", one("0003"), "POST /x abc"],
  ["9112 §7.1.1", "a chunk extension", one('3;e="f"'), "POST /x abc"],
  [
    "9112 §7.1.2",
    "trailers",
    chunked("3\r\nabc\r\n0\r\nX-Trailer: 1\r\nHost: evil.example\r\n\r\n"),
    "POST /x abc",
  ],
  ["9110 §8.6", "a length with an underscore", length("3\r\nContent_Length: 99"), "POST /x abc"],
  ["9110 §8.6", "a coding with an underscore", length("3\r\nTransfer_Encoding: chunked"), "POST /x abc"],
  [
    "9110 §7.6.1",
    "a Connection that lists the framing",
    length("3\r\nConnection: content-length, host"),
    "POST /x abc",
  ],
  [
    "9110 §9.3.1",
    "a GET whose body is a request",
    `${line(`GET /x HTTP/1.1\r\nContent-Length: ${NEXT.length}`)}${NEXT}`,
    `GET /x ${NEXT}`,
  ],
  ["9110 §9.3.2", "a HEAD with a body", length("3").replace("POST", "HEAD"), "HEAD /x abc"],
  [
    "9110 §9.3.5",
    "a chunked DELETE whose body is a request",
    chunked(INSIDE, "DELETE /x HTTP/1.1"),
    `DELETE /x ${NEXT}`,
  ],
  [
    "9110 §9.3.7",
    "a chunked OPTIONS whose body is a request",
    chunked(INSIDE, "OPTIONS /x HTTP/1.1"),
    `OPTIONS /x ${NEXT}`,
  ],
  ["9110 §10.1.1", "a body that did not wait for 100", length("3\r\nExpect: 100-continue"), "POST /x abc"],
];

async function startTenant(): Promise<CapturingUpstream> {
  const tenant = await startCapturingUpstream();
  open.push(tenant);
  return tenant;
}

const seenBy = (tenant: CapturingUpstream): string[] =>
  tenant.seen.map((each) => `${each.line.replace(/ HTTP\/1\.1$/, "")} ${each.body}`);

describe.each([
  ["bodies that are held (undici)", ""],
  ["bodies that stream (http-proxy)", "replay: { maxBody: 0B }\n"],
])("RFC 9112 §11.2, with %s", (_engine, policy) => {
  describe.each(Object.entries(REFUSED))("told %s", (status, rows) => {
    it.each(rows)("RFC %s: %s", async (_section, _name, bytes) => {
      const tenant = await startTenant();
      const g = await start({ upstream: tenant.url, policy });
      const caller = talk(g.url, bytes + NEXT);
      open.push({ close: () => caller.socket.destroy() });
      await caller.over;
      expect(caller.statuses()).toEqual([Number(status)]);
      expect(caller.heard()).toMatch(/connection: close/i);
      expect(seenBy(tenant)).toEqual([]);
    });
  });

  it.each(PASSED)("RFC %s: %s", async (_section, _name, bytes, seen) => {
    const tenant = await startTenant();
    const g = await start({ upstream: tenant.url, policy });
    const caller = talk(g.url, bytes + NEXT);
    open.push({ close: () => caller.socket.destroy() });
    const final = (): number[] => caller.statuses().filter((status) => status >= 200);
    await turnsUntil(() => final().length === 2);
    expect(final()).toEqual([200, 200]);
    // Safe requests go out together, on connections of their own.
    expect(seenBy(tenant).toSorted()).toEqual([seen, "GET /next "].toSorted());
    for (const each of tenant.seen) {
      const names = each.headers.map((header) => header.slice(0, header.indexOf(":")).toLowerCase());
      expect(names.filter((name) => /_|trailer/.test(name))).toEqual([]);
      expect(each.field("host")).toEqual([new URL(tenant.url).host]);
    }
  });
});
