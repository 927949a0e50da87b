/**
 * The fault matrix: every scenario × every kind of request, as lines of the table that `matrix.golden.md` has; and the
 * laws that no line may break, whatever the golden file says.
 */
import { startBlackHole } from "../support/black-hole.ts";
import { type Outcome, runCell } from "./cell.ts";
import { KINDS, type Kind } from "./kinds.ts";
import { openLoopback } from "./loopback.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

export type Line = {
  readonly scenario: Scenario;
  readonly cells: readonly string[];
  /** Laws that it breaks. */
  readonly broken: readonly string[];
};

const COLUMNS = [
  "row",
  "fault",
  "times",
  "request",
  "status",
  "body",
  "tries",
  "done",
  "processed",
  "why no more",
  "come back",
  "after",
  "left",
] as const;

/** While one waits to see that nothing moves, another can move. */
const AT_ONCE = 4;

const DEADLINE_MS = 5000;

/** `tls`: between gateway and tenant; what a caller is told does not depend on it. */
export type Wire = "plain" | "tls";

/** All lines in their order. */
export async function runMatrix(
  wire: Wire,
  progress: (done: number, of: number) => void,
): Promise<readonly Line[]> {
  const hole = await startBlackHole();
  const loopback = await openLoopback();
  try {
    const secure = wire === "tls";
    const cells = SCENARIOS.filter(({ plainOnly }) => !(secure && plainOnly)).flatMap((scenario) =>
      KINDS.map((kind) => ({ scenario, kind })),
    );
    const lines: Line[] = [];
    let next = 0;
    let done = 0;
    const worker = async (): Promise<void> => {
      for (let at = next++; at < cells.length; at = next++) {
        const cell = cells[at];
        if (!cell) return;
        const outcome = await runCell(cell.scenario, cell.kind, { secure, blackHole: hole.url, loopback });
        lines[at] = lineOf(cell.scenario, cell.kind, outcome);
        progress(++done, cells.length);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return lines;
  } finally {
    hole.close();
    loopback.close();
  }
}

function lineOf(scenario: Scenario, kind: Kind, outcome: Outcome): Line {
  const { told, tries, record, done, left } = outcome;
  const first = kind === KINDS[0];
  const status = told.status || record.status;
  const said = String(told.headers["proxy-status"] ?? "");
  const word = (name: string): string => new RegExp(`; ${name}=([\\w-]+)`).exec(said)?.[1] ?? "";
  const settled = word("settled");
  const cells = [
    first ? String(scenario.row || "") : "",
    first ? scenario.name : "",
    first ? scenario.times : "",
    kind,
    `${status}${told.whole || told.status === 0 ? "" : ", cut"}`,
    bodyOf(outcome),
    String(tries),
    String(done),
    told.status === 0 ? record.processed : `${word("processed")}${settled ? `, settled ${settled}` : ""}`,
    word("reason"),
    told.headers["retry-after"] ?? "",
    timeOf(told.elapsedMs),
    left,
  ];
  return { scenario, cells, broken: brokenLaws(kind, outcome, word("processed")) };
}

/** An error in the one shape, the tenant's success, or something else. */
function bodyOf({ told: { status, body, whole } }: Outcome): string {
  if (status === 0) return "";
  if (!whole) return "half";
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return "JSON";
    if ("_id" in parsed && status < 400) return "object";
    return "code" in parsed && parsed.code === status && "message" in parsed ? "CREST" : "other JSON";
  } catch {
    return body === "" ? "none" : "not JSON";
  }
}

const STEP_MS = 500;

/** In half seconds, rounded down: no limit of the policy is shorter, and no two sums of them are nearer. */
function timeOf(elapsedMs: number): string {
  const steps = Math.floor(elapsedMs / STEP_MS);
  return steps === 0 ? "at once" : `${(steps * STEP_MS) / 1000} s`;
}

/** What holds for every cell: never twice, never a lie, never without an end. */
function brokenLaws(kind: Kind, { told, tries, done }: Outcome, processed: string): string[] {
  const laws: readonly (readonly [string, boolean])[] = [
    ["nothing is done twice", done <= 1],
    ["a read changes nothing", kind !== "read" || done === 0],
    ["what must not be repeated is not", tries <= 1 || kind !== "streamed upload"],
    ["a success was done", kind === "read" || told.status < 200 || told.status >= 300 || done === 1],
    ["processed=no was not done", processed !== "no" || done === 0],
    ["processed=yes was done", processed !== "yes" || kind === "read" || told.status >= 400 || done === 1],
    ["a whole answer has a status", told.status !== 0 || !told.whole],
    ["no answer is later than the deadline", told.elapsedMs < DEADLINE_MS + STEP_MS],
  ];
  return laws.filter(([, holds]) => !holds).map(([law]) => law);
}

/** The lines as a table that people can read. */
export function tableOf(lines: readonly Line[]): string {
  const rows = [[...COLUMNS], ...lines.map(({ cells }) => cells)];
  const widths = COLUMNS.map((_, at) => Math.max(3, ...rows.map((row) => row[at]?.length ?? 0)));
  const written = rows.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`);
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [written[0], rule, ...written.slice(1)].join("\n");
}
