/**
 * The command `explain`: what the gateway would make of a request and an answer, and which line of which table says so.
 */
import { systemClock } from "../../clock.ts";
import { FAILURES } from "../../decide/words.ts";
import { loadPolicy } from "../../policy/load.ts";
import { formatMistakes } from "../../policy/written/mistakes.ts";
import { explain } from "../../rehearse/explain.ts";
import { readExplainOptions } from "./explain-options.ts";
import { explanationJson, explanationText } from "./explanation.ts";
import { whatIf, whatIfText } from "./what-if.ts";

const MISTAKES = 1;
const USAGE_ERROR = 2;

export const EXPLAIN_USAGE = `crest-gateway explain FILE 'METHOD /path' [flags]
  -H, --header 'Name: value'         a header of the request; more than once for more
  -d, --data TEXT, --body FILE       its body; without a Content-Type it is taken for JSON if it is, else for a form
  --answer STATUS                    what the tenant answers; a bare error status is a CREST error of the tenant
  -A, --answer-header 'Name: value'  a header of the answer, e.g. 'Content-Type: text/html' for a page of the edge
  --message TEXT, --answer-body FILE its CREST message, or its whole body
  --failure WORD                     instead of an answer: ${FAILURES.join(", ")}
  --attempt N                        which attempt this was (default: 1)
  --json                             the same for programs
  Without an answer or a failure: what would follow from each of the usual ones.
  The gateway is at rest: circuit closed, throttle gate open, budget full, nobody else there.`;

export async function explainCommand(args: readonly string[]): Promise<number> {
  const read = readExplainOptions(args);
  if ("problems" in read) {
    const problems = read.problems.map((each) => `crest-gateway explain: ${each}`).join("\n");
    const more = read.isLost
      ? `\n${EXPLAIN_USAGE}`
      : "Run crest-gateway explain --help to see what it takes.";
    process.stderr.write(`${problems}\n${more}\n`);
    return USAGE_ERROR;
  }
  const loaded = loadPolicy({ file: read.file, env: process.env });
  if ("mistakes" in loaded) {
    process.stderr.write(
      `crest-gateway explain: the policy cannot be used:\n${formatMistakes(loaded.mistakes)}\n`,
    );
    return MISTAKES;
  }
  const wallMs = systemClock.wall();
  const told = read.outcome && { outcome: read.outcome, attempts: read.attempts, wallMs };
  const explained = explain(loaded.policy, read.request, told);
  if ("problem" in explained) {
    process.stderr.write(`crest-gateway explain: the gateway would answer 400: ${explained.problem}\n`);
    return USAGE_ERROR;
  }
  const supposed = told ? [] : whatIf(loaded.policy, read.request, wallMs);
  process.stdout.write(
    read.json
      ? explanationJson(read.request, explained, supposed)
      : explanationText(read.request, explained) + (told ? "" : whatIfText(supposed)),
  );
  return 0;
}
