/**
 * Holds a request body so that it can be sent again, if it is small enough and there is memory for it. Memory is taken by
 * what has come, never by what was announced. What cannot be held streams through, from its first byte, and can be sent
 * once; what it took until then goes back as soon as that has left for the tenant.
 */
import type { Readable } from "node:stream";
import type { Clock, Departure } from "../clock.ts";
import type { HeldMemory } from "../guard/held-memory.ts";
import type { RequestBody } from "../upstream/message.ts";
import type { Inbound } from "./caller.ts";

export type Held =
  | {
      readonly kind: "ready";
      readonly body: RequestBody;
      /** Gives the memory back; more than once does no harm. */
      readonly release: () => void;
      /** Whether it was broken off on its way, for it got longer than it may. */
      readonly exceeded: () => boolean;
    }
  /** Nothing of it goes on: it is longer than it may be, or its request may not be made. */
  | { readonly kind: "barred" }
  | { readonly kind: "caller-left" }
  /** It did not come before the deadline, or too slowly. */
  | { readonly kind: "late" };

type Limits = {
  readonly maxBodyBytes: number;
  readonly memoryBytes: number;
  /** How long a body may be; undefined when there is no limit. */
  readonly maxRequestBytes: number | undefined;
  /** When waiting for it ends, by the clock's `now`. */
  readonly endsAt: number;
};

const NO_BYTES = Buffer.alloc(0);

/** What is held of a body: all of it, or undefined. */
export function heldBytes(held: Held | undefined): Buffer | undefined {
  if (held?.kind !== "ready" || held.body.kind === "streamed") return undefined;
  return held.body.kind === "held" ? held.body.bytes : NO_BYTES;
}

export function isStreamed(held: Held): boolean {
  return held.kind === "ready" && held.body.kind === "streamed";
}

const nothingToRelease = (): void => {};
const never = (): boolean => false;

/** Most requests have no body, and nothing to wait for. */
const NOTHING: Held = {
  kind: "ready",
  body: { kind: "none" },
  release: nothingToRelease,
  exceeded: never,
};

export function holdBody(
  inbound: Inbound,
  limits: Limits,
  memory: HeldMemory,
  clock: Clock,
): Held | Promise<Held> {
  inbound.accept?.();
  return inbound.body ? hold(inbound.body, inbound, limits, memory, clock) : NOTHING;
}

async function hold(
  stream: Readable,
  inbound: Inbound,
  { maxBodyBytes, memoryBytes, maxRequestBytes, endsAt }: Limits,
  memory: HeldMemory,
  clock: Clock,
): Promise<Held> {
  const { contentLength } = inbound;
  const length = contentLength === undefined ? undefined : String(contentLength);
  let tooLong = false;
  const exceeded = (): boolean => tooLong;
  const onExceeded = (): void => {
    tooLong = true;
  };
  const bound = maxRequestBytes === undefined ? undefined : { mostBytes: maxRequestBytes, onExceeded };
  const body = { kind: "streamed", stream, length, bound } as const;
  if ((contentLength ?? 0) > maxBodyBytes)
    return { kind: "ready", body, release: nothingToRelease, exceeded };

  let reserved = 0;
  const release = (): void => {
    memory.release(reserved);
    reserved = 0;
  };
  const fits = (size: number): boolean => {
    tooLong = bound !== undefined && size > bound.mostBytes;
    if (tooLong || size > maxBodyBytes || !memory.reserve(size - reserved, memoryBytes)) return false;
    reserved = size;
    return true;
  };
  const leaves = { left: inbound.left, slow: inbound.slow, lastsMs: endsAt - clock.now() };
  const read = await readWhile(stream, fits, leaves, clock);
  if (read.kind === "whole")
    return { kind: "ready", body: { kind: "held", bytes: read.bytes }, release, exceeded };
  if (read.kind === "too-large" && tooLong) {
    release();
    return { kind: "barred" };
  }
  if (read.kind === "too-large") {
    // What was read is put back in front of the rest, and comes first and in one piece.
    return { kind: "ready", body: { ...body, onBegun: release }, release, exceeded };
  }
  release();
  return read;
}

type Read =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "caller-left" }
  | { readonly kind: "late" };

type Leaves = { readonly left: Departure; readonly slow: Departure | undefined; readonly lastsMs: number };

/** Reads to the end as long as `fits` says yes to the size; else puts back what was read, in front of the rest. */
function readWhile(
  stream: Readable,
  fits: (size: number) => boolean,
  { left, slow, lastsMs }: Leaves,
  clock: Clock,
): Promise<Read> {
  return new Promise((resolve) => {
    const gathered = new Gathered();
    const finish = (read: Read): void => {
      stream.off("data", onData).off("end", onEnd).off("close", onLeft);
      forgetLeft();
      forgetSlow?.();
      stopWaiting();
      resolve(read);
    };
    const onData = (piece: Buffer): void => {
      gathered.add(piece);
      if (fits(gathered.size)) return;
      stream.pause();
      finish({ kind: "too-large" });
      stream.unshift(gathered.bytes);
    };
    const onEnd = (): void => finish({ kind: "whole", bytes: gathered.bytes });
    const onLeft = (): void => finish({ kind: "caller-left" });
    const onLate = (): void => finish({ kind: "late" });
    if (left.gone) return resolve({ kind: "caller-left" });
    const forgetLeft = left.whenGone(onLeft);
    const forgetSlow = slow?.whenGone(onLate);
    const stopWaiting = clock.limit(lastsMs, onLate);
    stream.on("data", onData).on("end", onEnd).on("close", onLeft);
  });
}

/** Bytes in one piece, however they came: pieces of a byte each would take a hundred times their size. */
class Gathered {
  size = 0;
  #room: Buffer = NO_BYTES;

  /** Without the room behind them, which nobody has counted. */
  get bytes(): Buffer {
    return this.#room.length === this.size ? this.#room : Buffer.from(this.#room.subarray(0, this.size));
  }

  add(piece: Buffer): void {
    const size = this.size + piece.length;
    // Nearly all bodies come in one piece, which is kept as it is.
    if (this.size === 0) this.#room = piece;
    else {
      if (this.#room.length < size) this.#grow(size);
      piece.copy(this.#room, this.size);
    }
    this.size = size;
  }

  #grow(least: number): void {
    const room = Buffer.allocUnsafe(Math.max(least, 2 * this.#room.length));
    this.#room.copy(room, 0, 0, this.size);
    this.#room = room;
  }
}
