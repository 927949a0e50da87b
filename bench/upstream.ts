/**
 * The upstream where nginx is not installed: the answers of requests.ts, over TLS when told so by the word `tls`. It
 * costs more than nginx does, so less of the machine is left for what is measured.
 */
import { readFileSync } from "node:fs";
import http, { type RequestListener } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { type Answer, FOUND, MISSING, PAGE, SAID, SHAKY, SHAKY_PERCENT, UNAVAILABLE } from "./requests.ts";

const file = (name: string): Buffer => readFileSync(new URL(`../test/fixtures/tls/${name}`, import.meta.url));

function answerTo(path: string): Answer {
  if (path.startsWith(MISSING)) return PAGE;
  return path.startsWith(SHAKY) && Math.random() < SHAKY_PERCENT / 100 ? UNAVAILABLE : FOUND;
}

const answer: RequestListener = (request, response) => {
  request.resume();
  const { status, type, body } = answerTo(request.url ?? "");
  response.writeHead(status, { "content-type": type, "content-length": body.length, ...SAID }).end(body);
};

const [scheme, host] = process.argv[2] === "tls" ? ["https", "localhost"] : ["http", "127.0.0.1"];
const server =
  scheme === "https"
    ? https.createServer({ cert: file("server.pem"), key: file("server.key.pem") }, answer)
    : http.createServer(answer);
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`${scheme}://${host}:${(server.address() as AddressInfo).port}\n`);
});
