/**
 * The text of `docs/meanings.md`: what each answer means and what follows from it, written from the compiled tables of
 * the profile `aic`, so that it says what the gateway does. The rows' reasons are their comments.
 */
import { CREST_RULES } from "../src/crest/operation.ts";
import type { AnswerRow, OperationRow } from "../src/decide/rows.ts";
import { FAILURES, MEANINGS } from "../src/decide/words.ts";
import { FAILURE_SAYINGS } from "../src/gateway/messages.ts";
import { statusPhrase } from "../src/http/reason.ts";
import { compilePolicy } from "../src/policy/load.ts";
import type { Policy } from "../src/policy/policy.ts";
import { formatMistakes } from "../src/policy/written/mistakes.ts";
import { commentOf } from "./row-comments.ts";
import { AGAIN, besides, circuit, conditions, request, statusText } from "./row-words.ts";

/** What the vendor's page on status codes says of each of its codes, in our words. */
export const VENDOR_SAYS: readonly (readonly [status: number, name: string, says: string])[] = [
  [200, "OK", "It worked. Depending on the request, the resource is in the body."],
  [201, "Created", "It worked, and made a resource."],
  [204, "No Content", "The action worked and has nothing to return."],
  [304, "Not Modified", "The read named, in If-None-Match, the revision that the resource still has."],
  [400, "Bad Request", "The request is malformed."],
  [401, "Unauthorized", "The user has to authenticate first."],
  [403, "Forbidden", "This operation on this resource was forbidden."],
  [404, "Not Found", "There is no such resource, or it cannot be found."],
  [405, "Method Not Allowed", "This resource does not take this method."],
  [406, "Not Acceptable", "A parameter cannot be met, such as a version of the resource or the protocol."],
  [409, "Conflict", "It would not agree with the state that the resource is in."],
  [410, "Gone", "It was there and never will be again, as with resources that expire."],
  [412, "Precondition Failed", "The resource has another version than the request names."],
  [415, "Unsupported Media Type", "The resource does not take this format with this method."],
  [428, "Precondition Required", "The resource wants its version named, and the request names none."],
  [500, "Internal Server Error", "Something unexpected kept the service from doing it."],
  [501, "Not Implemented", "The resource cannot do what the request needs."],
  [503, "Service Unavailable", "Not available for now; the service may be switched off, for instance."],
];

export function meaningsPage(): string {
  const policy = aic();
  return `${[...head(policy), ...codes(policy), ...meanings(policy), ...failures(policy), ...operations(policy)].join("\n")}\n`;
}

function aic(): Policy {
  const loaded = compilePolicy("version: 1\nextends: aic\n", { file: "aic", env: {} });
  if ("mistakes" in loaded) throw new Error(formatMistakes(loaded.mistakes));
  return loaded.policy;
}

function head({ origins }: Policy): string[] {
  return [
    "# What each answer means, and what follows",
    "",
    "Written by `npm run generate` from the tables in `config/profiles/` (profile `aic`, which builds on `crest` and",
    "`none`); a test holds it equal to them. A policy file's own rows stand in front of all of these. In every table the",
    "first row that matches decides.",
    "",
    "Words: *processed* is whether the tenant acted on the attempt. *Sent again* names the requests that may be: reads;",
    "*guarded* writes, which a precondition keeps from being done twice; *idempotent* writes, which do the same once more;",
    "*everything* includes creates and actions. *Circuit* is what the answer does to the circuit of its family: so many",
    "bad ones among the bad and good ones of a window open it; what is not counted neither opens it nor keeps it closed.",
    "",
    "Who speaks is asked first:",
    "",
    ...table(
      ["when", "it speaks", "how this is known"],
      origins.rows.map(({ when, origin, at }) => [
        [statusText(when), conditions(when)].filter(Boolean).join(", "),
        origin === "tenant" ? "the tenant" : `the ${origin}`,
        commentOf(at),
      ]),
    ),
  ];
}

const COLUMNS = ["when", "means", "processed", "sent again", "circuit", "how this is known"];

function codes(policy: Policy): string[] {
  const documented = VENDOR_SAYS.map(([status]) => status);
  const alone = policy.fallback.answers.rows
    .filter((row) => isWhole(row))
    .flatMap(({ when }) =>
      (when.statuses ?? []).filter(({ from, to }) => from === to).map(({ from }) => from),
    );
  const others = [...new Set(alone)].filter((status) => !documented.includes(status)).toSorted();
  return [
    "## 1. Status codes",
    "",
    "First the eighteen that the API documents, then the others.",
    "",
    ...VENDOR_SAYS.flatMap(([status, name, says]) => [
      `### ${status} ${name}`,
      "",
      `The vendor says: ${says}`,
      "",
      ...answerRows(policy, status),
    ]),
    ...others.flatMap((status) => [
      `### ${status} ${statusPhrase(status)}`,
      "",
      "The vendor's list leaves it out.",
      "",
      ...answerRows(policy, status),
    ]),
    "### All others",
    "",
    "402, 407, 411, 413, 414, 416, 417, 422, 423, 426, 431 and whatever else has no row of its own:",
    "",
    ...table(
      COLUMNS,
      policy.fallback.answers.rows
        .filter((row) => row.when.statuses?.some(({ from, to }) => from !== to))
        .map((row) => answerCells(row, policy, [statusText(row.when), conditions(row.when)])),
    ),
  ];
}

