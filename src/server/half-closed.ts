/**
 * Whether a caller that has ended its side of the connection still waits for its answer. Its system says the same thing
 * when it has only finished sending as when it has gone (a FIN), so it is asked: an interim answer is taken by the one,
 * and refused with a reset on behalf of the other, which the next writing meets (docs/decisions/0024).
 */
import type { Clock } from "../clock.ts";
import type { CallerConnection } from "./connection.ts";
import { writeInterim } from "./interim.ts";

const PROCESSING = 102;

/** The second question comes soon, since only it can show what became of the first one; each further one later. */
const FIRST_PAUSE_MS = 25;

/** Asks for as long as nothing of the answer has been written. Callers of HTTP/1.0 cannot be asked. */
export function askWhetherThere(connection: CallerConnection, clock: Clock): void {
  const { socket } = connection;
  let stop = (): void => {};
  const ask = (pauseMs: number): void => {
    const [next] = connection.works;
    if (!next) return;
    const { request, response } = next;
    // HTTP/1.0 knows no interim answers (RFC 9110 section 15.2).
    if (request.httpVersion === "1.1") writeInterim(response, PROCESSING, []);
    stop = clock.after(pauseMs, () => ask(2 * pauseMs));
  };
  socket.once("close", () => stop());
  ask(FIRST_PAUSE_MS);
}
