/**
 * Reads the body of an answer: whole when it is small, or its beginning and the rest to be streamed.
 * It decides what counts as cut; it does not know what the body says.
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";

export type CollectedBody =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  /** Larger than the limit: what came so far, the message paused behind it or at its end. */
  | { readonly kind: "larger"; readonly beginning: Buffer }
  /** Ended before it was complete. */
  | { readonly kind: "cut"; readonly code: string };

export type CollectLimits = {
  readonly limitBytes: number;
  /** The longest silence between two pieces. */
  readonly idleMs: number;
  /** For all of it, however steadily it drips. */
  readonly timeLeftMs: number;
  /** Aborting ends the reading as cut. */
  readonly signal?: AbortSignal;
};

/** The code of a body that did not come in `timeLeftMs`. */
export const NO_TIME_LEFT = "NO_TIME_LEFT";

/** Collects up to `limitBytes`. The message is destroyed unless it came whole or is larger. */
export function collectBody(
  message: IncomingMessage,
  limits: CollectLimits,
  clock: Clock,
): Promise<CollectedBody> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let stopIdleTimer = (): void => {};

    const finish = (body: CollectedBody): void => {
      stopIdleTimer();
      stopTimer();
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
      // That was the last piece: its end is on its way, and a pause would not hold it back.
      if (message.complete && message.readableLength === 0) return;
      message.pause();
      finish({ kind: "larger", beginning: Buffer.concat(pieces) });
    };
    const onEnd = (): void => {
      const bytes = Buffer.concat(pieces);
      if (!message.complete) finish({ kind: "cut", code: "INCOMPLETE" });
      else if (size <= limits.limitBytes) finish({ kind: "whole", bytes });
      else finish({ kind: "larger", beginning: bytes });
    };
    const onClose = (): void => {
      const { errored } = message;
      cut(errored && "code" in errored ? String(errored.code) : "CLOSED")();
    };
    const onAbort = cut("ABORTED");

    const stopTimer = clock.after(limits.timeLeftMs, cut(NO_TIME_LEFT));
    if (limits.signal?.aborted) return onAbort();
    limits.signal?.addEventListener("abort", onAbort, { once: true });
    watchIdle();
    message.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}
