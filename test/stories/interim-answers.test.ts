/** Interim answers of the tenant (RFC 9110 section 15.2) on their way to callers. */
import { afterEach, describe, expect, it } from "vitest";
import { gateways } from "../support/gateway.ts";
import { someTurns } from "../support/manual-clock.ts";
import { plainAnswer, startRawUpstream } from "../support/raw-upstream.ts";
import { talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";

type Upstream = Parameters<typeof startRawUpstream>[0];

/** What a caller reads whose request is answered like that, once `until` has come. */
async function heard(request: string, onData: Upstream, until: RegExp, policy = ""): Promise<string> {
  const raw = await startRawUpstream(onData);
  open.push(raw);
  const g = await start({ upstream: raw.url, policy });
  const caller = talk(g.url, request);
  await caller.until(until);
  caller.socket.destroy();
  return caller.heard();
}

const GET = "GET /x HTTP/1.1\r\nHost: g\r\n\r\n";
const PUT = "PUT /x HTTP/1.1\r\nHost: g\r\nContent-Length: 3\r\n\r\nEND";

/** Both engines: a held body goes through the one, what streams through the other. */
const WAYS = [
  ["a read", GET, ""],
  ["a held write", PUT, ""],
  ["a streamed write", PUT, "replay: { maxBody: 0B }\n"],
] as const;

const isWhole = (soFar: string): boolean => soFar.endsWith("\r\n\r\n") || soFar.endsWith("END");

describe.each(WAYS)("%s", (_name, request, policy) => {
  it("gets them at once, with their fields, in front of the answer", async () => {
    const answers = `HTTP/1.1 102 Processing\r\n\r\n${HINTS}`;
    const said = await heard(
      request,
      async (socket, soFar) => {
        if (!isWhole(soFar)) return;
        socket.write(answers);
        await someTurns();
        socket.write(plainAnswer(200, "done"));
      },
      /done$/,
      policy,
    );
    expect(said.startsWith(`${answers}HTTP/1.1 200 `)).toBe(true);
  });

  it("gets none of the fields that belong to the hop, to us or to a body, and no 100 that it did not ask for", async () => {
    const fields = [
      "Connection: x-hop",
      "X-Hop: 1",
      "Keep-Alive: timeout=5",
      "X-Gateway-Attempts: 9",
      "Alt-Svc: h3",
      "Content-Length: 5",
    ].join("\r\n");
    const odd = `HTTP/1.1 103 Odd\r\n${fields}\r\nX-End: 1\r\n\r\n`;
    const said = await heard(
      request,
      (socket, soFar) => {
        if (isWhole(soFar)) socket.write(`HTTP/1.1 100 Continue\r\n\r\n${odd}${plainAnswer(200, "done")}`);
      },
      /done$/,
      policy,
    );
    expect(said.startsWith("HTTP/1.1 103 Early Hints\r\nX-End: 1\r\n\r\nHTTP/1.1 200 ")).toBe(true);
  });

  it("gets none when it speaks HTTP/1.0", async () => {
    const said = await heard(
      request.replace("HTTP/1.1", "HTTP/1.0"),
      (socket, soFar) => {
        if (isWhole(soFar)) socket.write(HINTS + plainAnswer(200, "done"));
      },
      /done$/,
      policy,
    );
    expect(said).toMatch(/^HTTP\/1\.1 200 /);
  });
});

it("they commit nothing: the attempt that brought one fails, and the next is answered", async () => {
  const said = await heard(
    GET,
    (socket, soFar, connection) => {
      if (!isWhole(soFar)) return;
      if (connection === 0) socket.end(HINTS);
      else socket.write(HINTS + plainAnswer(200, "done"));
    },
    /done$/,
  );
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 103", "HTTP/1.1 103", "HTTP/1.1 200"]);
  expect(said).toMatch(/X-Gateway-Attempts: 2\r\n/);
});