/** The rows about one status, down to the first that holds whatever else is the case. */
function answerRows(policy: Policy, status: number): string[] {
  const about = policy.fallback.answers.rows.filter(({ when }) =>
    when.statuses?.some(({ from, to }) => from <= status && status <= to),
  );
  const whole = about.findIndex(isWhole);
  return table(
    COLUMNS,
    about.slice(0, whole + 1).map((row, i) => {
      const other = i === 0 ? "always" : "otherwise";
      return answerCells(row, policy, [isWhole(row) ? other : conditions(row.when)]);
    }),
  );
}

/** Whether a row says something about its statuses whatever else is the case. */
function isWhole({ when }: AnswerRow): boolean {
  return when.statuses !== undefined && Object.keys(when).length === 1;
}

function answerCells(row: AnswerRow, { fallback }: Policy, when: readonly string[]): string[] {
  const verdict = fallback.meanings[row.means];
  return [
    when.filter(Boolean).join(", "),
    `[${row.means}](#2-meanings)`,
    verdict.processed,
    AGAIN[verdict.retry],
    circuit(verdict),
    commentOf(row.at),
  ];
}

function meanings({ fallback }: Policy): string[] {
  return [
    "## 2. Meanings",
    "",
    "What has been processed, or may have been, is sent again only where sending it again is harmless.",
    "",
    ...table(
      ["meaning", "processed", "sent again", "circuit", "besides", "why"],
      MEANINGS.map((meaning) => {
        const verdict = fallback.meanings[meaning];
        const { processed, retry } = verdict;
        return [meaning, processed, AGAIN[retry], circuit(verdict), besides(verdict), commentOf(verdict.at)];
      }),
    ),
  ];
}

function failures({ fallback }: Policy): string[] {
  return [
    "## 3. Attempts that brought no answer",
    "",
    "When nothing of the request had left the gateway yet, *processed* is no and everything may be sent again (but not",
    "after `untrusted` and `abandoned`). When no further attempt is made, the gateway answers itself.",
    "",
    ...table(
      ["failure", "means", "processed", "sent again", "circuit", "the gateway answers", "why"],
      FAILURES.map((failure) => {
        const row = fallback.answers.rows.find(({ when }) => when.failures?.includes(failure));
        if (!row) throw new Error(`no row about ${failure}`);
        const { processed, retry, ...rest } = fallback.meanings[row.means];
        const { status, error } = FAILURE_SAYINGS[failure];
        const answer = failure === "caller-left" ? "nobody" : `${status}, \`error=${error}\``;
        return [failure, row.means, processed, AGAIN[retry], circuit(rest), answer, commentOf(row.at)];
      }),
    ),
  ];
}

function operations({ fallback, dialects }: Policy): string[] {
  return [
    "## 4. Requests",
    "",
    "What a request is, and what sending it again would do. The rows of the profiles come first:",
    "",
    ...table(
      ["request", "is", "sending it again is", "attempts", "how this is known"],
      fallback.operations.rows.map((row) => [
        request(row.match),
        row.operation ?? "",
        row.replay ?? "",
        attempts(row),
        commentOf(row.at),
      ]),
    ),
    "What no row names is decided by CREST's own rules. The method is the one that `X-HTTP-Method-Override` names, if a",
    "POST has it; names of parameters have no case; one strong revision guards, `*` and weak ones do not.",
    "",
    ...table(
      ["request", "is", "sending it again is"],
      CREST_RULES.map(({ name, operation, replay }) => [
        name,
        operation,
        typeof replay === "string"
          ? replay
          : "idempotent if it only replaces or removes whole fields, else unsafe",
      ]),
    ),
    "Errors are given CREST's shape, except where a part of the API speaks otherwise:",
    "",
    ...table(
      ["request", "speaks", "how this is known"],
      dialects.rows.map(({ match, dialect, at }) => [request(match), dialect, commentOf(at)]),
    ).slice(0, -1),
  ];
}

function attempts(row: OperationRow): string {
  return row.attempts === undefined ? "" : `at most ${row.attempts}`;
}

/** A table of Markdown, with an empty line after it. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(headings), `|${headings.map(() => "---").join("|")}|`, ...rows.map(line), ""];
}
