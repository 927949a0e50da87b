/** Bodies too large for any memory, both ways, without anybody having to hold one. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const PIECE = Buffer.alloc(64 * 1024, "x");

function* pieces(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= PIECE.length)
    yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
}

/** Answers `/so-many` with so many bytes, and a body with how many it had. */
export async function startHugeTenant(): Promise<{ readonly url: string; close(): void }> {
  const server = http.createServer((request, response) => {
    void (async () => {
      let had = 0;
      for await (const piece of request) had += piece.length;
      const wanted = Number(request.url?.slice(1));
      if (request.method === "GET") {
        response.writeHead(200, { "content-type": "application/octet-stream", "content-length": wanted });
        await pipeline(Readable.from(pieces(wanted)), response);
      } else response.end(JSON.stringify({ had }));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** How many bytes came. */
export async function hugeDownload(base: string, bytes: number): Promise<number> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) =>
    http.get(`${base}/${bytes}`, { agent: false }, resolve).on("error", reject),
  );
  let came = 0;
  for await (const piece of response) came += piece.length;
  return came;
}

/** How many bytes arrived at the tenant. */
export async function hugeUpload(base: string, bytes: number): Promise<number> {
  const request = http.request(`${base}/0`, {
    method: "PUT",
    agent: false,
    headers: { "content-length": bytes },
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) =>
    request.on("response", resolve).on("error", reject),
  );
  await pipeline(Readable.from(pieces(bytes)), request);
  let text = "";
  for await (const piece of await answered) text += piece;
  return JSON.parse(text).had;
}
