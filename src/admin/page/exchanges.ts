/**
 * The exchanges that did not go straight, newest first, each with its whole story to be opened; and the field that finds
 * one by id, transaction id or path. An exchange is over and never changes, so each is drawn once: what is open, focused
 * or selected stays so while others come.
 */
import type { NotableExchange } from "../recent.ts";
import { count, inMs, when } from "../words.ts";
import { byId, element } from "./dom.ts";
import { attemptStory, meaningStory, processedStory, reasonStory, settledStory } from "./story.ts";

type Drawn = { readonly box: HTMLDetailsElement; readonly foundBy: string };

const drawn = new Map<string, Drawn>();

export function showExchanges(exchanges: readonly NotableExchange[], now: Date): void {
  const host = byId("exchanges");
  const keys = new Set(exchanges.map(keyOf));
  for (const [key, { box }] of drawn)
    if (!keys.has(key)) {
      box.remove();
      drawn.delete(key);
    }
  for (const exchange of exchanges.toReversed()) {
    const key = keyOf(exchange);
    if (drawn.has(key)) continue;
    const box = boxOf(exchange, now);
    const { id, transactionId = "", path } = exchange;
    drawn.set(key, { box, foundBy: `${id}\n${transactionId}\n${path}`.toLowerCase() });
    host.prepend(box);
  }
  filter();
}

/** Looks anew whenever something is typed. */
export function listenToSearch(): void {
  search().addEventListener("input", filter);
}

function search(): HTMLInputElement {
  const field = byId("find");
  if (!(field instanceof HTMLInputElement)) throw new Error("#find is no field");
  return field;
}

function filter(): void {
  const wanted = search().value.trim().toLowerCase();
  let found = 0;
  for (const { box, foundBy } of drawn.values()) {
    box.hidden = !foundBy.includes(wanted);
    if (!box.hidden) found += 1;
  }
  const text =
    drawn.size === 0
      ? "None since the start."
      : wanted === ""
        ? `${count(drawn.size)}, newest first`
        : `${count(found)} of ${count(drawn.size)}`;
  if (byId("found").textContent !== text) byId("found").textContent = text;
}

/** Ids may be the caller's own, and come twice. */
function keyOf({ at, id, durationMs }: NotableExchange): string {
  return `${at} ${id} ${durationMs}`;
}

function boxOf(exchange: NotableExchange, now: Date): HTMLDetailsElement {
  const { at, method, path, status, attempts, durationMs, story = [] } = exchange;
  const tried = attempts === 0 ? "not sent" : attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  const summary = element(
    "summary",
    "",
    element("span", "quiet", when(at, now)),
    element("span", "name", `${method} ${path}`),
    element("span", `badge ${status < 400 ? "good" : status < 500 ? "warn" : "bad"}`, String(status)),
    element("span", "", `${tried}, ${inMs(durationMs)}`),
  );
  const attemptsTold = story.map((attempt) => {
    const { told, meaning, next } = attemptStory(attempt);
    return element("li", "", ...[told, meaning, next].map((text) => element("p", "", text)));
  });
  return element(
    "details",
    "",
    summary,
    element("div", "", facts(exchange), element("ol", "", ...attemptsTold)),
  );
}

function facts(exchange: NotableExchange): HTMLElement {
  const { id, transactionId, route, meaning } = exchange;
  const told: readonly (readonly [string, string | undefined, string?])[] = [
    ["Id", id, "mono"],
    ["Transaction id", transactionId, "mono"],
    ["Route", route],
    ["Meaning", meaning && meaningStory(meaning)],
    ["Processed", processedStory(exchange)],
    ["Ended by", reasonStory(exchange)],
    ["Settled", settledStory(exchange)],
  ];
  return element(
    "dl",
    "",
    ...told.flatMap(([name, text, className = ""]) =>
      text === undefined ? [] : [element("dt", "", name), element("dd", className, text)],
    ),
  );
}
