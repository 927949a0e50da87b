/** What the gateway did about it in the last fifteen minutes: four numbers, and their reasons. */
import type { HistoryView } from "../history.ts";
import { count } from "../words.ts";
import { byId, element, paint } from "./dom.ts";

type Deed = {
  readonly title: string;
  readonly number: number;
  readonly lines: readonly string[];
};

export function showDeeds(history: HistoryView): void {
  const { answered: _final, ...withheld } = history.withheld;
  const deeds: Deed[] = [
    {
      title: "Saved by a retry",
      number: history.saved.retry,
      lines: ["failed at first, and ended well"],
    },
    {
      title: "Saved by looking",
      number: history.saved.settled,
      lines: ["lost answers that had been applied", ...reasons(history.lostAnswers)],
    },
    {
      title: "Not tried again",
      number: total(withheld),
      lines: total(withheld) === 0 ? ["no retry was withheld"] : reasons(withheld),
    },
    {
      title: "Refused by the gateway",
      number: total(history.refused),
      lines: total(history.refused) === 0 ? ["nobody was turned away"] : reasons(history.refused),
    },
  ];
  paint(byId("deeds"), deeds, () => deeds.map(card));
}

function card({ title, number, lines }: Deed): HTMLElement {
  return element(
    "div",
    "card",
    element("h3", "", title),
    element("p", "big", count(number)),
    element("ul", "", ...lines.map((line) => element("li", "", line))),
  );
}

function reasons(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, times]) => `${reason} ${count(times)}`);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, times) => sum + times, 0);
}
