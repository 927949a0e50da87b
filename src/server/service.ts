/**
 * What becomes of a request whose turn has come: it is read, goes through an exchange, and its reply is written.
 *
 * It is the second of the two places where exceptions are caught (the other is `upstream/failure.ts`): one in an exchange
 * answers 500 to that caller and harms no other.
 */
import { pathShown } from "../decide/path-shown.ts";
import type { Delivery, Reply } from "../gateway/caller.ts";
import { exchange } from "../gateway/exchange.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { CallerConnection, Work } from "./connection.ts";
import { ownReply } from "./own-answer.ts";
import { cut, writeReply } from "./reply.ts";
import { type OwnAnswer, readRequest } from "./request.ts";

/** How a request is met: refused by the way it stands on its connection, or bidden to go on once it is found in order. */
export type Greeting = {
  readonly refusal?: OwnAnswer | undefined;
  readonly accept?: () => void;
};

type Named = { readonly method?: string | undefined; readonly url?: string | undefined };

const INTERNAL: OwnAnswer = {
  status: 500,
  processed: "unknown",
  message:
    "The gateway made a mistake with this request; its log has the details. Other requests are not affected.",
  headers: [],
};

export class Service {
  /** From now on answers ask their callers to close the connection. */
  closing = false;
  readonly #gateway: Gateway;
  #inFlight = 0;
  #onIdle: (() => void)[] = [];

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Resolves when no request is being worked on, with or without a caller still there. */
  readonly idle = (): Promise<void> =>
    this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));

  async serve(work: Work, connection: CallerConnection, { refusal, accept }: Greeting): Promise<void> {
    const { request, response } = work;
    const { clock } = this.#gateway;
    const startedAt = clock.now();
    const say = (answer: OwnAnswer, error?: Error): Reply => {
      const ended = (delivery: Delivery): void =>
        this.record(request, answer, delivery, { startedAt, error });
      const { errors } = this.#gateway.policy().fallback.settings;
      return ownReply(answer, errors, request.method === "HEAD", ended);
    };
    this.#inFlight++;
    try {
      const read = refusal ? { answer: refusal } : readRequest(work, accept);
      const reply = await ("answer" in read ? say(read.answer) : exchange(read.inbound, this.#gateway));
      await this.#write(work, connection, reply, this.closing);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      const reply = say(INTERNAL, cause);
      if (!response.headersSent) await this.#write(work, connection, reply, true);
      else {
        cut(response);
        reply.ended("cut");
      }
    } finally {
      connection.leave(work);
      this.#inFlight--;
      if (this.#inFlight === 0) {
        for (const resolve of this.#onIdle) resolve();
        this.#onIdle = [];
      }
    }
  }

  #write(work: Work, connection: CallerConnection, reply: Reply, closing: boolean): Promise<void> {
    // An answer that comes before the end of its request is the last one on its connection. To callers who have sent ahead
    // an end is announced behind the last of their requests.
    const isLast = !work.request.complete || (closing && connection.isLast(work));
    if (isLast) connection.endBehind(work);
    return writeReply(work.response, reply, this.#gateway.clock);
  }

  /** Its caller left before its turn had come. */
  leftWaiting(request: Named): void {
    this.record(request, { status: CALLER_LEFT }, "caller-left");
  }

  /** What never became an exchange is counted and logged all the same. */
  record(
    request: Named,
    { status }: Pick<OwnAnswer, "status">,
    delivery: Delivery = "delivered",
    { startedAt, error }: { readonly startedAt?: number; readonly error?: Error | undefined } = {},
  ): void {
    const { clock, observe, policy } = this.#gateway;
    observe({
      kind: "exchange",
      id: "",
      route: "unrouted",
      family: "none",
      method: request.method ?? "",
      path: pathShown((request.url ?? "").replace(/[?#].*$/, ""), undefined),
      operation: "other",
      replay: "unsafe",
      status: delivery === "caller-left" ? CALLER_LEFT : status,
      attempts: 0,
      durationMs: startedAt === undefined ? 0 : clock.now() - startedAt,
      origin: "gateway",
      processed: error ? "unknown" : "no",
      policyHash: policy().hash,
      ...(delivery === "delivered" ? {} : { delivery }),
      ...(error ? { error } : {}),
    });
  }
}

const CALLER_LEFT = 499;
