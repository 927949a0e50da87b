/**
 * Takes interim answers out of what a connection reads, as a client has to (RFC 9110 section 15.2). undici reads over
 * most of them by itself, but ends a connection on which a `100` comes that it did not ask for. `101` is none: it is the
 * last answer that speaks HTTP.
 */
import type { Socket } from "node:net";

const INTERIM = Buffer.from("HTTP/1.1 1");
const STATUS_AT = "HTTP/1.1 ".length;
const ONE = "1".charCodeAt(0);
const ZERO = "0".charCodeAt(0);
const END_OF_HEAD = "\r\n\r\n";

/** More than this is no interim answer that anybody sends. */
const LONGEST_BYTES = 4096;

/**
 * From now on `socket.read` leaves out the interim answers that stand where an answer begins. To be called back whenever
 * the next answer is awaited; the first one is awaited from the start.
 */
export function withoutInterim(socket: Socket): () => void {
  const read = socket.read.bind(socket);
  let atBeginning = true;
  let held: Buffer | undefined;
  socket.read = (size?: number): Buffer | null => {
    for (;;) {
      const piece: Buffer | null = read(size);
      if (piece === null || !atBeginning) return piece;
      // Nearly always a final answer, which its first digit tells.
      if (!held && piece.length > STATUS_AT && piece[STATUS_AT] !== ONE) {
        atBeginning = false;
        return piece;
      }
      const bytes = held ? Buffer.concat([held, piece]) : piece;
      const rest = afterInterim(bytes);
      held = rest ? undefined : bytes;
      if (!rest || rest.length === 0) continue;
      atBeginning = false;
      return rest;
    }
  };
  return () => {
    atBeginning = true;
  };
}

/** What comes behind the interim answers; undefined while the end of one has not come yet. */
function afterInterim(bytes: Buffer): Buffer | undefined {
  let rest = bytes;
  while (mayBegin(rest)) {
    const end = rest.indexOf(END_OF_HEAD);
    if (end < 0) return rest.length < LONGEST_BYTES ? undefined : rest;
    rest = rest.subarray(end + END_OF_HEAD.length);
  }
  return rest;
}

/** Whether the bytes are the beginning of such an answer, or begin with one. */
function mayBegin(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, INTERIM.length);
  if (length === 0 || bytes.compare(INTERIM, 0, length, 0, length) !== 0) return false;
  return bytes[STATUS_AT + 1] !== ZERO || bytes[STATUS_AT + 2] !== ONE;
}
