/**
 * Takes each `100 Continue` out of what a connection reads: undici ends a connection on which one comes that it did not
 * ask for, and a client has to read on (RFC 9110 section 15.2). Other interim answers it tells of, and they stay. `101`
 * is none: it is the last answer that speaks HTTP.
 */
import type { Socket } from "node:net";

const INTERIM = Buffer.from("HTTP/1.1 1");
const STATUS_AT = "HTTP/1.1 ".length;
const CONTINUE = "100";
const SWITCH = "101";
const ONE = "1".charCodeAt(0);
const END_OF_HEAD = "\r\n\r\n";

/** More than this is no interim answer that anybody sends. */
const LONGEST_BYTES = 4096;

/**
 * From now on `socket.read` leaves out each `100` that stands where an answer begins. To be called back whenever the next
 * answer is awaited; the first one is awaited from the start.
 */
export function withoutContinue(socket: Socket): () => void {
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
      const { told, rest } = split(bytes);
      held = rest.kind === "unfinished" ? rest.bytes : undefined;
      atBeginning = rest.kind === "unfinished" || rest.bytes.length === 0;
      const passed = atBeginning ? told : Buffer.concat([told, rest.bytes]);
      if (passed.length > 0) return passed;
    }
  };
  return () => {
    atBeginning = true;
  };
}

type Split = {
  /** The interim answers but for each `100`, whole ones. */
  readonly told: Buffer;
  /** What comes behind them, or the beginning of one that has not come to its end. */
  readonly rest: { readonly kind: "final" | "unfinished"; readonly bytes: Buffer };
};

function split(bytes: Buffer): Split {
  const told: Buffer[] = [];
  let rest = bytes;
  while (mayBegin(rest)) {
    const end = rest.indexOf(END_OF_HEAD);
    const unfinished = end < 0 && rest.length < LONGEST_BYTES;
    if (end < 0)
      return { told: Buffer.concat(told), rest: { kind: unfinished ? "unfinished" : "final", bytes: rest } };
    const head = rest.subarray(0, end + END_OF_HEAD.length);
    if (statusOf(head) !== CONTINUE) told.push(head);
    rest = rest.subarray(head.length);
  }
  return { told: Buffer.concat(told), rest: { kind: "final", bytes: rest } };
}

/** Whether the bytes are the beginning of such an answer, or begin with one. */
function mayBegin(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, INTERIM.length);
  if (length === 0 || bytes.compare(INTERIM, 0, length, 0, length) !== 0) return false;
  return statusOf(bytes) !== SWITCH;
}

function statusOf(bytes: Buffer): string {
  return bytes.toString("latin1", STATUS_AT, STATUS_AT + CONTINUE.length);
}
