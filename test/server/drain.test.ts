/** Stopping: what is waited for, and what is not. */
import { once } from "node:events";
import http from "node:http";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { drain } from "../../src/server/drain.ts";
import { ask, gateways } from "../support/gateway.ts";
import { startRawUpstream } from "../support/raw-upstream.ts";
import { talk } from "../support/talk.ts";

const start = gateways();

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const PATIENT = { delayMs: 0, limitMs: 25_000 };

it("an answer that began before the stop is finished, and its connection is not waited for", async () => {
  const raw = await startRawUpstream((socket) =>
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n${"x".repeat(100_000)}`),
  );
  open.push(raw);
  const g = await start({ upstream: raw.url });
  const agent = new http.Agent({ keepAlive: true });
  open.push({ close: () => agent.destroy() });
  const [response] = await once(http.get(`${g.url}/x`, { agent }), "response");
  expect(response.headers.connection).toBe("keep-alive");
  const stopping = drain(g.server, PATIENT, systemClock);
  // The end of its body comes only when idle connections have been closed.
  const { http: server } = g.server;
  const closeIdle = server.closeIdleConnections;
  server.closeIdleConnections = () => {
    closeIdle.call(server);
    server.closeIdleConnections = closeIdle;
    for (const socket of raw.sockets) socket.write("x".repeat(100_000));
  };
  let size = 0;
  for await (const piece of response) size += piece.length;
  expect(size).toBe(200_000);
  expect(await stopping).toBe("finished");
});

it("a connection that has never said a word is not waited for", async () => {
  const g = await start();
  const connected = once(g.server.http, "connection");
  const silent = talk(g.url, "");
  open.push({ close: () => silent.socket.destroy() });
  await connected;
  expect(await drain(g.server, PATIENT, systemClock)).toBe("finished");
  expect(silent.heard()).toBe("");
});

it("what the limit cuts is logged before the stop is over", async () => {
  const g = await start();
  g.tenant.hang();
  const cut = ask(g.url, "GET", "/openidm/x").catch((error: Error) => error.message);
  await g.tenant.waitFor(1);
  expect(await drain(g.server, { delayMs: 0, limitMs: 50 }, systemClock)).toBe("cut");
  expect(g.exchanges()).toMatchObject([{ status: 499, attempts: 1 }]);
  expect(await cut).toMatch(/hang up|ECONNRESET/);
});
