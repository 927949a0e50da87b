/**
 * The text of `docs/why-not-retried.md`. Reasons, their sentences and numbers come from the code; what `explain` says is
 * what it says when the page is written; pieces of policy files have to compile.
 */
import { readFileSync } from "node:fs";
import { readExplainOptions } from "../src/cli/explain/explain-options.ts";
import { explanationText } from "../src/cli/explain/explanation.ts";
import { REASON_SENTENCES } from "../src/decide/reasons.ts";
import { REFUSAL_REASONS, WITHHELD_REASONS } from "../src/decide/words.ts";
import { REFUSAL_SAYINGS } from "../src/gateway/messages.ts";
import { proxyStatus } from "../src/http/proxy-status.ts";
import { compilePolicy } from "../src/policy/load.ts";
import type { Policy } from "../src/policy/policy.ts";
import { formatMistakes } from "../src/policy/written/mistakes.ts";
import { explain } from "../src/rehearse/explain.ts";
import { checkedPromql } from "./live-metrics.ts";
import { paragraph, table } from "./markdown.ts";
import { BARRED, type Example, type Explained, OVERLOADED, REASONS, SLOW_BODY } from "./reasons-prose.ts";

const FILE = "config/policy.yaml";
const WALL_MS = Date.UTC(2026, 0, 1, 12);
const SLOW_BODY_SENTENCE = "The request's body did not come before the deadline, or too slowly.";
const OVERLOADED_SENTENCE =
  "Too many requests of this family are waiting already, or this one waited too long.";

