/**
 * What is known of one exchange so far, and how it is told: to the observers as it goes, to the caller in the reply,
 * to the log once at its end. It decides nothing; `exchange.ts` tells it what happened.
 */
import type { Clock } from "../clock.ts";
import type { Classified } from "../decide/classify.ts";
import type { Judgement } from "../decide/judge.ts";
import type { RetryAnswer } from "../decide/retry.ts";
import { mayRepeat } from "../decide/verdict.ts";
import type { Processed, WithheldReason } from "../decide/words.ts";
import type { ExchangeRecord, Observe } from "../observe/events.ts";
import type { Policy } from "../policy/policy.ts";
import type { RawAnswer } from "../upstream/attempt.ts";
import type { Tenant } from "../upstream/tenant.ts";
import type { Refusal } from "./admit.ts";
import { answerWith, type Conclusion } from "./answer.ts";
import type { Delivery, Inbound, Reply } from "./caller.ts";
import type { Settlement } from "./lost/settle.ts";
import { REFUSAL_SAYINGS } from "./messages.ts";
import type { Routed } from "./routing.ts";
import type { Heard } from "./try-once.ts";

type Known = {
  readonly inbound: Inbound;
  readonly routed: Routed;
  readonly asked: Classified;
  readonly policy: Policy;
  readonly startedAt: number;
  /** The transaction id of the whole exchange. */
  readonly transaction: string;
};

type Tools = { readonly clock: Clock; readonly tenant: Tenant; readonly observe: Observe };

type Came = Conclusion["came"];

const CALLER_LEFT = 499;

/** A caller that may come back should not do so at once, when nobody named a time. */
const COME_BACK_MS = 1000;

export class Story {
  attempts = 0;
  /** Whether an attempt before the last one may have been processed. */
  earlierUnknown = false;
  readonly #known: Known;
  readonly #tools: Tools;
  #came: Came | undefined;
  #unknown = false;
  /** What the last attempt was: a create that carries an id of ours is another request than the caller's. */
  #sentAs: Classified | undefined;
  #settlement: Settlement | undefined;

  constructor(known: Known, tools: Tools) {
    this.#known = known;
    this.#tools = tools;
  }

  /** An attempt has ended. */
  heard({ attempted: { outcome, answer }, judged }: Heard, sentAs: Classified): void {
    this.attempts++;
    this.#sentAs = sentAs;
    this.#came =
      outcome.kind === "failed"
        ? { kind: "failure", outcome, judged }
        : { kind: "answer", answer: answer ?? emptyAnswer(outcome.status), judged };
    this.earlierUnknown = this.#unknown;
    // Once unknown, only success tells: whatever the tenant refuses now, it may have done before.
    this.#unknown = judged.meaning !== "ok" && (this.#unknown || judged.processed === "unknown");
  }

  /** There will be another attempt, or not. */
  decided(next: RetryAnswer, { meaning }: Judgement): void {
    if (meaning === "ok") return;
    const route = this.#known.routed.label;
    if (next.kind === "retry")
      this.#tools.observe({ kind: "decision", route, decision: "retried", reason: meaning });
    else this.#tools.observe({ kind: "decision", route, decision: "withheld", reason: next.reason });
  }

  /** The collection refused an id of ours: the create goes once more, as it came. `news` when that was not known. */
  withoutOwnId(news: boolean): void {
    const route = this.#known.routed.label;
    this.#tools.observe({ kind: "decision", route, decision: "retried", reason: "client-id-refused" });
    if (news) this.#tools.observe({ kind: "client-id-refused", route });
  }

  /** It has been found out what became of a lost answer. */
  settled(settlement: Settlement): void {
    this.#settlement = settlement;
    // Also when nothing of this exchange was lost: an earlier one under the caller's key may have done it.
    this.#unknown = settlement.result === "unresolved";
  }

