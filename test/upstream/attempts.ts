/** What the contract tests of an attempt have in common: an upstream that speaks bytes, and an attempt to ask it. */
import { afterEach } from "vitest";
import type { Attempt, Received } from "../../src/upstream/message.ts";
import type { Tenant } from "../../src/upstream/tenant.ts";
import { throughHttpProxy } from "../../src/upstream/through-http-proxy.ts";
import { throughUndici } from "../../src/upstream/through-undici.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { type TenantParts, tenantAt } from "../support/tenant.ts";

/** Both engines keep one contract, whatever is sent through them. */
export const ENGINES = [
  { engine: "undici", through: throughUndici },
  { engine: "http-proxy", through: throughHttpProxy },
] as const;

export type Upstream = { readonly raw: RawUpstream; readonly tenant: Tenant };

/** Ways to start upstreams that are closed after each test of the file that calls this. */
export function upstreams() {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  const at = (url: string, parts: TenantParts = {}): Tenant => {
    const tenant = tenantAt(url, parts);
    open.push(tenant);
    return tenant;
  };
  const start = async (
    onData: Parameters<typeof startRawUpstream>[0],
    parts: TenantParts = {},
  ): Promise<Upstream> => {
    const raw = await startRawUpstream(onData);
    open.push(raw);
    return { raw, tenant: at(raw.url, parts) };
  };
  return {
    start,
    /** Answers 200 when a request is whole: its head, or a body that ends with END. */
    answering: (body = "{}", parts: TenantParts = {}) =>
      start((socket, soFar) => {
        if (soFar.endsWith("\r\n\r\n") || soFar.endsWith("END")) socket.write(plainAnswer(200, body));
      }, parts),
    tenantAt: at,
  };
}

export function attempt(parts: Partial<Attempt> = {}): Attempt {
  return {
    method: "GET",
    pathAndQuery: "/x",
    headers: ["Host", "tenant.example.com"],
    body: { kind: "none" },
    replay: "read",
    anew: false,
    connectMs: 5_000,
    timeoutMs: 5_000,
    idleMs: 1_000,
    endsAt: Number.POSITIVE_INFINITY,
    bodyMatters: () => false,
    ...parts,
  };
}

/** All of an answer's body. */
export async function bytesOf(received: Received): Promise<Buffer> {
  if (received.kind === "failed") throw new Error(`failed: ${received.failure} ${received.code}`);
  const { body } = received;
  if (body.kind === "cut") throw new Error(`cut: ${body.code}`);
  if (body.kind === "none") return Buffer.alloc(0);
  if (body.kind === "whole") return body.bytes;
  const pieces = [body.beginning];
  await new Promise<void>((resolve, reject) =>
    body.rest.flow({
      piece: (bytes) => pieces.push(bytes),
      end: resolve,
      cut: () => reject(new Error("cut in mid-stream")),
    }),
  );
  return Buffer.concat(pieces);
}

export async function textOf(received: Received): Promise<string> {
  return (await bytesOf(received)).toString("latin1");
}
