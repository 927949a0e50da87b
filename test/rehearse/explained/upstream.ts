/**
 * The wire of a question: an upstream that does to every attempt what the question says, byte for byte, and the ways
 * to tenants that cannot be reached at all. And the same in the words of `explain`.
 */
import { readFileSync } from "node:fs";
import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";
import { gzipSync } from "node:zlib";
import type { Outcome } from "../../../src/decide/outcome.ts";
import { sampleFailure } from "../../../src/policy/sample.ts";
import type { Tenant } from "../../../src/upstream/tenant.ts";
import { startRawUpstream } from "../../support/raw-upstream.ts";
import { tenantAt } from "../../support/tenant.ts";
import type { AskedRequest } from "./requests.ts";
import type { HeaderValue, ProducedFailure, Wire } from "./wires.ts";

/** What the upstream does to an attempt, and what `explain` has to be told to be told the same. */
export type Deed = { readonly act: (socket: Socket) => void; readonly outcome: Outcome };

/** Failures that need no upstream that listens, by where the gateway is sent instead. */
const ELSEWHERE = ["refused", "name-not-found", "connect-timeout", "tls-failed", "certificate"] as const;
type Elsewhere = (typeof ELSEWHERE)[number];

/** A label of more than 63 characters is no name (RFC 1035 section 2.3.4): no resolver has to be asked. */
const NO_NAME = `${"a".repeat(64)}.invalid`;

export type Upstream = {
  /** Where the gateway has to be sent for this to happen. */
  tenantFor(wire: Wire): Tenant;
  /** Requests that have arrived whole since `begin`. */
  seen(): number;
  /** From now on this happens to the attempts, one after the other. */
  begin(deed: (nth: number) => Deed): void;
  close(): Promise<void>;
};

export async function startUpstream(): Promise<Upstream> {
  let deedFor: ((nth: number) => Deed) | undefined;
  let seen = 0;
  const served = new WeakSet<Socket>();
  const plain = await startRawUpstream((socket, soFar) => {
    if (served.has(socket) || !isWhole(soFar)) return;
    served.add(socket);
    deedFor?.(++seen).act(socket);
  });
  const closed = await listening(net.createServer());
  const mute = await listening(net.createServer((socket) => socket.on("error", () => {})));
  const rude = await listening(net.createServer((socket) => socket.once("data", () => socket.destroy())));
  const pem = (name: string): Buffer =>
    readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
  const impostor = await listening(
    tls.createServer({ cert: pem("other-name"), key: pem("other-name.key") }).on("tlsClientError", () => {}),
  );
  const closedPort = closed.port;
  await closed.close();

  const tenants: Readonly<Record<Elsewhere | "plain", Tenant>> = {
    plain: tenantAt(plain.url),
    refused: tenantAt(`http://127.0.0.1:${closedPort}`),
    "name-not-found": tenantAt(`http://${NO_NAME}`),
    "connect-timeout": tenantAt(`https://127.0.0.1:${mute.port}`),
    "tls-failed": tenantAt(`https://127.0.0.1:${rude.port}`),
    certificate: tenantAt(`https://127.0.0.1:${impostor.port}`),
  };
  return {
    tenantFor: (wire) => tenants[(wire.kind === "failure" && elsewhere(wire.failure)) || "plain"],
    seen: () => seen,
    begin(deed) {
      deedFor = deed;
      seen = 0;
    },
    async close() {
      for (const tenant of Object.values(tenants)) tenant.close();
      await Promise.all([plain, mute, rude, impostor].map((each) => each.close()));
    },
  };
}

export const elsewhere = (failure: ProducedFailure): Elsewhere | undefined =>
  ELSEWHERE.find((each) => each === failure);

async function listening(server: net.Server) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { port: (server.address() as AddressInfo).port, close };
}

function isWhole(bytes: string): boolean {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = bytes.slice(0, end);
  if (/^transfer-encoding:/im.test(head)) return bytes.endsWith("0\r\n\r\n");
  return bytes.length - end - 4 >= Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
}

/** The request as its bytes. */
export function requestBytes({ method, target, headers, body, chunked }: AskedRequest): string {
  const framing =
    body === undefined
      ? []
      : chunked
        ? ["Transfer-Encoding: chunked"]
        : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const size = Buffer.byteLength(body ?? "").toString(16);
  const rest =
    body !== undefined && chunked ? `${body === "" ? "" : `${size}\r\n${body}\r\n`}0\r\n\r\n` : (body ?? "");
  return `${[`${method} ${target} HTTP/1.1`, "Host: gateway", ...lines, ...framing, "Connection: close"].join("\r\n")}\r\n\r\n${rest}`;
}

/** Moments are counted from `wallMs`. */
export function deedOf(wire: Wire, method: string, wallMs: number): Deed {
  if (wire.kind === "failure") return failureDeed(wire.failure);
  if (wire.kind === "cut") return cutDeed(wire.status, method);
  const { status, body, framing } = wire;
  const headers = wire.headers.map(([name, value]) => [name, written(value, wallMs)] as const);
  const bodyless = method === "HEAD" || status === 204 || status === 304;
  const bytes = framing === "gzip" ? gzipSync(body) : Buffer.from(body);
  const framed = {
    length: [["Content-Length", String(bytes.length)]],
    gzip: [
      ["Content-Length", String(bytes.length)],
      ["Content-Encoding", "gzip"],
    ],
    chunked: [["Transfer-Encoding", "chunked"]],
    close: [],
  } as const;
  const all = [...headers, ...framed[framing], ["Connection", "close"] as const];
  const head = `HTTP/1.1 ${status} Whatever\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  const chunk =
    bytes.length === 0 ? [] : [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")];
  const rest = framing === "chunked" ? [...chunk, Buffer.from("0\r\n\r\n")] : [bytes];
  return {
    act: (socket) => socket.end(Buffer.concat([Buffer.from(head), ...(bodyless ? [] : rest)])),
    outcome: { kind: "answered", status, headers: all.flat(), text: body },
  };
}

function written(value: HeaderValue, wallMs: number): string {
  if (typeof value === "string") return value;
  const seconds = Math.floor(wallMs / 1000) + value.inSeconds;
  return value.as === "epoch" ? String(seconds) : new Date(seconds * 1000).toUTCString();
}

/** Of an error the status has said what matters; a success without all of its body is none. */
function cutDeed(status: number, method: string): Deed {
  const headers = ["Content-Type", "application/json", "Content-Length", "20", "Connection", "close"];
  const lines = ["Content-Type: application/json", "Content-Length: 20", "Connection: close"];
  const isCut = status < 400 && method !== "HEAD";
  return {
    act: (socket) =>
      socket.end(
        `HTTP/1.1 ${status} Whatever\r\n${lines.join("\r\n")}\r\n\r\n${method === "HEAD" ? "" : '{"code"'}`,
      ),
    outcome: isCut ? sampleFailure("body-cut") : { kind: "answered", status, headers, text: "" },
  };
}

function failureDeed(failure: ProducedFailure): Deed {
  const acts: Partial<Record<ProducedFailure, (socket: Socket) => void>> = {
    reset: (socket) => socket.resetAndDestroy(),
    "not-http": (socket) => socket.end("SSH-2.0-somebody-else\r\n"),
    "head-too-large": (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(70_000)}\r\n\r\n`),
  };
  return { act: acts[failure] ?? (() => {}), outcome: sampleFailure(failure) };
}