  /** The last word of the tenant, or of the gateway about it. `release` gives the place of the attempt back. */
  answer(reason: WithheldReason, release: () => void): Reply {
    if (!this.#came) throw new Error("an answer before any attempt");
    const reply = this.#tell(this.#came, reason);
    // While an answer streams, its attempt is still in flight.
    if (reply.body.kind !== "stream") {
      release();
      return reply;
    }
    const ended = (delivery: Delivery): void => {
      release();
      reply.ended(delivery);
    };
    return { ...reply, ended };
  }

  /** No attempt was let through; after an earlier one its outcome is what the caller should hear. */
  refused(refusal: Refusal): Reply {
    const { routed, asked } = this.#known;
    // Its fate stays unknown: there is no later answer that could be looked into.
    if (this.#unknown && asked.replay !== "read" && this.#came && this.#came.kind !== "refusal")
      this.#tools.observe({
        kind: "settled",
        id: this.#known.inbound.id,
        route: routed.label,
        operation: (this.#sentAs ?? asked).operation,
        result: "unresolved",
        compared: [],
        reads: 0,
        meaning: this.#came.judged.meaning,
      });
    return this.#tell(
      withoutStream(this.#came) ?? { kind: "refusal", refusal },
      REFUSAL_SAYINGS[refusal.reason].reason,
    );
  }

  /** Nobody is there to be answered. */
  callerLeft(): Reply {
    const ended = (): void =>
      this.#end({ status: CALLER_LEFT, delivery: "caller-left", reason: "caller-left" });
    return { status: CALLER_LEFT, statusText: undefined, headers: [], body: { kind: "none" }, ended };
  }

  #tell(came: Came, reason: string): Reply {
    const { inbound, routed, asked } = this.#known;
    const conclusion: Conclusion = {
      came,
      attempts: this.attempts,
      processed: this.#processed(),
      reason: this.#succeeded(came) ? undefined : reason,
      safeToRepeat: this.#safeToRepeat(came),
      comeBackMs: came.kind === "refusal" ? came.refusal.retryAfterMs : this.#comeBackMs(),
      transaction: this.#known.transaction,
      settlement: this.#settlement,
    };
    const { normalisedFrom, ...answer } = answerWith(conclusion, {
      inbound,
      settings: routed.route.settings,
      dialect: asked.dialect,
      tenantOrigin: this.#tools.tenant.origin,
      wallMs: this.#tools.clock.wall(),
    });
    if (normalisedFrom !== undefined)
      this.#tools.observe({ kind: "normalised", route: routed.label, from: normalisedFrom });
    const ended = (delivery: Delivery): void =>
      this.#end({
        status: delivery === "caller-left" ? CALLER_LEFT : answer.status,
        ...(conclusion.reason === undefined ? {} : { reason: conclusion.reason }),
        ...(delivery === "delivered" ? {} : { delivery }),
      });
    return { ...answer, ended };
  }

  #succeeded(came: Came): boolean {
    return (
      this.#settlement?.result === "applied" || (came.kind !== "refusal" && came.judged.meaning === "ok")
    );
  }

  #processed(): Processed {
    if (this.#unknown) return "unknown";
    if (this.#settlement?.result === "applied") return "yes";
    return this.#came && this.#came.kind !== "refusal" ? this.#came.judged.processed : "no";
  }

  /** Who came back earlier would be refused by the circuit or held at the gate. */
  #comeBackMs(): number {
    const { circuit, gate } = this.#known.routed.family;
    return Math.max(COME_BACK_MS, circuit.opensInMs(), gate.waitMs());
  }

  #safeToRepeat(came: Came): boolean {
    if (came.kind === "refusal") return true;
    const { retry } = came.judged;
    if (retry === "never") return false;
    return this.#unknown
      ? mayRepeat("idempotent", this.#known.asked.replay)
      : mayRepeat(retry, this.#known.asked.replay);
  }

  #end(end: Pick<ExchangeRecord, "status" | "reason" | "delivery">): void {
    const { inbound, routed, policy, startedAt } = this.#known;
    const { operation, replay } = this.#sentAs ?? this.#known.asked;
    const came = this.#came?.kind === "refusal" ? undefined : this.#came;
    const failure = came?.kind === "failure" ? { failure: came.outcome.code } : {};
    this.#tools.observe({
      kind: "exchange",
      id: inbound.id,
      route: routed.label,
      family: routed.family.name,
      method: inbound.method,
      path: inbound.target.path,
      operation,
      replay,
      attempts: this.attempts,
      durationMs: this.#tools.clock.now() - startedAt,
      ...(came ? { meaning: came.judged.meaning } : {}),
      origin: came?.judged.origin ?? "gateway",
      processed: this.#processed(),
      ...failure,
      transactionId: this.#known.transaction,
      policyHash: policy.hash,
      ...end,
    });
  }
}

/** The stream of an answer was let go when another attempt was decided on. */
function withoutStream(came: Came | undefined): Came | undefined {
  if (came?.kind !== "answer" || came.answer.body.kind !== "stream") return came;
  return { ...came, answer: { ...came.answer, body: emptyBody } };
}

const emptyBody: RawAnswer["body"] = { kind: "whole", bytes: Buffer.alloc(0), decoded: Buffer.alloc(0) };

function emptyAnswer(status: number): RawAnswer {
  return { status, statusText: "", headers: [], body: emptyBody };
}
