/**
 * Lines to a file descriptor, gathered: decides when bytes are written and what happens when nobody takes them.
 * It knows bytes and time, and has never heard of logs.
 *
 * Writing happens off the main thread, so a slow reader does not stop the gateway; what waits for it is bounded; a
 * reader that went away, or a full disk, costs lines and nothing else. (pino's own destination hangs for ever at exit
 * when the reader of a pipe is gone, and ends the process when the disk is full.)
 */
import { write, writeSync } from "node:fs";
import type { Clock } from "../clock.ts";

export type LineWriter = {
  write(line: string): void;
  /** Writes what is held before it returns, as far as the descriptor takes it; for the end of the process. */
  flush(): void;
};

/**
 * So many bytes are gathered before a write, as many as a pipe of Linux takes at once; fewer leave after `HOLD_MS`. A
 * write costs a way to another thread and back, which is dearer than a line.
 */
const GATHER_BYTES = 64 * 1024;
const HOLD_MS = 250;
/** A reader that falls behind by more than this loses lines. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** Between two tries when the descriptor takes nothing for now. */
const RETRY_MS = 20;
/** `flush` waits so long for a descriptor that takes nothing. A pipe in blocking mode may keep it longer. */
const FLUSH_MS = 1000;

const NOTHING = Buffer.alloc(0);

/** Writes to the descriptor `fd`; `onLost` hears how many lines were dropped, once there is room again. */
export function lineWriter(fd: number, clock: Clock, onLost: (lines: number) => void): LineWriter {
  /** What the last write left over. It goes before the lines, which stay text until they are written. */
  let rest: Buffer = NOTHING;
  let text = "";
  /** Of both. */
  let heldBytes = 0;
  let inFlight: Buffer = NOTHING;
  let cancelTimer: (() => void) | undefined;
  /** The descriptor took nothing; until the timer fires there is no sense in trying again. */
  let refused = false;
  let lostLines = 0;
  let readerGone = false;

  const takeHeld = (): Buffer => {
    const lines = Buffer.from(text);
    const bytes = rest.length === 0 ? lines : Buffer.concat([rest, lines]);
    rest = NOTHING;
    text = "";
    heldBytes = 0;
    cancelTimer?.();
    cancelTimer = undefined;
    return bytes;
  };

  /** Instead of whatever was waited for before. */
  const sendIn = (delayMs: number): void => {
    cancelTimer?.();
    cancelTimer = clock.after(delayMs, () => {
      cancelTimer = undefined;
      refused = false;
      send();
    });
  };

  const send = (): void => {
    if (inFlight.length > 0 || heldBytes === 0) return;
    const bytes = takeHeld();
    inFlight = bytes;
    write(fd, bytes, 0, bytes.length, null, (error, written) => {
      inFlight = NOTHING;
      if (error?.code === "EPIPE") {
        readerGone = true;
        takeHeld();
        return;
      }
      rest = bytes.subarray(error ? 0 : written);
      heldBytes += rest.length;
      if (error) {
        refused = true;
        return sendIn(error.code === "EAGAIN" ? RETRY_MS : HOLD_MS);
      }
      tellLost();
      if (rest.length > 0 || heldBytes >= GATHER_BYTES) sendIn(0);
      else if (heldBytes > 0 && cancelTimer === undefined) sendIn(HOLD_MS);
    });
  };

  const tellLost = (): void => {
    if (lostLines === 0) return;
    const lines = lostLines;
    lostLines = 0;
    onLost(lines);
  };

  return {
    write(line) {
      if (readerGone) return;
      const lineBytes = Buffer.byteLength(line);
      if (heldBytes + inFlight.length + lineBytes > MAX_HELD_BYTES) {
        lostLines += 1;
        return;
      }
      text += line;
      heldBytes += lineBytes;
      if (heldBytes >= GATHER_BYTES && !refused) send();
      else if (cancelTimer === undefined) sendIn(HOLD_MS);
    },
    flush() {
      if (!readerGone) writeNow(fd, takeHeld());
    },
  };
}

/** Writes in place; gives up at once when the descriptor fails, and after `FLUSH_MS` when it takes nothing. */
function writeNow(fd: number, bytes: Buffer): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let at = 0;
  let waitedMs = 0;
  while (at < bytes.length && waitedMs < FLUSH_MS) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (!isAgain(error)) return;
      Atomics.wait(pause, 0, 0, RETRY_MS);
      waitedMs += RETRY_MS;
    }
  }
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
