/**
 * Passes a caller's body on to the tenant as it comes, as fast as the tenant takes it. It tells which of the two is
 * being waited for; what follows from a long wait is not its business. The caller's stream is never destroyed: the
 * connection under it is the one that the answer goes back on.
 */
import type { Writable } from "node:stream";
import type { RequestBody } from "./message.ts";

export type UploadEvents = {
  /** The tenant has everything, or takes no more at the moment. */
  readonly waitsForTenant: () => void;
  readonly waitsForCaller: () => void;
  /** The caller's body ended before it was complete. */
  readonly brokenOff: () => void;
};

export function upload(
  { stream: body, bound, onBegun }: Extract<RequestBody, { kind: "streamed" }>,
  request: Writable,
  events: UploadEvents,
): void {
  let sentBytes = 0;
  const stop = (): void => {
    body.off("data", onData).off("end", onEnd).off("close", onClose);
    request.off("drain", onDrain).off("close", onGone);
  };
  // Nobody takes the rest of it: it is thrown away, so that its caller gets to read the answer.
  const onGone = (): void => {
    stop();
    body.resume();
  };
  const onData = (piece: Buffer): void => {
    const whenWritten = sentBytes === 0 ? onBegun : undefined;
    sentBytes += piece.length;
    if (bound && sentBytes > bound.mostBytes) {
      stop();
      bound.onExceeded();
      events.brokenOff();
      return;
    }
    if (request.write(piece, whenWritten)) return;
    body.pause();
    events.waitsForTenant();
  };
  const onDrain = (): void => {
    events.waitsForCaller();
    body.resume();
  };
  const onEnd = (): void => {
    stop();
    request.end();
    events.waitsForTenant();
  };
  const onClose = (): void => {
    stop();
    events.brokenOff();
  };
  if (body.destroyed) {
    events.brokenOff();
    return;
  }
  request.on("drain", onDrain).on("close", onGone);
  // Whoever read the beginning of it has paused it.
  body.on("data", onData).on("end", onEnd).on("close", onClose).resume();
}
