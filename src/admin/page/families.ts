/** Each part of the tenant: its circuit and gate with the time that remains, its budget, its places. */
import type { FamilyStatus } from "../status.ts";
import { inSeconds } from "../words.ts";
import { type Cell, paintRows } from "./dom.ts";

const CIRCUIT = { closed: "good", "half-open": "warn", open: "bad" } as const;

export function showFamilies(families: readonly FamilyStatus[]): void {
  paintRows("families", families.map(cells), "No request has come yet.");
}

function cells(family: FamilyStatus): Cell[] {
  const probe =
    family.opensInMs > 0 ? `, probe in ${inSeconds(family.opensInMs)}` : ", next one is the probe";
  return [
    { text: family.family, className: "name" },
    { text: family.breaker === "open" ? `open${probe}` : family.breaker, badge: CIRCUIT[family.breaker] },
    family.throttled
      ? { text: `${inSeconds(family.throttledForMs)} more`, badge: "warn" }
      : { text: "no", className: "quiet" },
    {
      text: String(Math.floor(family.budgetRemaining)),
      className: family.budgetRemaining < 1 ? "number warn" : "number",
    },
    use(family.inFlight, family.concurrency),
    use(family.queued, family.queue),
  ];
}

function use(now: number, most: number): Cell {
  const share = most > 0 ? now / most : 0;
  const className = share >= 1 ? "number bad" : share >= 0.8 ? "number warn" : "number";
  return { text: `${now} / ${most}`, className };
}
