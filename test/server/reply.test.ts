/** Writing a reply: how its delivery is told, and that nothing stays taken when it cannot be written. */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Delivery, Reply, ReplyBody } from "../../src/gateway/caller.ts";
import { writeReply } from "../../src/server/reply.ts";
import { talk } from "../support/talk.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0).reverse()) each.close();
});

async function serving(answer: (response: ServerResponse) => unknown): Promise<string> {
  const server = http.createServer((_request, response) => void answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => server.close().closeAllConnections() });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The tenant's answer, its head read and its body still to come. */
async function tenantAnswer(bytes: string): Promise<IncomingMessage> {
  const url = await serving((response) => response.socket?.end(bytes));
  return new Promise((resolve, reject) => {
    http.get(url, { agent: false }, (message) => resolve(message.on("error", () => {}))).on("error", reject);
  });
}

const streaming = (message: IncomingMessage): ReplyBody => ({
  kind: "stream",
  beginning: Buffer.alloc(0),
  message,
  idleMs: 5_000,
});

function reply(body: ReplyBody, told: Delivery[], status = 200): Reply {
  return { status, statusText: undefined, headers: [], body, ended: (how) => told.push(how) };
}

it("a reply that cannot be written lets go of the tenant's answer and says so once", async () => {
  const message = await tenantAnswer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsome");
  const told: Delivery[] = [];
  const url = await serving(async (response) => {
    await expect(
      writeReply(response, reply(streaming(message), told, 99), { closing: false }, systemClock),
    ).rejects.toThrow(/status/i);
    response.writeHead(500).end();
  });
  expect((await fetch(url)).status).toBe(500);
  expect({ told, destroyed: message.destroyed }).toEqual({ told: ["cut"], destroyed: true });
});

it.each([
  ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "ECONNRESET"],
  ["HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined],
])("half an answer looks like half an answer to a caller who speaks %s", async (_version, request, error) => {
  const message = await tenantAnswer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  const told: Delivery[] = [];
  const url = await serving((response) =>
    writeReply(response, reply(streaming(message), told), { closing: false }, systemClock),
  );
  const talking = talk(url, request);
  open.push({ close: () => talking.socket.destroy() });
  expect(await talking.over).toBe(error);
  expect(talking.heard()).not.toMatch(/0\r\n\r\n$/);
  expect(told).toEqual(["cut"]);
});

it("an answer that has come to its end before it is passed on arrives whole", async () => {
  const message = await tenantAnswer("HTTP/1.1 200 OK\r\n\r\n");
  for await (const _ of message) throw new Error("it has no body");
  const told: Delivery[] = [];
  const body: ReplyBody = {
    kind: "stream",
    beginning: Buffer.from("all of it"),
    message,
    idleMs: 5_000,
  };
  const url = await serving((response) =>
    writeReply(response, reply(body, told), { closing: false }, systemClock),
  );
  expect(await (await fetch(url)).text()).toBe("all of it");
  expect(told).toEqual(["delivered"]);
});
