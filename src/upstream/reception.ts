/**
 * What comes back of one attempt: it keeps the limits of time, collects as much of the body as is looked at before
 * anything is decided, and hands the rest over (`rest.ts`). Whatever happens first is what the attempt came to.
 *
 * An engine tells it what it sees, in the library's order; it tells the engine to end, to pause and to go on. It knows no
 * library, and has never heard of retry.
 */
import type { Clock } from "../clock.ts";
import type { Failed } from "../decide/outcome.ts";
import type { FailureWord } from "../decide/words.ts";
import { Alarm, NEVER } from "./alarm.ts";
import { bytesToCollect, hasNoBody } from "./collecting.ts";
import { failureFrom } from "./failure.ts";
import type { AnswerBody, Attempt, Head, Line, Received } from "./message.ts";
import { Rest } from "./rest.ts";
import type { Endpoint, Way } from "./way.ts";

/** How the tenant is reached. */
type Reached = Pick<Endpoint, "protocol"> & Pick<Way, "proxy">;

/** The code of a body that did not come in the time that was left. */
export const NO_TIME_LEFT = "NO_TIME_LEFT";

/** What the gateway answers itself when a caller asks for it (RFC 9110 section 10.1.1). */
const CONTINUE = 100;

const NOTHING = Buffer.alloc(0);

/** Until the engine has one. */
const NO_LINE: Line = { end: () => {}, pause: () => {}, resume: () => {} };

export class Reception {
  readonly #attempt: Attempt;
  readonly #tenant: Reached;
  readonly #clock: Clock;
  readonly #resolve: (received: Received) => void;
  readonly #startedAt: number;
  #line = NO_LINE;
  /** `collecting` the body; nothing happens here any more when `over`, be it that the rest is handed over. */
  #stage: "connecting" | "connected" | "collecting" | "over" = "connecting";
  #durationMs = 0;
  #head: Head | undefined;
  #matters = false;
  #limitBytes = 0;
  #pieces: Buffer[] = [];
  #size = 0;
  /** What comes after the beginning that was collected. */
  #rest: Rest | undefined;
  readonly #alarm: Alarm;
  readonly #connectDueAt: number;
  #answerDueAt: number;
  #bodyDueAt = NEVER;
  #forget: (() => void) | undefined;

  constructor(attempt: Attempt, tenant: Reached, clock: Clock, resolve: (received: Received) => void) {
    this.#attempt = attempt;
    this.#tenant = tenant;
    this.#clock = clock;
    this.#resolve = resolve;
    this.#startedAt = clock.now();
    this.#alarm = new Alarm(clock, () => this.#late());
    const { body, connectMs, timeoutMs, left } = attempt;
    this.#connectDueAt = this.#startedAt + connectMs;
    this.#answerDueAt = body.kind === "streamed" ? NEVER : this.#startedAt + timeoutMs;
    this.#awaitAnswer();
    this.#forget = left?.whenGone(() => this.#callerLeft());
  }

  get over(): boolean {
    return this.#stage === "over";
  }

  /** From now on the line can be ended. */
  on(line: Line): void {
    this.#line = line;
  }

