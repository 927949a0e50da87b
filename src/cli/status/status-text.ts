/**
 * What `/status.json` says, for a terminal: first whether anything is wrong, then families and exchanges. It knows no
 * HTTP and no clock.
 */
import type { HistoryView } from "../../admin/history.ts";
import type { NotableExchange } from "../../admin/recent.ts";
import type { FamilyStatus, Status } from "../../admin/status.ts";
import { duration, inSeconds } from "../../admin/words.ts";
import type { AttemptRecord } from "../../observe/events.ts";

const MOST_EXCHANGES = 10;

export function statusText(status: Status): string {
  const { state, trouble, uptimeSeconds, version, node, upstream, policy, families, recent, history } =
    status;
  const lines = [
    `${state}, up ${duration(uptimeSeconds)}; crest-gateway ${version}, Node ${node}`,
    `tenant ${upstream}; policy ${policy.hash} (${policy.profile}, ${policy.file})`,
    "",
    ...(trouble.length === 0 ? ["All is well."] : trouble.map((each) => `! ${each}`)),
  ];
  if (history) lines.push("", ...quarterHour(history));
  if (families.length > 0) lines.push("", ...table(FAMILY_HEAD, families.map(familyRow)));
  const exchanges = recent?.exchanges.slice(0, MOST_EXCHANGES) ?? [];
  if (exchanges.length > 0) lines.push("", "Did not go straight, newest first:", ...exchanges.flatMap(told));
  return `${lines.join("\n")}\n`;
}

function quarterHour({ tenant, callers, saved, refused }: HistoryView): string[] {
  const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
  const said = (series: HistoryView["callers"]): string =>
    Object.entries(series)
      .map(([word, values]) => ({ word, count: sum(values) }))
      .filter(({ count }) => count > 0)
      .map(({ word, count }) => `${count} ${word}`)
      .join(", ") || "nothing";
  return [
    `In 15 minutes the tenant answered ${said(tenant)}; callers got ${said(callers)}.`,
    `Saved by a retry ${saved.retry}, settled ${saved.settled}; refused ${sum(Object.values(refused))}.`,
  ];
}

const FAMILY_HEAD = ["family", "circuit", "in flight", "queued", "retries left", "held back"];

function familyRow(family: FamilyStatus): string[] {
  return [
    family.family,
    family.breaker === "open" ? `open, probe in ${inSeconds(family.opensInMs)}` : family.breaker,
    `${family.inFlight} of ${family.concurrency}`,
    `${family.queued} of ${family.queue}`,
    String(Math.floor(family.budgetRemaining)),
    family.throttled ? `for ${inSeconds(family.throttledForMs)}` : "no",
  ];
}

function told(exchange: NotableExchange): string[] {
  const { at, method, path, status, durationMs, reason, id, story = [] } = exchange;
  const why = reason === undefined ? "" : ` (${reason})`;
  return [
    `  ${at.slice(11, 19)} ${method} ${path} ${status}${why} ${Math.round(durationMs)} ms, id ${id}`,
    ...story.map((attempt, index) => `    ${index + 1}. ${attemptText(attempt)}`),
  ];
}

function attemptText({ status, failure, meaning, durationMs, next, waitMs, toldMs }: AttemptRecord): string {
  const asked = toldMs === undefined ? "" : `, asked to wait ${inSeconds(toldMs)}`;
  const followed = next === "retried" ? `sent again after ${Math.round(waitMs ?? 0)} ms` : next;
  return `${status ?? failure} after ${Math.round(durationMs)} ms: ${meaning}${asked}; ${followed}`;
}

/** Columns as wide as their widest word. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((word, column) => word.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
