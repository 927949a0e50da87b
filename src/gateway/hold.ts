/**
 * Holds a request body so that it can be sent again, if it is small enough and there is memory for it.
 * What cannot be held streams through, from its first byte, and can be sent once.
 */
import type { Readable } from "node:stream";
import type { Departure } from "../clock.ts";
import type { HeldMemory } from "../guard/held-memory.ts";
import type { RequestBody } from "../upstream/message.ts";
import type { Inbound } from "./caller.ts";

export type Held =
  | {
      readonly kind: "ready";
      readonly body: RequestBody;
      /** Gives the memory back; more than once does no harm. */
      readonly release: () => void;
    }
  | { readonly kind: "caller-left" };

type Limits = { readonly maxBodyBytes: number; readonly memoryBytes: number };

const NO_BYTES = Buffer.alloc(0);

/** What is held of a body: all of it, or undefined. */
export function heldBytes(held: Held | undefined): Buffer | undefined {
  if (held?.kind !== "ready" || held.body.kind === "streamed") return undefined;
  return held.body.kind === "held" ? held.body.bytes : NO_BYTES;
}

const nothingToRelease = (): void => {};

/** Most requests have no body, and nothing to wait for. */
const NOTHING: Held = { kind: "ready", body: { kind: "none" }, release: nothingToRelease };

export function holdBody(inbound: Inbound, limits: Limits, memory: HeldMemory): Held | Promise<Held> {
  return inbound.body ? hold(inbound.body, inbound, limits, memory) : NOTHING;
}

async function hold(stream: Readable, inbound: Inbound, limits: Limits, memory: HeldMemory): Promise<Held> {
  const { contentLength } = inbound;
  const length = contentLength === undefined ? undefined : String(contentLength);
  const streamed: Held = {
    kind: "ready",
    body: { kind: "streamed", stream, length },
    release: nothingToRelease,
  };
  if ((contentLength ?? 0) > limits.maxBodyBytes) return streamed;

  let reserved = 0;
  const release = (): void => {
    memory.release(reserved);
    reserved = 0;
  };
  const fits = (size: number): boolean => {
    const missing = Math.max(size, contentLength ?? 0) - reserved;
    if (size > limits.maxBodyBytes || (missing > 0 && !memory.reserve(missing, limits.memoryBytes)))
      return false;
    reserved += Math.max(missing, 0);
    return true;
  };
  const read = fits(0) ? await readWhile(stream, fits, inbound.left) : { kind: "too-large" as const };
  if (read.kind === "whole") return { kind: "ready", body: { kind: "held", bytes: read.bytes }, release };
  // What was read is put back in front of the rest, and still takes its memory.
  if (read.kind === "too-large") return { ...streamed, release };
  release();
  return { kind: "caller-left" };
}

type Read =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "caller-left" };

/** Reads to the end as long as `fits` says yes to the size; else puts back what was read, in front of the rest. */
function readWhile(stream: Readable, fits: (size: number) => boolean, left: Departure): Promise<Read> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const finish = (read: Read): void => {
      stream.off("data", onData).off("end", onEnd).off("close", onLeft);
      forget();
      resolve(read);
    };
    const onData = (piece: Buffer): void => {
      pieces.push(piece);
      size += piece.length;
      if (fits(size)) return;
      stream.pause();
      finish({ kind: "too-large" });
      stream.unshift(Buffer.concat(pieces));
    };
    const onEnd = (): void => finish({ kind: "whole", bytes: Buffer.concat(pieces) });
    const onLeft = (): void => finish({ kind: "caller-left" });
    if (left.gone) return resolve({ kind: "caller-left" });
    const forget = left.whenGone(onLeft);
    stream.on("data", onData).on("end", onEnd).on("close", onLeft);
  });
}