  /** A connection stands; the request goes out. */
  connected(): void {
    if (this.#stage !== "connecting") return;
    this.#stage = "connected";
    this.#awaitAnswer();
  }

  /** The tenant has all of a streamed body, or takes no more of it at the moment. */
  waitsForTenant(): void {
    this.#answerDueAt = this.#clock.now() + this.#attempt.timeoutMs;
    this.#awaitAnswer();
  }

  /** The time for uploading is the caller's own. */
  waitsForCaller(): void {
    this.#answerDueAt = NEVER;
    this.#awaitAnswer();
  }

  /** The streamed body ended before it was complete. */
  brokenOff(): void {
    this.#callerLeft();
  }

  /** An interim answer; it says nothing about the final one, and gains no time. */
  interim(head: Head): void {
    if (this.#stage === "connected" && head.status !== CONTINUE) this.#attempt.interim?.(head);
  }

  /** The head of the final answer. */
  head(head: Head): void {
    if (this.#stage !== "connecting" && this.#stage !== "connected") return;
    this.#stage = "collecting";
    this.#head = head;
    const { method, body, idleMs, timeoutMs, bodyMatters } = this.#attempt;
    const now = this.#clock.now();
    // An upload that streamed may have taken longer than the whole exchange was given.
    const endsAt =
      body.kind === "streamed" ? Math.max(this.#attempt.endsAt, now + timeoutMs) : this.#attempt.endsAt;
    this.#durationMs = now - this.#startedAt;
    if (hasNoBody(method, head.status)) {
      this.#answer({ kind: "none" });
      return;
    }
    const isError = head.status >= 400;
    this.#matters = isError || bodyMatters(head);
    this.#limitBytes = bytesToCollect(head, this.#matters);
    // An error's status has said what matters: its body is not worth the time of another attempt.
    this.#bodyDueAt = isError ? Math.min(endsAt, now + timeoutMs) : endsAt;
    this.#alarm.move(Math.min(this.#bodyDueAt, now + idleMs));
  }

  /** What is no head that could be passed on. */
  notHttp(code: string): void {
    if (this.#stage === "connecting" || this.#stage === "connected")
      this.#fail({ kind: "failed", failure: "not-http", code, sent: true });
  }

  /** A piece of the body. */
  piece(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#rest?.piece(bytes);
    if (this.#stage === "collecting") {
      this.#pieces.push(bytes);
      this.#size += bytes.length;
      if (this.#size > this.#limitBytes) this.#handOver();
      else this.#alarm.move(Math.min(this.#bodyDueAt, this.#clock.now() + this.#attempt.idleMs));
    }
  }

  /** The answer has come to its end, in good order. */
  complete(): void {
    this.#rest?.ends("end");
    if (this.#stage === "collecting") this.#answer({ kind: "whole", bytes: this.#collected() });
  }

  /** The connection broke, was closed, or could not be made; `error` is what the library said. */
  broken(error: unknown): void {
    const failed = failureFrom(
      error,
      this.#stage === "connecting" ? "connecting" : "connected",
      this.#tenant.protocol === "https:",
    );
    this.#rest?.ends("cut");
    if (this.#stage === "collecting") this.#cut(failed.code);
    else if (this.#stage !== "over") this.#fail(failed);
  }

  #handOver(): void {
    this.#finish();
    this.#rest = new Rest(this.#line, this.#clock, this.#attempt.idleMs);
    this.#conclude({ kind: "stream", beginning: this.#collected(), rest: this.#rest });
  }

  #collected(): Buffer {
    const [first = NOTHING] = this.#pieces;
    const bytes = this.#pieces.length <= 1 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [];
    return bytes;
  }

  #callerLeft(): void {
    if (this.#stage === "collecting") this.#cut("ABORTED");
    else this.#give("caller-left");
  }

  #late(): void {
    const silent = this.#clock.now() < this.#bodyDueAt;
    if (this.#stage === "connecting") this.#give("connect-timeout");
    else if (this.#stage === "connected") this.#give("timeout");
    else if (this.#stage === "collecting") this.#cut(silent ? "IDLE" : NO_TIME_LEFT);
  }

  /** Ends an attempt that has no head yet, for a reason of ours. */
  #give(failure: FailureWord): void {
    if (this.#stage === "over") return;
    const failed = { kind: "failed", failure, code: "ABORTED", sent: this.#stage !== "connecting" } as const;
    const { proxy } = this.#tenant;
    const explained = proxy && failure === "connect-timeout";
    this.#fail(
      explained ? { ...failed, explanation: `It is reached through the proxy ${proxy.name}.` } : failed,
    );
  }

  #fail(failed: Failed): void {
    this.#durationMs = this.#clock.now() - this.#startedAt;
    this.#endLine();
    this.#resolve({ ...failed, durationMs: this.#durationMs });
  }

  #cut(code: string): void {
    this.#endLine();
    this.#conclude({ kind: "cut", code });
  }

  #answer(body: AnswerBody): void {
    this.#finish();
    this.#conclude(body);
  }

  #conclude(body: Extract<Received, { kind: "answer" }>["body"]): void {
    const head = this.#head;
    if (head)
      this.#resolve({ kind: "answer", head, matters: this.#matters, body, durationMs: this.#durationMs });
  }

  #endLine(): void {
    this.#finish();
    this.#line.end();
  }

  #finish(): void {
    this.#stage = "over";
    this.#alarm.set(NEVER);
    this.#forget?.();
    this.#forget = undefined;
  }

  /** What is left of a deadline may be less than the time for connecting. */
  #awaitAnswer(): void {
    if (this.#stage === "connecting") this.#alarm.set(Math.min(this.#connectDueAt, this.#answerDueAt));
    else if (this.#stage === "connected") this.#alarm.set(this.#answerDueAt);
  }
}
