/**
 * Reads the body of an answer: whole when it is small, or its beginning and the rest to be streamed.
 * It decides what counts as cut; it does not know what the body says.
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";

export type CollectedBody =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  /** Larger than the limit: what came so far, the message paused behind it. */
  | { readonly kind: "larger"; readonly beginning: Buffer }
  /** Ended before it was complete. */
  | { readonly kind: "cut"; readonly code: string };

/**
 * Collects up to `limitBytes`. `idleMs` is the longest silence between two pieces. Aborting `signal` ends the reading
 * as cut. The message is destroyed unless it came whole or is larger.
 */
export function collectBody(
  message: IncomingMessage,
  limits: { readonly limitBytes: number; readonly idleMs: number; readonly signal?: AbortSignal },
  clock: Clock,
): Promise<CollectedBody> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let stopIdleTimer = (): void => {};

    const finish = (body: CollectedBody): void => {
      stopIdleTimer();
      message.off("data", onData).off("end", onEnd).off("close", onClose);
      limits.signal?.removeEventListener("abort", onAbort);
      if (body.kind === "cut") message.destroy();
      resolve(body);
    };
    const cut = (code: string) => (): void => finish({ kind: "cut", code });
    const watchIdle = (): void => {
      stopIdleTimer();
      stopIdleTimer = clock.after(limits.idleMs, cut("IDLE"));
    };
    const onData = (piece: Buffer): void => {
      pieces.push(piece);
      size += piece.length;
      watchIdle();
      if (size <= limits.limitBytes) return;
      message.pause();
      finish({ kind: "larger", beginning: Buffer.concat(pieces) });
    };
    const onEnd = (): void => {
      if (message.complete) finish({ kind: "whole", bytes: Buffer.concat(pieces) });
      else cut("INCOMPLETE")();
    };
    const onClose = cut(
      message.errored && "code" in message.errored ? String(message.errored.code) : "CLOSED",
    );
    const onAbort = cut("ABORTED");

    if (limits.signal?.aborted) return onAbort();
    limits.signal?.addEventListener("abort", onAbort, { once: true });
    watchIdle();
    message.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}
