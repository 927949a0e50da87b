/**
 * A tenant for measuring memory, over TLS as a real one: 1 KiB to a read, 1 MiB to a read of `large`, and to a write a
 * short answer after some time, in which the gateway has to hold its body.
 */
import { readFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";

/** About what a write takes in a real tenant. */
const WRITE_MS = 200;

const json = (bytes: number): string => {
  const [head, tail] = ['{"_id":"1","_rev":"1","padding":"', '"}'];
  return head + "x".repeat(bytes - head.length - tail.length) + tail;
};
const small = Buffer.from(json(1024));
const large = Buffer.from(json(1024 * 1024));
const file = (name: string): Buffer => readFileSync(new URL(`../test/fixtures/tls/${name}`, import.meta.url));

const server = https.createServer({ cert: file("server.pem"), key: file("server.key.pem") });
server.on("request", (request, response) => {
  const body = request.url?.endsWith("large") ? large : small;
  const answer = (): void => {
    response.writeHead(200, {
      "content-type": "application/json;charset=utf-8",
      "content-length": String(body.length),
      via: "1.1 google",
      etag: '"1"',
    });
    response.end(body);
  };
  request.resume().on("end", () => (request.method === "PUT" ? setTimeout(answer, WRITE_MS) : answer()));
});
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`https://localhost:${(server.address() as AddressInfo).port}\n`);
});
