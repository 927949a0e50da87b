/** An explanation as people and as programs read it. It words what was decided and decides nothing. */
import type { ReplayClass } from "../../crest/words.ts";
import type { BarredReason } from "../../decide/access.ts";
import { REASON_SENTENCES } from "../../decide/reasons.ts";
import { REFUSAL_SAYINGS } from "../../gateway/messages.ts";
import { formatDuration } from "../../policy/written/units.ts";
import type { ExplainedRequest, Explanation } from "../../rehearse/explain.ts";

const REPLAY_SENTENCES: Readonly<Record<ReplayClass, string>> = {
  read: "changes nothing",
  guarded: "a second time is refused by its own precondition",
  idempotent: "a second time ends in the same state",
  unsafe: "a second time could do it twice",
};

type Told = NonNullable<Explanation["told"]>;

/** Sentences are broken here, so that a whole explanation fits beside something else on a screen. */
const SENTENCE_WIDTH = 76;

/** One step: what it is called, what was found, and what says so. */
type Line = readonly [name: string, text: string, at: string];

/** One line for each step, what decided it at the right, what follows at the end. */
export function explanationText(request: ExplainedRequest, explained: Explanation): string {
  const { chosen, routeAt, asked, withOwnId, barred, told } = explained;
  const lines: Line[] = [
    ["route", chosen.label, routeAt],
    ["family", chosen.familyName, chosen.familyAt],
    ["dialect", asked.dialect, asked.dialectAt],
    ...(withOwnId ? ([["sent as", "PUT with an id of ours, If-None-Match: *", routeAt]] as const) : []),
    ["operation", asked.operation, asked.at],
    ["replay", `${asked.replay}: ${REPLAY_SENTENCES[asked.replay]}`, asked.at],
  ];
  const heading = `${request.method} ${request.target}`;
  if (barred) return inColumns([heading], lines, [["refused", refusedText(barred), routeAt]]);
  if (!told) return inColumns([heading], lines);

  const { outcome, attempts, judged } = told;
  const { processed, retry, verdict } = judged;
  const came = outcome.kind === "answered" ? `told ${outcome.status}` : `no answer: ${outcome.failure}`;
  const [step, ...rest] = nextText(told);
  return inColumns(
    [heading],
    lines,
    ["", attempts > 1 ? `${came} (attempt ${attempts})` : came],
    [
      ["origin", judged.origin, judged.originAt],
      ["meaning", judged.meaning, judged.at],
      ["verdict", `processed ${processed}, retry ${retry}, health ${verdict.health}`, verdict.at],
      ["next", step, ""],
      ...rest.map((sentence): Line => ["", sentence, ""]),
    ],
  );
}

function refusedText(barred: BarredReason): string {
  const { status, happened } = REFUSAL_SAYINGS[barred];
  return `told ${status}, ${barred}: ${happened}`;
}

/** Headings as they are; lines with one left edge for what says so, right behind the longest of what was found. */
function inColumns(...parts: readonly (readonly (string | Line)[])[]): string {
  const all = parts.flat();
  const lines = all.filter((each) => typeof each !== "string");
  const nameWidth = Math.max(...lines.map(([name]) => name.length)) + 2;
  const textWidth = Math.max(...lines.map(([, text, at]) => (at === "" ? 0 : text.length))) + 2;
  const shown = all.map((each) => {
    if (typeof each === "string") return each;
    const [name, text, at] = each;
    return `  ${name.padEnd(nameWidth)}${text.padEnd(textWidth)}${at}`.trimEnd();
  });
  return `${shown.join("\n")}\n`;
}

/** What happens next, and why, if that takes another sentence. */
export function nextText({ next: { soonest, latest }, idRefused }: Told): [step: string, ...why: string[]] {
  if (soonest.kind === "stop")
    return [`not sent again: ${soonest.reason}`, ...broken(REASON_SENTENCES[soonest.reason])];
  const from = inWords(soonest.delayMs);
  if (idRefused) return ["sent again as it came: this collection takes no ids of ours"];
  if (latest.kind === "stop")
    return [
      `sent again after ${from} or more, or not at all: ${latest.reason}`,
      ...broken("It depends on the jitter of the wait, which may be too long for the deadline."),
    ];
  return latest.delayMs > soonest.delayMs
    ? [`sent again after ${from} to ${inWords(latest.delayMs)}`]
    : [`sent again after ${from}`];
}

function broken(sentence: string): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trimStart();
    if (lines.length === 0 || longer.length > SENTENCE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Milliseconds as a person says them: `100ms`, `2.1s`. */
function inWords(delayMs: number): string {
  const wholeMs = Math.round(delayMs);
  if (wholeMs === 0) return "0s";
  return wholeMs < 1000 ? formatDuration(wholeMs) : `${Math.round(wholeMs / 100) / 10}s`;
}

export function explanationJson(
  request: ExplainedRequest,
  { chosen, routeAt, asked, withOwnId, barred, told }: Explanation,
  whatIf: readonly { readonly trouble: string; readonly told: Told }[] = [],
): string {
  const { method, target } = request;
  const next = told?.next.soonest;
  const latest = told?.next.latest;
  return `${JSON.stringify(
    {
      request: { method, target },
      route: { name: chosen.label, at: routeAt },
      family: { name: chosen.familyName, at: chosen.familyAt },
      dialect: { name: asked.dialect, at: asked.dialectAt },
      withOwnId,
      operation: { name: asked.operation, at: asked.at },
      replay: { class: asked.replay, at: asked.at },
      ...(barred && { refused: { reason: barred, status: REFUSAL_SAYINGS[barred].status } }),
      ...(told && {
        outcome:
          told.outcome.kind === "answered"
            ? { status: told.outcome.status }
            : { failure: told.outcome.failure },
        attempt: told.attempts,
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
        idRefused: told.idRefused,
      }),
      ...(whatIf.length > 0 && {
        whatIf: whatIf.map(({ trouble, told: { judged, next: followed } }) => ({
          trouble,
          meaning: judged.meaning,
          next:
            followed.soonest.kind === "retry"
              ? { retry: true }
              : { retry: false, reason: followed.soonest.reason },
        })),
      }),
    },
    null,
    2,
  )}\n`;
}
