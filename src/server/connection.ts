/**
 * One connection of a caller: which of its requests are being worked on, in which order, and whether another is taken.
 *
 * Requests that are sent ahead may be under way together only if all of them are safe (RFC 9112 section 9.3.2). So one
 * that is not waits for those before it, and those behind it wait for its answer. What they ask for is not known here.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Departure } from "../clock.ts";
import { Pace, type PaceLimits } from "./pace.ts";

/** So many requests may be sent ahead; behind them the connection ends. Who still wants an answer asks again. */
const MOST_IN_LINE = 100;

const SAFE_METHODS: ReadonlySet<string | undefined> = new Set(["GET", "HEAD", "OPTIONS"]);

export class Work {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly start: () => void;
  readonly isSafe: boolean;
  isStarted = false;
  /** Of what was said in place of its answer. */
  status: number | undefined;
  /** Its body goes to the tenant as it comes. */
  streams = false;
  /** To be told when its body, which is being held, comes too slowly. */
  slow: Departure | undefined;
  /** How its caller sends and takes; looked at only when it takes a while. */
  sending: Pace | undefined;
  taking: Pace | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, start: (work: Work) => void) {
    this.request = request;
    this.response = response;
    this.start = () => start(this);
    this.isSafe = SAFE_METHODS.has(request.method);
  }
}

export class CallerConnection {
  readonly socket: Socket;
  readonly #works: Work[] = [];
  #takesMore = true;
  /** What is said last, when those in front of it are answered. */
  #hasParted = false;
  #parting: { readonly coming: Work | undefined; readonly say: () => void } | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** In the order in which they have to be answered. */
  get works(): readonly Work[] {
    return this.#works;
  }

  /** False as soon as somebody has been told, or will be, that the connection ends behind its answer. */
  get takesMore(): boolean {
    return this.#takesMore;
  }

  /** The one whose body is still on its way. */
  get coming(): Work | undefined {
    const last = this.#works.at(-1);
    return last?.request.complete ? undefined : last;
  }

  /** Whether what comes now belongs to nothing that is, or will be, answered. */
  get isDone(): boolean {
    return this.#hasParted || (!this.#takesMore && !this.coming);
  }

  /** Puts it in line; it starts when its turn has come, perhaps at once. */
  take(work: Work): void {
    this.#works.push(work);
    if (this.#works.length >= MOST_IN_LINE) this.endBehind(work);
    this.#startDue();
  }

  /** Nobody's turn comes behind this one, and its answer says so. */
  endBehind(work: Work): void {
    this.#takesMore = false;
    work.response.shouldKeepAlive = false;
  }

  isLast(work: Work): boolean {
    return this.#works.at(-1) === work;
  }

  /** It has its answer, or never will: the next ones go on. */
  leave(work: Work): void {
    const index = this.#works.indexOf(work);
    if (index >= 0) this.#works.splice(index, 1);
    this.#startDue();
    this.#partWhenDue();
  }

  /**
   * Takes no more, and says one last thing when all are answered but `coming`: the one that is still on its way, and never
   * will be answered. When its turn has not come, it never does.
   */
  part(coming: Work | undefined, say: () => void): void {
    this.#takesMore = false;
    this.#hasParted = true;
    if (coming && !coming.isStarted) this.#works.pop();
    this.#parting = { coming, say };
    this.#partWhenDue();
  }

  /** Nobody is there any more. Gives back those whose turn had not come. */
  abandon(): readonly Work[] {
    this.#takesMore = false;
    this.#parting = undefined;
    const waiting = this.#works.filter(({ isStarted }) => !isStarted);
    this.#works.splice(this.#works.length - waiting.length);
    return waiting;
  }

  /** Whether the caller is too slow to take the answer whose turn it is, or to send the body that is being read. */
  tooSlow(now: number, limits: PaceLimits): "taking" | "sending" | undefined {
    const [first] = this.#works;
    if (!first) return undefined;
    const { writableLength, bytesWritten, bytesRead } = this.socket;
    first.taking ??= new Pace();
    if (first.taking.isTooSlow(writableLength > 0, bytesWritten - writableLength, now, limits))
      return "taking";
    const last = this.#works.at(-1) ?? first;
    const { complete, readableFlowing } = last.request;
    last.sending ??= new Pace();
    return last.sending.isTooSlow(!complete && readableFlowing === true, bytesRead, now, limits)
      ? "sending"
      : undefined;
  }

  #startDue(): void {
    // It has ended, as it does behind half an answer: nobody would hear what became of them. Its close gives them back.
    if (this.socket.destroyed) return;
    for (const [index, work] of this.#works.entries()) {
      if (index > 0 && !work.isSafe) return;
      if (!work.isStarted) {
        work.isStarted = true;
        work.start();
      }
      if (!work.isSafe) return;
    }
  }

  #partWhenDue(): void {
    const parting = this.#parting;
    if (!parting) return;
    // It may have left before others have their answers: theirs is the turn all the same.
    const [first] = this.#works;
    if (first && first !== parting.coming) return;
    this.#parting = undefined;
    parting.say();
  }
}
