/** A rehearsal as people read it: what would differ, by route, each with a command that says why; then what is not known. */

import type { Untold } from "../../rehearse/logged.ts";
import type { Example, Group, Rehearsal } from "../../rehearse/rehearsal.ts";
import type { Doubt } from "../../rehearse/rehearse.ts";

const SIGNS: Readonly<Record<Group["kind"], string>> = {
  more: "+",
  fewer: "-",
  refused: "!",
  meaning: "~",
  reason: "~",
  route: "~",
};

const DOUBTS: Readonly<Record<Doubt, string>> = {
  path: "have a path that cannot be read",
  replay: "have a replay class that follows from more than method and path; the logged one was taken",
  meaning: "may mean something else now: rows ask for a header or a body that no log holds",
  state:
    "were not sent again for a reason of that moment (circuit, gate, budget); whether it would hold again is not known",
  "body-size": "may have had a longer body than maxRequestBody now allows; no log holds sizes",
  time: "had an attempt that took longer than attempt.timeout now is; what would have come after it is not known",
};

const UNTOLD: Readonly<Record<Untold, string>> = {
  "other-line": "are about something else than an exchange",
  unreadable: "cannot be read as lines of this gateway's log",
  refused: "tell of requests that were refused before any attempt",
  "no-story": "are of an older version, which did not tell each attempt",
  "caller-left": "tell of callers who left before an answer",
};

export function rehearsalText(file: string, rehearsal: Rehearsal): string {
  const { exchanges, unchanged, from, to, policyHashes, groups, untold, doubts } = rehearsal;
  const unknown = notTold([...notes(DOUBTS, doubts, "of them"), ...notes(UNTOLD, untold, "lines")]);
  if (exchanges === 0) return `no exchange to rehearse\n${unknown}`;
  const under = `${policyHashes.length === 1 ? "policy" : "policies"} ${policyHashes.join(", ")}`;
  const heading = `${exchanges} exchanges from ${from} to ${to}, under ${under}`;
  const refused = groups.filter(({ kind }) => kind === "refused");
  const refusing =
    refused.length === 0
      ? ""
      : `${total(refused, "exchanges")} refused with ${total(refused, "attempts")} attempts not made, `;
  const more = sum(groups, "more");
  const fewer = sum(groups, "fewer");
  const summary =
    groups.length === 0
      ? "nothing would have been done differently"
      : `${exchanges - unchanged} would have gone differently: ${refusing}${fewer} attempts spared, at least ${more} more made`;
  const told = groups.flatMap((group) => groupLines(file, group));
  return `${[heading, summary, ...told].join("\n")}\n${unknown}`;
}

function sum(groups: readonly Group[], kind: Group["kind"]): number {
  return total(
    groups.filter((group) => group.kind === kind),
    "attempts",
  );
}

function total(groups: readonly Group[], of: "exchanges" | "attempts"): number {
  return groups.reduce((all, group) => all + group[of], 0);
}

function groupLines(file: string, { kind, route, what, exchanges, examples }: Group): string[] {
  const abouts: Partial<Record<Group["kind"], string>> = {
    route: `another route (${what})`,
    refused: `refused, ${what}`,
  };
  return [
    "",
    `${SIGNS[kind]} ${exchanges} × ${route}: ${abouts[kind] ?? what}`,
    ...examples
      .slice(0, 1)
      .map((example) => `    ${kind === "refused" ? asking(file, example) : command(file, example)}`),
  ];
}

/** What can be pasted: it says which row decides. */
function command(file: string, { logged, attempt }: Example): string {
  const { came } = logged.attempts[attempt - 1] ?? { came: undefined };
  const answer =
    came?.kind === "answered" ? `--answer ${came.status}` : came ? `--failure ${came.failure}` : "";
  const nth = attempt > 1 ? ` --attempt ${attempt}` : "";
  return `${asking(file, { logged })} ${answer}${nth}`;
}

/** About the request alone. */
function asking(file: string, { logged }: Pick<Example, "logged">): string {
  const path = logged.path.replaceAll("…", "x");
  return `crest-gateway explain ${file} ${quoted(`${logged.method} ${path}`)}`;
}

/** For a shell of the POSIX kind. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function notes<Word extends string>(
  sentences: Readonly<Record<Word, string>>,
  counts: Readonly<Partial<Record<Word, number>>>,
  of: string,
): string[] {
  const entries = Object.entries(sentences) as [Word, string][];
  return entries.flatMap(([word, sentence]) => {
    const count = counts[word] ?? 0;
    return count === 0 ? [] : [`${count} ${of} ${sentence}`];
  });
}

function notTold(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\nNot told by the log:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
