/** Bodies that go to the tenant as they come: whose slowness is whose, and who may break off. */
import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/clock.ts";
import type { Attempt, Received } from "../../src/upstream/message.ts";
import { send } from "../../src/upstream/send.ts";
import type { Tenant } from "../../src/upstream/tenant.ts";
import { type ManualClock, manualClock, turnsUntil } from "../support/manual-clock.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { tenantAt } from "../support/tenant.ts";
import { attempt } from "./attempts.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Setting = {
  readonly raw: RawUpstream;
  readonly clock: ManualClock;
  readonly body: PassThrough;
  readonly sent: Promise<Received>;
};

async function uploading(
  onData: Parameters<typeof startRawUpstream>[0],
  parts: Partial<Attempt> = {},
): Promise<Setting> {
  const raw = await startRawUpstream(onData);
  const tenant: Tenant = tenantAt(raw.url);
  open.push(raw, tenant);
  const clock = manualClock();
  const body = new PassThrough();
  const upload = attempt({
    method: "PUT",
    body: { kind: "streamed", stream: body, length: undefined },
    replay: "idempotent",
    timeoutMs: 1_000,
    ...parts,
  });
  return { raw, clock, body, sent: send(upload, tenant, clock satisfies Clock) };
}

const answersAtTheEnd = (socket: { write(text: string): unknown }, soFar: string): void => {
  if (soFar.endsWith("0\r\n\r\n")) socket.write(plainAnswer(200, "ok"));
};

describe("a caller who is slow", () => {
  it("may take longer than the tenant may", async () => {
    const { raw, clock, body, sent } = await uploading(answersAtTheEnd);
    body.write("first");
    await raw.until("first");
    await clock.advance(60_000);
    body.write("second");
    await raw.until("second");
    await clock.advance(60_000);
    body.end();
    expect((await sent).kind).toBe("answer");
    expect(clock.pending()).toBe(0);
  });

  it("and breaks off ends the attempt, and the tenant sees half a body", async () => {
    const { raw, clock, body, sent } = await uploading(answersAtTheEnd);
    body.write("first");
    await raw.until("first");
    body.destroy();
    expect(await sent).toMatchObject({ kind: "failed", failure: "caller-left", sent: true });
    await turnsUntil(() => raw.sockets.size === 0);
    expect(raw.received.join("")).not.toContain("0\r\n\r\n");
    expect(clock.pending()).toBe(0);
  });

  it("and has gone before the first byte is not bothered for", async () => {
    const stream = new PassThrough().destroy();
    const body = { kind: "streamed", stream, length: undefined } as const;
    const { clock, sent } = await uploading(answersAtTheEnd, { body });
    expect(await sent).toMatchObject({ kind: "failed", failure: "caller-left" });
    expect(clock.pending()).toBe(0);
  });

  it("but has sent everything may go: the tenant's answer is awaited", async () => {
    const { raw, body, sent } = await uploading(() => {});
    body.end("all of it");
    await raw.until("0\r\n\r\n");
    body.destroy();
    for (const socket of raw.sockets) socket.write(plainAnswer(200, "done"));
    expect((await sent).kind).toBe("answer");
  });
});

describe("a tenant", () => {
  it("that takes nothing more is given up after the attempt's time", async () => {
    const { raw, clock, body, sent } = await uploading((socket) => socket.pause());
    body.write(Buffer.alloc(50_000_000));
    // The connection stands, and only the time for taking more is running.
    await raw.until("PUT /x");
    await turnsUntil(() => body.isPaused());
    await clock.advance(1_000);
    expect(await sent).toMatchObject({ kind: "failed", failure: "timeout", sent: true });
    expect(clock.pending()).toBe(0);
  });

  it("that has everything and does not answer is given up after the attempt's time", async () => {
    const { raw, clock, body, sent } = await uploading(() => {});
    body.end("all of it");
    await raw.until("0\r\n\r\n");
    await clock.advance(1_000);
    expect(await sent).toMatchObject({ kind: "failed", failure: "timeout", sent: true });
  });

  it("that resets does not take the caller's stream with it", async () => {
    const { body, sent } = await uploading((socket) => socket.resetAndDestroy());
    body.write("first");
    expect(await sent).toMatchObject({ kind: "failed", failure: "reset", sent: true });
    expect(body.destroyed).toBe(false);
  });

  it("that has failed leaves nobody behind on the caller's stream, and the rest of it flows away", async () => {
    const { body, sent } = await uploading((socket) => socket.resetAndDestroy());
    body.write("first");
    await sent;
    await turnsUntil(() => body.listenerCount("data") === 0);
    for (let i = 0; i < 100; i++) body.write(Buffer.alloc(65_536));
    body.end();
    await turnsUntil(() => body.readableEnded);
    expect(body.listenerCount("close")).toBe(0);
  });
});

it("a large body arrives byte for byte at a tenant that reads in fits and starts", async () => {
  const text = Array.from({ length: 300_000 }, (_, i) => i).join(" ");
  const stream = new PassThrough();
  const body = { kind: "streamed", stream, length: String(text.length) } as const;
  const { raw, sent } = await uploading(
    (socket, soFar) => {
      socket.pause();
      setImmediate(() => socket.resume());
      if (soFar.endsWith("299999")) socket.write(plainAnswer(200, "ok"));
    },
    { body },
  );
  for (let i = 0; i < text.length; i += 10_000) stream.write(text.slice(i, i + 10_000));
  stream.end();
  expect((await sent).kind).toBe("answer");
  expect(raw.received[0]?.split("\r\n\r\n")[1] === text).toBe(true);
});
