/**
 * Requests sent ahead on one connection, of which an answer breaks off or a body goes wrong: nothing that is said is taken
 * for another's answer, and nothing is begun of which nobody would hear.
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { gateways, type Running } from "../support/gateway.ts";
import { someTurns, turnsUntil } from "../support/manual-clock.ts";
import { plainAnswer, startRawUpstream } from "../support/raw-upstream.ts";
import { type Talk, talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const CREATE = "POST /openidm/c?_action=create HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
/** A read with a body, so that it goes on beside others; too long to be held, and not at its end. */
const BODY = "x".repeat(4096);
const UPLOAD = `GET /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n${BODY}\r\n`;
const NO_CHUNK = "ZZ";
/** So long that it is passed on as it comes. */
const BEGINNING = `HTTP/1.1 200 Whatever\r\ncontent-length: 200000\r\n\r\n${"y".repeat(10_000)}`;

type Setting = {
  readonly g: Running;
  readonly caller: Talk;
  readonly seen: () => string;
  /** The tenant's side of the request for a path. */
  readonly at: (path: string) => Socket;
};

/** A caller who has said this, of which the tenant has seen that. */
async function setting(says: string, ...seen: string[]): Promise<Setting> {
  const sockets = new Map<string, Socket>();
  const raw = await startRawUpstream((socket, soFar) => {
    const [, path = ""] = /^[A-Z]+ (\S+)/.exec(soFar) ?? [];
    sockets.set(path, socket);
  });
  open.push(raw);
  const g = await start({ upstream: raw.url, policy: "replay: { maxBody: 1KiB, memory: 64MiB }\n" });
  const caller = talk(g.url, says);
  open.push({ close: () => caller.socket.destroy() });
  for (const text of seen) await raw.until(text);
  const at = (path: string): Socket => {
    const socket = sockets.get(path);
    if (!socket) throw new Error(`The tenant has not seen ${path}.`);
    return socket;
  };
  return { g, caller, at, seen: () => raw.received.join("") };
}

const told = (g: Running) => g.exchanges().map(({ method, status, attempts }) => [method, status, attempts]);

it("a write behind an answer that breaks off is not begun", async () => {
  const { g, caller, at, seen } = await setting(get("/b") + CREATE, "/b");
  at("/b").write(BEGINNING);
  await caller.until(/y$/);
  at("/b").destroy();
  await caller.over;
  await g.ended(2);
  await someTurns();
  expect(seen()).not.toContain("POST");
  expect(told(g)).toEqual([
    ["GET", 200, 1],
    ["POST", 499, 0],
  ]);
});

it("nor is one behind an answer that broke off before its turn", async () => {
  const { g, caller, at, seen } = await setting(get("/a") + get("/b") + CREATE, "/a", "/b");
  at("/b").write(BEGINNING);
  await g.until((event) => event.kind === "attempt");
  at("/b").destroy();
  await g.ended(1);
  at("/a").write(plainAnswer(200, "first"));
  await caller.over;
  await g.ended(3);
  await someTurns();
  expect(caller.heard()).toMatch(/first$/);
  expect(seen()).not.toContain("POST");
  expect(told(g)).toEqual([
    ["GET", 200, 1],
    ["GET", 200, 1],
    ["POST", 499, 0],
  ]);
});

it("what is wrong with a request whose answer broke off is not said in another's place", async () => {
  const { g, caller, at } = await setting(get("/a") + UPLOAD, "/a", BODY);
  const complained = once(g.server.http, "clientError");
  caller.socket.write(NO_CHUNK);
  await complained;
  at("/b").write(BEGINNING);
  await g.until((event) => event.kind === "attempt");
  at("/b").destroy();
  await g.ended(1);
  at("/a").write(plainAnswer(200, "first"));
  await caller.over;
  expect(caller.statuses()).toEqual([200]);
  expect(caller.heard()).toMatch(/first$/);
});

it("nor inside an answer to it that has begun since", async () => {
  const { g, caller, at } = await setting(get("/a") + UPLOAD, "/a", BODY);
  const complained = once(g.server.http, "clientError");
  caller.socket.write(NO_CHUNK);
  await complained;
  at("/b").write(BEGINNING);
  await g.until((event) => event.kind === "attempt");
  await someTurns();
  at("/a").write(plainAnswer(200, "first"));
  await caller.over;
  expect(caller.heard()).toContain("first");
  expect(caller.heard()).not.toContain("HPE_");
});

it("nor behind one that the gateway gave for another reason", async () => {
  const noHost = UPLOAD.replace("Host: a\r\n", "");
  const { g, caller, at } = await setting(get("/a") + noHost + NO_CHUNK, "/a");
  at("/a").write(plainAnswer(200, "first"));
  await caller.over;
  await turnsUntil(() => g.exchanges().length === 2);
  expect(caller.statuses()).toEqual([200, 400]);
  expect(caller.heard()).not.toContain("HPE_");
});

it.each([
  ["held", "replay: { maxBody: 1MiB }\n"],
  ["streamed", "replay: { maxBody: 0B }\n"],
])("a %s body that goes wrong stands in the log with what its caller was told", async (_, policy) => {
  const raw = await startRawUpstream(() => {});
  open.push(raw);
  const g = await start({ upstream: raw.url, policy });
  const caller = talk(
    g.url,
    "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nZZ\r\n",
  );
  open.push({ close: () => caller.socket.destroy() });
  await caller.until(/^HTTP\/1\.1 400 .*not well-formed/s);
  caller.socket.destroy();
  await g.ended(1);
  const [exchange] = g.exchanges();
  expect(exchange).toMatchObject({ method: "POST", status: 400 });
  expect(exchange).not.toHaveProperty("delivery");
});
