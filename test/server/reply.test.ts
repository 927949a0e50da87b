/** Writing a reply: how its delivery is told, and that nothing stays taken when it cannot be written. */
import http, { type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Delivery, Reply, ReplyBody } from "../../src/gateway/caller.ts";
import { writeReply } from "../../src/server/reply.ts";
import type { BodyStream } from "../../src/upstream/message.ts";
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

/** The rest of a tenant's answer that says what it is told to say as soon as somebody takes it. */
function rest(says: readonly (string | "end" | "cut")[] = []): BodyStream & { letGoes: number } {
  return {
    letGoes: 0,
    flow(to) {
      for (const each of says) {
        if (each === "end") to.end();
        else if (each === "cut") to.cut();
        else to.piece(Buffer.from(each));
      }
    },
    pause() {},
    resume() {},
    letGo() {
      this.letGoes++;
    },
  };
}

const streaming = (stream: BodyStream, beginning = ""): ReplyBody => ({
  kind: "stream",
  beginning: Buffer.from(beginning),
  rest: stream,
});

function reply(body: ReplyBody, told: Delivery[], status = 200): Reply {
  return { status, statusText: undefined, headers: [], body, ended: (how) => told.push(how) };
}

it("a reply that cannot be written lets go of the tenant's answer and says so once", async () => {
  const stream = rest(["some"]);
  const told: Delivery[] = [];
  const url = await serving(async (response) => {
    await expect(writeReply(response, reply(streaming(stream), told, 99), systemClock)).rejects.toThrow(
      /status/i,
    );
    response.writeHead(500).end();
  });
  expect((await fetch(url)).status).toBe(500);
  expect({ told, letGoes: stream.letGoes }).toEqual({ told: ["cut"], letGoes: 1 });
});

it.each([
  ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "ECONNRESET"],
  ["HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined],
])("half an answer looks like half an answer to a caller who speaks %s", async (_version, request, error) => {
  const told: Delivery[] = [];
  const url = await serving((response) =>
    writeReply(response, reply(streaming(rest(["half", "cut"])), told), systemClock),
  );
  const talking = talk(url, request);
  open.push({ close: () => talking.socket.destroy() });
  expect(await talking.over).toBe(error);
  expect(talking.heard()).not.toMatch(/0\r\n\r\n$/);
  expect(told).toEqual(["cut"]);
});

it("an answer that has come to its end before it is passed on arrives whole", async () => {
  const told: Delivery[] = [];
  const body = streaming(rest(["end"]), "all of it");
  const url = await serving((response) => writeReply(response, reply(body, told), systemClock));
  expect(await (await fetch(url)).text()).toBe("all of it");
  expect(told).toEqual(["delivered"]);
});
