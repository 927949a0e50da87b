/**
 * The rest of an answer that is passed on while it comes: piece by piece to whoever takes it, no faster than that, and
 * cut when the tenant is silent for too long. What came before it, and what it belongs to, is not known here.
 */
import type { Clock } from "../clock.ts";
import { Alarm, NEVER } from "./alarm.ts";
import type { BodyStream, Line } from "./message.ts";

type Taker = Parameters<BodyStream["flow"]>[0];

export class Rest implements BodyStream {
  readonly #line: Line;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #alarm: Alarm;
  #taker: Taker | undefined;
  /** Whether more may come. */
  #flows = true;
  /** How it ended before anybody took it. */
  #ended: "end" | "cut" | undefined;

  /** The line waits until somebody takes what comes. */
  constructor(line: Line, clock: Clock, idleMs: number) {
    this.#line = line;
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#alarm = new Alarm(clock, () => {
      this.ends("cut");
      line.end();
    });
    line.pause();
  }

  piece(bytes: Buffer): void {
    if (!this.#flows) return;
    this.#dueAgain();
    this.#taker?.piece(bytes);
  }

  /** In good order, or not. */
  ends(how: "end" | "cut"): void {
    if (!this.#flows) return;
    this.#over();
    this.#ended = how;
    this.#tell(how);
  }

  flow(taker: Taker): void {
    this.#taker = taker;
    if (this.#ended) this.#tell(this.#ended);
    else this.resume();
  }

  pause(): void {
    this.#alarm.move(NEVER);
    this.#line.pause();
  }

  resume(): void {
    if (!this.#flows) return;
    this.#dueAgain();
    this.#line.resume();
  }

  letGo(): void {
    if (!this.#flows) return;
    this.#over();
    this.#line.end();
  }

  #over(): void {
    this.#flows = false;
    this.#alarm.set(NEVER);
  }

  #tell(how: "end" | "cut"): void {
    if (how === "end") this.#taker?.end();
    else this.#taker?.cut();
  }

  #dueAgain(): void {
    this.#alarm.move(this.#clock.now() + this.#idleMs);
  }
}