export function reasonsPage(): string {
  const lines = [
    ...head(),
    ...where(),
    ...WITHHELD_REASONS.flatMap((reason) => section(reason, REASON_SENTENCES[reason], REASONS[reason])),
    ...section("overloaded", OVERLOADED_SENTENCE, OVERLOADED),
    ...section("slow-body", SLOW_BODY_SENTENCE, SLOW_BODY),
    ...Object.entries(BARRED).flatMap(([reason, { sentence, explained }]) =>
      section(reason, sentence, explained),
    ),
    ...refusals(),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function head(): string[] {
  return [
    "# Why was it not sent again?",
    "",
    ...paragraph(
      "Written by `npm run generate`: words, sentences, numbers and what `explain` says are the program's own.",
    ),
    ...paragraph(
      "For every attempt that did not end well the gateway asks whether to send the request again. When it does not, it says why, in one word, and the word is the same everywhere. The questions are asked in this order, and the first that says no decides:",
    ),
    ...table(
      ["reason", "in a sentence"],
      [
        ...WITHHELD_REASONS.map((reason) => [link(reason), REASON_SENTENCES[reason]]),
        [link("overloaded"), `${OVERLOADED_SENTENCE} Only without any attempt.`],
        [link("slow-body"), `${SLOW_BODY_SENTENCE} Only without any attempt.`],
        ...Object.entries(BARRED).map(([reason, { sentence }]) => [link(reason), sentence]),
      ],
    ),
  ];
}

const link = (reason: string): string => `[\`${reason}\`](#${reason})`;

function where(): string[] {
  return [
    "## Where it stands",
    "",
    ...paragraph(
      "**In the answer.** Every answer has `X-Gateway-Attempts`; every error, and whatever took more than one attempt, has `Proxy-Status` as well, with `reason`, `meaning`, `origin` and `processed`:",
    ),
    "```text",
    "X-Gateway-Attempts: 3",
    `Proxy-Status: ${proxyStatus({
      receivedStatus: 503,
      attempts: 3,
      meaning: "unavailable",
      reason: "attempts-spent",
      processed: "unknown",
      origin: "edge",
    })}`,
    "```",
    "",
    ...paragraph("**In the log.** One JSON line for each exchange, with the same words as fields:"),
    "```sh",
    "jq -cR 'fromjson? | select(.reason == \"no-time\") | {time, route, method, path, status, attempts, meaning, origin, durationMs}' gateway.log",
    "```",
    "",
    ...paragraph(
      "**In the metrics.** By route; `answered` is left out, since there is nothing to mend. What was refused without an attempt is counted by family:",
    ),
    "```promql",
    checkedPromql(
      'sum by (route, reason) (rate(crest_gateway_retry_decisions_total{decision="withheld",reason!="answered"}[5m]))',
    ),
    "```",
    "",
    "```promql",
    checkedPromql("sum by (family, reason) (rate(crest_gateway_rejected_total[5m]))"),
    "```",
    "",
    ...paragraph(
      "**Beforehand.** `crest-gateway explain` takes a request and an answer and says what would be done and which line of which table says so. It sends nothing; the deciding code is the gateway's own, and a test sends hundreds of such questions through both. It speaks of a gateway at rest: circuit closed, throttle gate open, budget full, nobody else there. Below, line numbers are left out.",
    ),
  ];
}

function section(reason: string, sentence: string, explained: Explained): string[] {
  const { means, seen = [], cures, policy, example, cured } = explained;
  return [
    `## ${reason}`,
    "",
    ...paragraph(`*${sentence}*`),
    ...means.flatMap(paragraph),
    ...(seen.length > 0 ? paragraph(`Where else it shows: ${seen.join(" ")}`) : []),
    "What to do:",
    "",
    ...cures.flatMap(item),
    "",
    ...(policy === undefined ? [] : ["```yaml", compiled(policy), "```", ""]),
    ...(example ? asked(example, (said) => said.includes(`not sent again: ${reason}\n`)) : []),
    ...(cured ? ["Cured:", "", ...asked(cured, (said) => said.includes("sent again after "))] : []),
  ];
}

function item(text: string): string[] {
  const [first = "", ...rest] = paragraph(text).slice(0, -1);
  return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
}

/** A piece of a policy file that is good as it stands. */
function compiled(piece: string): string {
  const loaded = compilePolicy(`version: 1\n${piece}\n`, { file: "policy.yaml", env: {} });
  const wrong = "mistakes" in loaded ? loaded.mistakes : loaded.policy.warnings;
  if (wrong.length > 0) throw new Error(`${piece}\n${formatMistakes(wrong)}`);
  return piece;
}

/** The command and what it prints, which has to be what it is shown for. */
function asked({ shell, args }: Example, shows: (said: string) => boolean): string[] {
  const read = readExplainOptions([FILE, ...args(WALL_MS)]);
  if ("problems" in read) throw new Error(`${shell}: ${read.problems.join("; ")}`);
  const told = read.outcome && { outcome: read.outcome, attempts: read.attempts, wallMs: WALL_MS };
  const explained = explain(defaultFile(), read.request, told);
  if ("problem" in explained) throw new Error(`${shell}: ${explained.problem}`);
  const said = explanationText(read.request, explained);
  if (!shows(said)) throw new Error(`${shell} does not show it:\n${said}`);
  const lines = said.trimEnd().replaceAll(/(\.yaml):\d+$/gm, "$1");
  return ["```text", `$ crest-gateway explain ${FILE} ${shell}`, lines, "```", ""];
}

/** The policy file that runs unless another is named. */
function defaultFile(): Policy {
  const source = readFileSync(new URL(`../${FILE}`, import.meta.url), "utf8");
  const loaded = compilePolicy(source, { file: FILE, env: {} });
  if ("mistakes" in loaded) throw new Error(formatMistakes(loaded.mistakes));
  return loaded.policy;
}

function refusals(): string[] {
  return [
    "## Refused without any attempt",
    "",
    ...paragraph(
      "`X-Gateway-Attempts: 0`, `processed=no`: nothing was sent, nothing was done, and the caller may send it again when `Retry-After` says so. When an earlier attempt of the same exchange has brought an answer, the caller gets that one instead, with this reason.",
    ),
    ...table(
      ["reason", "in `crest_gateway_rejected_total`", "status", "`error`", "the gateway says"],
      REFUSAL_REASONS.map((word) => {
        const { reason, status, error, happened } = REFUSAL_SAYINGS[word];
        return [link(reason), `\`${word}\``, String(status), `\`${error}\``, happened];
      }),
    ),
  ];
}
