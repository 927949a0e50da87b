/** The rows of the tables as a person would say them, for the pages that are made from the tables. */
import type { Glob } from "../src/decide/pattern.ts";
import type { AnswerRow, RequestMatch } from "../src/decide/rows.ts";
import type { Verdict } from "../src/decide/verdict.ts";
import type { Health, RetryRule } from "../src/decide/words.ts";

/** `503`, `5xx`, `400-407, 409`; empty when the row says nothing of statuses. */
export function statusText({ statuses }: AnswerRow["when"]): string {
  const texts = statuses?.map(({ from, to }) => {
    if (from === to) return String(from);
    return from % 100 === 0 && to === from + 99 ? `${from / 100}xx` : `${from}-${to}`;
  });
  return texts?.join(", ") ?? "";
}

/** The conditions of an answers row besides its statuses, as a person would say them. */
export function conditions({
  origin,
  contentType,
  body,
  message,
  headers,
  operations: kinds,
  request: asked,
}: AnswerRow["when"]) {
  return [
    ...(origin === undefined ? [] : [`from the ${origin}`]),
    ...(kinds === undefined ? [] : [`to a ${kinds.join(" or ")}`]),
    ...(asked === undefined ? [] : [`to ${request(asked)}`]),
    ...(contentType === undefined ? [] : [`content type ${code(contentType.source)}`]),
    ...(headers ?? []).map((each) => `header ${named(each, ": ")}`),
    ...(message === undefined ? [] : [`message ${code(message.source)}`]),
    ...(body ?? []).map((each) => `with ${named(each, ": ")}`),
  ].join(", ");
}

/** `POST /x?_action=create with grant_type=…`. */
export function request({ methods, paths, query, headers, body }: RequestMatch): string {
  const parameters = (query ?? []).map(({ name, value }) => `${name}=${value.source}`).join("&");
  const targets = (paths ?? []).map(({ source }) =>
    code(parameters === "" ? source : `${source}?${parameters}`),
  );
  return [
    ...(methods === undefined ? [] : [methods.join(" or ")]),
    ...(targets.length === 0 && parameters !== "" ? [code(`?${parameters}`)] : [targets.join(" or ")]),
    ...(headers ?? []).map((each) => `with ${named(each, ": ")}`),
    ...(body ?? []).map((each) => `with ${named(each, "=")}`),
  ]
    .filter(Boolean)
    .join(" ");
}

function named({ name, value }: { readonly name: string; readonly value: Glob }, separator: string): string {
  return code(value.source === "*" ? name : `${name}${separator}${value.source}`);
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Which requests may be sent again. */
export const AGAIN: Readonly<Record<RetryRule, string>> = {
  never: "nothing",
  reads: "reads",
  guarded: "reads, guarded writes",
  idempotent: "reads, guarded and idempotent writes",
  any: "everything",
};

const CIRCUIT: Readonly<Record<Health, string>> = {
  good: "counts as good",
  bad: "counts as bad",
  alive: "not counted; answering a probe it closes",
  neutral: "not counted",
};

/** What a verdict does to the circuit. */
export function circuit({
  health,
  oncePerPath,
  closesGate,
}: Pick<Verdict, "health" | "oncePerPath" | "closesGate">) {
  if (closesGate) return `${CIRCUIT[health]}; the whole family waits`;
  return oncePerPath ? `${CIRCUIT[health]}, once for each path` : CIRCUIT[health];
}

/** What a verdict asks of the next attempt. */
export function besides({ attempts, minDelayMs }: Verdict): string {
  const parts = [
    ...(attempts === undefined ? [] : [`at most ${attempts} attempts`]),
    ...(minDelayMs === undefined ? [] : [`not before ${minDelayMs / 1000} s`]),
  ];
  return parts.join(", ");
}
