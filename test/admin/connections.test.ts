/** However many connections somebody holds, and however he holds them, a probe is answered. */
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createAdmin } from "../../src/admin/server.ts";
import { turnsUntil } from "../support/manual-clock.ts";
import { calmParts } from "./parts.ts";

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen() {
  const metrics = { expose: async () => ({ contentType: "text/plain", body: "x".repeat(8 << 20) }) };
  const { http: server } = createAdmin(calmParts({ metrics }));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

/** One connection that has sent these bytes and reads nothing unless told to. */
async function holds(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.write(bytes);
  return socket;
}

const KEPT = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

it.each([
  ["keeps them after an answer", KEPT],
  ["says nothing on them", ""],
  ["never ends his head", "GET /livez HTTP/1.1\r\nX-Slow: "],
  ["reads nothing of a long answer", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"],
])("100 connections of one who %s shut no probe out", async (_name, bytes) => {
  const { server, port } = await listen();
  for (let i = 0; i < 100; i++) await holds(port, bytes);
  const standing = () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  for (const path of ["/livez", "/readyz", "/status.json"])
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(200);
  let count = await standing();
  await turnsUntil(() => {
    void standing().then((now) => {
      count = now;
    });
    return count <= 64;
  });
  expect(count).toBeLessThanOrEqual(64);
});

it("who is between two requests goes before one who is being answered", async () => {
  const { port } = await listen();
  const answered = await holds(port, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  answered.pause();
  await new Promise<void>((resolve) => answered.once("readable", resolve));
  for (let i = 0; i < 100; i++) {
    const kept = await holds(port, KEPT);
    await new Promise<void>((resolve) => kept.once("data", () => resolve()));
  }
  let length = 0;
  for await (const piece of answered) {
    length += piece.length;
    if (length > 8 << 20) break;
  }
  expect(length).toBeGreaterThan(8 << 20);
});
