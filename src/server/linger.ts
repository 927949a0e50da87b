/**
 * Ends an exchange whose caller is still sending.
 *
 * A connection that is closed while bytes of the caller are unread is reset, and the reset can overtake the answer (RFC
 * 9112 section 9.6). So what still comes is thrown away for a moment, and only then the connection ends.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";

const LINGER_MS = 2000;

/** Resolves when the rest of the body has come, its caller has left, or the moment is over; never rejects. */
export function dropRest(request: IncomingMessage, clock: Clock): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      request.off("end", done).off("close", done);
      resolve();
    };
    const cancel = clock.after(LINGER_MS, done);
    request.on("end", done).on("close", done).resume();
  });
}

/** Writes the last bytes of a connection and destroys it when the caller has closed its side, or the moment is over. */
export function endWith(socket: Socket, bytes: Buffer, clock: Clock): void {
  // Node lets go of the sockets it hands out: an error that nobody listens to would end the process.
  socket.on("error", () => {});
  const cancel = clock.after(LINGER_MS, () => socket.destroy());
  socket.once("close", cancel);
  socket.end(bytes);
  socket.resume();
}

/**
 * From now on what comes of a connection is thrown away unread: it is behind the last request that is answered on it (RFC
 * 9112 section 9.6).
 */
export function turnDeaf(socket: Socket): void {
  // A listener of our own takes the bytes from Node's parser, which is reading just now; hence on the next turn.
  setImmediate(() => {
    socket.removeAllListeners("data").on("data", ignore);
    socket.resume();
  });
}

function ignore(): void {}
