/**
 * Requests behind which a connection ends: it is answered whole, its answer says so, and nothing that comes behind it is
 * read, in the same piece or in another (RFC 9112 sections 9.6 and 11.2).
 */
import { afterEach, describe, expect, it } from "vitest";
import { gateways } from "../support/gateway.ts";
import { someTurns } from "../support/manual-clock.ts";
import { plainAnswer, startRawUpstream } from "../support/raw-upstream.ts";
import { talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const offer = (method: string, protocol: string, more = "\r\n"): string =>
  `${method} /first HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${more}`;
const DELETE = "DELETE /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = `POST /behind HTTP/1.1\r\nHost: a\r\nContent-Length: ${DELETE.length}\r\n\r\n`;
const GET = "GET /behind HTTP/1.1\r\nHost: a\r\n\r\n";

/** What is sent, in pieces; what the tenant sees of it; what the caller is told. */
const ENDINGS: readonly (readonly [
  name: string,
  pieces: readonly string[],
  seen: string[],
  told: number[],
])[] = [
  ["an offer of h2c, and a request in the same piece", [offer("GET", "h2c") + GET], ["GET /first"], [200]],
  ["an offer of h2c, and a request in another", [offer("GET", "h2c"), GET], ["GET /first"], [200]],
  [
    "an offer of h2c, and a head whose body looks like a request",
    [offer("GET", "h2c") + POST, DELETE],
    ["GET /first"],
    [200],
  ],
  [
    "an offer with a body, and a request",
    [`${offer("POST", "h2c", "Content-Length: 2\r\n\r\n")}{}${GET}`, GET],
    ["POST /first"],
    [200],
  ],
  [
    "an offer with half a body, the rest and a request",
    [`${offer("POST", "h2c", "Content-Length: 2\r\n\r\n")}{`, `}${GET}`, GET],
    ["POST /first"],
    [200],
  ],
  [
    "an offer of a protocol that nobody knows",
    [offer("GET", "TLS/1.2") + POST, DELETE],
    ["GET /first"],
    [200],
  ],
  ["a WebSocket", [offer("GET", "websocket") + POST, DELETE], [], [501]],
  ["a WebSocket from HTTP/1.0", [offer("GET", "websocket").replace("1.1", "1.0") + POST, DELETE], [], [501]],
  [
    "an expectation that nobody knows, with the body behind it",
    [`PUT /first HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 2\r\n\r\n{}${DELETE}`, DELETE],
    [],
    [417],
  ],
  [
    "an expectation that nobody knows, whose body never comes",
    [
      `PUT /first HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: ${DELETE.length}\r\n\r\n`,
      DELETE,
    ],
    [],
    [417],
  ],
  ["CONNECT", [`CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n${DELETE}`, DELETE], [], [405]],
  [
    "the caller's own close",
    [`GET /first HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n${DELETE}`, DELETE],
    ["GET /first"],
    [200],
  ],
  ["HTTP/1.0", [`GET /first HTTP/1.0\r\nHost: a\r\n\r\n${DELETE}`, DELETE], ["GET /first"], [200]],
  [
    "more lines than are kept, the last of them an offer",
    [
      `GET /first HTTP/1.1\r\nHost: a\r\n${"a:b\r\n".repeat(1100)}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n${POST}`,
      DELETE,
    ],
    [],
    [431],
  ],
  [
    "what is no request",
    [`GET /first HTTP/1.1\r\nHost: a\r\n\r\n\x00\r\n\r\n${DELETE}`, DELETE],
    ["GET /first"],
    [200, 400],
  ],
];

describe("behind", () => {
  it.each(ENDINGS)("%s nothing is read", async (_name, pieces, seen, told) => {
    const answered = new Map<unknown, number>();
    const tenant = await startRawUpstream((socket, soFar) => {
      const count = soFar.split(/\r\n\r\n(?:\{\})?/).length - 1;
      if (count <= (answered.get(socket) ?? 0) || (/^POST/.test(soFar) && !soFar.endsWith("{}"))) return;
      answered.set(socket, count);
      socket.write(plainAnswer(200, "ok"));
    });
    open.push(tenant);
    const g = await start({ upstream: tenant.url });
    const caller = talk(g.url, "");
    open.push({ close: () => caller.socket.destroy() });
    for (const piece of pieces) {
      caller.socket.write(piece, "latin1");
      await someTurns();
    }
    await caller.over;
    expect(caller.statuses()).toEqual(told);
    expect(caller.heard().match(/^connection: close/gim)).toHaveLength(1);
    const lines = tenant.received.join("\n").match(/^[A-Z]+ \S+(?= HTTP)/gm) ?? [];
    expect(lines).toEqual(seen);
    await g.server.idle();
  });
});

it("more requests than a hundred sent ahead: the hundredth is the last", async () => {
  const g = await start();
  const caller = talk(g.url, "GET /openidm/x HTTP/1.1\r\nHost: a\r\n\r\n".repeat(150));
  open.push({ close: () => caller.socket.destroy() });
  await caller.over;
  expect(caller.statuses()).toHaveLength(100);
  expect(g.tenant.saw).toHaveLength(100);
});
