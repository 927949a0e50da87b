/** Plays an exchange back through a real gateway, and says what the tables alone would make of it. */
import { classify } from "../../src/decide/classify.ts";
import { judge } from "../../src/decide/judge.ts";
import { requestFacts } from "../../src/decide/request.ts";
import { mayRepeat } from "../../src/decide/verdict.ts";
import { headerPairs } from "../../src/http/headers.ts";
import { parseTarget } from "../../src/http/target.ts";
import type { ExchangeRecord } from "../../src/observe/events.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Exchange } from "./corpus.ts";
import { type Answer, ask, type Running } from "./gateway.ts";
import type { Player, Seen } from "./player.ts";

export type Played = {
  readonly exchange: Exchange;
  readonly answer: Answer;
  /** What reached the upstream, one for each attempt. */
  readonly seen: readonly Seen[];
  /** The header lines that the upstream sent. */
  readonly given: readonly string[];
  readonly gatewayUrl: string;
  readonly playerUrl: string;
  readonly record: ExchangeRecord;
  /** How the tenant's error spoke, when it was written anew. */
  readonly normalisedFrom: string | undefined;
};

export async function playBack(exchange: Exchange, gateway: Running, player: Player): Promise<Played> {
  const eventsBefore = gateway.events.length;
  const endedBefore = gateway.exchanges().length;
  player.play(exchange);
  const answer = await ask(gateway.url, exchange.method, exchange.target, {
    headers: Object.fromEntries(headerPairs(exchange.requestHeaders)),
    ...(exchange.requestBody === undefined ? {} : { body: exchange.requestBody }),
  });
  await gateway.ended(endedBefore + 1);
  const events = gateway.events.slice(eventsBefore);
  const record = events.find((event) => event.kind === "exchange");
  if (!record) throw new Error(`no record of ${exchange.id}`);
  return {
    exchange,
    answer,
    seen: [...player.seen],
    given: player.headersOf(exchange),
    gatewayUrl: gateway.url,
    playerUrl: player.url,
    record,
    normalisedFrom: events.find((event) => event.kind === "normalised")?.from,
  };
}

export function byTheTables(exchange: Exchange, policy: Policy) {
  const { method, target, requestHeaders, requestBody, status } = exchange;
  const parsed = parseTarget(method, target);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const body = requestBody ?? Buffer.alloc(0);
  const facts = requestFacts({ method, target: parsed.target, headers: requestHeaders, body });
  const tables = { ...policy.fallback, origins: policy.origins, dialects: policy.dialects };
  const asked = classify(facts, tables);
  const isRead = status >= 400 || asked.operation === "query";
  const text = isRead ? exchange.responseBody.toString("utf8") : undefined;
  const judged = judge(
    { kind: "answered", status, headers: exchange.responseHeaders, text },
    { facts, operation: asked.operation },
    tables,
  );
  const { attempts } = policy.fallback.settings.retry;
  const most = Math.min(attempts, asked.attempts ?? attempts, judged.verdict.attempts ?? attempts);
  return { asked, judged, attempts: mayRepeat(judged.retry, asked.replay) ? most : 1 };
}

/** One line of the golden file: what the gateway did, not what the tables say it would. */
export function goldenCells({ exchange, record, normalisedFrom }: Played, policy: Policy): string[] {
  const said = exchange.status < 400 ? "" : exchange.responseBody.toString("utf8");
  return [
    exchange.id,
    String(exchange.status),
    record.origin,
    byTheTables(exchange, policy).asked.dialect,
    record.operation,
    record.replay,
    record.meaning ?? "",
    record.processed ?? "",
    String(record.attempts),
    normalisedFrom === undefined ? "as it came" : `from ${normalisedFrom}`,
    /"(?:message|error)":\s*"((?:[^"\\]|\\.){1,80})/.exec(said)?.[1] ?? said.slice(0, 80),
    `${exchange.method} ${exchange.target.replace(/(?<=\?.{60}).+/, "…")}`,
  ];
}

const HEADINGS = [
  ...["id", "status", "origin", "dialect", "operation", "replay", "meaning", "processed", "attempts"],
  ...["body", "it says", "request"],
];

/** A table with aligned columns. */
export function goldenTable(rows: readonly (readonly string[])[]): string {
  const all = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const aligned = (row: readonly string[]) => widths.map((width, i) => (row[i] ?? "").padEnd(width));
  return all.map((row) => aligned(row).join("  ").trimEnd()).join("\n");
}
