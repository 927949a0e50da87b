/**
 * An upstream that does with each request what the first segment of its path says: `/reset/17` is reset. It counts how
 * often each path came.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

const BIG = Buffer.alloc(200_000, "b");

const raw =
  (bytes: string) =>
  (_request: IncomingMessage, { socket }: ServerResponse): unknown =>
    socket?.end(bytes, "latin1");

const says =
  (status: number, body: Buffer | string = "{}", headers: http.OutgoingHttpHeaders = {}) =>
  (request: IncomingMessage, response: ServerResponse): unknown => {
    request.resume();
    return response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  };

export const FAULTS = {
  good: says(200, '{"_id":"x"}', { "content-length": 11 }),
  chunked: says(200, '{"_id":"x"}'),
  big: says(200, BIG, { "content-type": "text/plain" }),
  empty: says(204, ""),
  unavailable: says(503, '{"code":503,"message":"no"}'),
  "unavailable-big": says(503, BIG),
  throttled: says(429, "{}", { "retry-after": "0" }),
  defect: says(500, "<html>oops</html>", { "content-type": "text/html" }),
  reset: (_request: IncomingMessage, { socket }: ServerResponse) => socket?.resetAndDestroy(),
  "no-answer": raw(""),
  "half-head": raw("HTTP/1.1 200 OK\r\ncontent-le"),
  "not-http": raw("SSH-2.0-OpenSSH_9.6\r\n"),
  "status-099": raw("HTTP/1.1 099 X\r\n\r\nok"),
  "status-101": raw("HTTP/1.1 101 X\r\n\r\nok"),
  "unknown-coding": raw("HTTP/1.1 200 OK\r\ntransfer-encoding: rot13\r\n\r\nok"),
  "bad-chunk": raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
  "cut-small": raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"),
  "cut-big": raw(`HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n${"x".repeat(100_000)}`),
  "cut-error": raw("HTTP/1.1 503 X\r\ncontent-length: 10\r\n\r\n{"),
  "more-than-said": raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n"),
  "no-length": raw("HTTP/1.1 200 OK\r\n\r\nall of it"),
  silent: () => {},
  "stops-small": (_request: IncomingMessage, { socket }: ServerResponse) =>
    socket?.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"),
  "stops-big": (_request: IncomingMessage, { socket }: ServerResponse) =>
    socket?.write(`HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n${"x".repeat(100_000)}`),
  "hasty-and-deaf": (_request: IncomingMessage, { socket }: ServerResponse) =>
    socket?.write("HTTP/1.1 413 X\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}", () => socket.pause()),
} satisfies Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>;

export type Fault = keyof typeof FAULTS;

export type FaultyUpstream = {
  readonly url: string;
  /** How often each request line came. */
  readonly came: ReadonlyMap<string, number>;
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
};

const isFault = (name: string): name is Fault => Object.hasOwn(FAULTS, name);

export async function startFaultyUpstream(): Promise<FaultyUpstream> {
  const came = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    came.set(line, (came.get(line) ?? 0) + 1);
    request.on("error", () => {});
    const name = request.url?.split("/")[1] ?? "";
    if (isFault(name)) FAULTS[name](request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came,
    sockets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
