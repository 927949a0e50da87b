/** An explanation as people and as programs read it. It words what was decided and decides nothing. */
import type { ReplayClass } from "../crest/words.ts";
import { REASON_SENTENCES } from "../decide/reasons.ts";
import type { RetryAnswer } from "../decide/retry.ts";
import type { ExplainedRequest, Explanation } from "../gateway/explain.ts";
import { formatDuration } from "../policy/units.ts";

const REPLAY_SENTENCES: Readonly<Record<ReplayClass, string>> = {
  read: "changes nothing",
  guarded: "a second time is refused by its own precondition",
  idempotent: "a second time ends in the same state",
  unsafe: "a second time could do it twice",
};

const NAME_WIDTH = 12;
const TEXT_WIDTH = 62;

/** One line for each step, what decided it at the right. */
export function explanationText(request: ExplainedRequest, explained: Explanation): string {
  const { chosen, route, asked, told } = explained;
  const lines = [
    `${request.method} ${request.target}`,
    line("route", chosen.label, route.at),
    line("family", chosen.familyName, chosen.familyAt),
    line("dialect", asked.dialect, asked.dialectAt),
    line("operation", asked.operation, asked.at),
    line("replay", `${asked.replay}: ${REPLAY_SENTENCES[asked.replay]}`, asked.at),
  ];
  if (told) {
    const { outcome, judged, next } = told;
    const { verdict } = judged;
    lines.push(
      "",
      outcome.kind === "answered" ? `told ${outcome.status}` : `no answer: ${outcome.failure}`,
      line("origin", judged.origin, judged.originAt),
      line("meaning", judged.meaning, judged.at),
      line(
        "verdict",
        `processed ${judged.processed}, retry ${judged.retry}, health ${verdict.health}`,
        verdict.at,
      ),
      line("next", stepText(next.soonest, next.latest), ""),
    );
    if (next.soonest.kind === "stop") lines.push(line("", REASON_SENTENCES[next.soonest.reason], ""));
  }
  return `${lines.map((each) => each.trimEnd()).join("\n")}\n`;
}

function line(name: string, text: string, at: string): string {
  return `  ${name.padEnd(NAME_WIDTH)}${text.padEnd(TEXT_WIDTH)}  ${at}`;
}

function stepText(soonest: RetryAnswer, latest: RetryAnswer): string {
  if (soonest.kind === "stop") return `not sent again: ${soonest.reason}`;
  const from = inWords(soonest.delayMs);
  return latest.kind === "retry" && latest.delayMs > soonest.delayMs
    ? `sent again after ${from} to ${inWords(latest.delayMs)}`
    : `sent again after ${from}`;
}

function inWords(delayMs: number): string {
  return delayMs === 0 ? "0s" : formatDuration(Math.round(delayMs));
}

export function explanationJson(
  request: ExplainedRequest,
  { chosen, route, asked, told }: Explanation,
): string {
  const { method, target } = request;
  const next = told?.next.soonest;
  const latest = told?.next.latest;
  return `${JSON.stringify(
    {
      request: { method, target },
      route: { name: chosen.label, at: route.at },
      family: { name: chosen.familyName, at: chosen.familyAt },
      dialect: { name: asked.dialect, at: asked.dialectAt },
      operation: { name: asked.operation, at: asked.at },
      replay: { class: asked.replay, at: asked.at },
      ...(told && {
        outcome:
          told.outcome.kind === "answered"
            ? { status: told.outcome.status }
            : { failure: told.outcome.failure },
        origin: { name: told.judged.origin, at: told.judged.originAt },
        meaning: { name: told.judged.meaning, at: told.judged.at },
        verdict: {
          processed: told.judged.processed,
          retry: told.judged.retry,
          health: told.judged.verdict.health,
          at: told.judged.verdict.at,
        },
        next:
          next?.kind === "retry"
            ? {
                retry: true,
                delayMs: { least: next.delayMs, most: latest?.kind === "retry" ? latest.delayMs : null },
              }
            : { retry: false, reason: next?.reason },
      }),
    },
    null,
    2,
  )}\n`;
}
