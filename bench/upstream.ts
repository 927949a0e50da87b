/** An upstream that costs as little as possible: the same 1 KiB of JSON to everybody. */
import http from "node:http";
import type { AddressInfo } from "node:net";

const body = JSON.stringify({ _id: "1", _rev: "1", padding: "x".repeat(990) });
const headers = {
  "content-type": "application/json;charset=utf-8",
  "content-length": String(Buffer.byteLength(body)),
  via: "1.1 google",
  etag: '"1"',
};
const server = http.createServer((request, response) => {
  request.resume();
  response.writeHead(200, headers).end(body);
});
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
