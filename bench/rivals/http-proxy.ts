/** The original http-proxy 1.18.1 as its README has it, with a keep-alive agent: what the gateway is measured against. */
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import httpProxy from "http-proxy-original";

const target = process.argv[2] ?? "";
const ca = (): Buffer => readFileSync(new URL("../../test/fixtures/tls/ca.pem", import.meta.url));
const agent = target.startsWith("https:")
  ? new https.Agent({ keepAlive: true, ca: ca() })
  : new http.Agent({ keepAlive: true });
const proxy = httpProxy.createProxyServer({ target, agent });
const server = http.createServer((request, response) => proxy.web(request, response));
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
