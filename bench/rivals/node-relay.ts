/** The least that passes on with Node alone: one request in, one out, bodies piped. It mends nothing. */
import http from "node:http";
import type { AddressInfo } from "node:net";

const { hostname, port } = new URL(process.argv[2] ?? "");
const agent = new http.Agent({ keepAlive: true });
const server = http.createServer((request, response) => {
  const { method, url: path, headers } = request;
  const asked = http.request({ hostname, port, method, path, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  asked.on("error", () => response.destroy());
  request.pipe(asked);
});
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
