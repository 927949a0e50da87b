/**
 * What would follow from the usual troubles, for whoever asks about a request and names no answer: one line each. It
 * words what `explain` says and decides nothing.
 */
import type { Outcome } from "../../decide/outcome.ts";
import type { Policy } from "../../policy/policy.ts";
import { sampleAnswer, sampleFailure } from "../../policy/sample.ts";
import { type ExplainedRequest, type Explanation, explain } from "../../rehearse/explain.ts";
import { nextText } from "./explanation.ts";

const TROUBLES: readonly (readonly [name: string, outcome: Outcome])[] = [
  ...[429, 500, 502, 503, 504].map(
    (status) => [String(status), sampleAnswer(status, [], undefined)] as const,
  ),
  ["a reset", sampleFailure("reset")],
  ["silence", sampleFailure("timeout")],
  ["refused", sampleFailure("refused")],
];

type Told = NonNullable<Explanation["told"]>;

export type WhatIf = { readonly trouble: string; readonly told: Told };

/** What the first attempt's troubles would mean, in the order of a table. */
export function whatIf(policy: Policy, request: ExplainedRequest, wallMs: number): WhatIf[] {
  return TROUBLES.flatMap(([trouble, outcome]) => {
    const explained = explain(policy, request, { outcome, attempts: 1, wallMs });
    return "told" in explained && explained.told ? [{ trouble, told: explained.told }] : [];
  });
}

export function whatIfText(rows: readonly WhatIf[]): string {
  // What never reaches the tenant has no troubles.
  if (rows.length === 0) return "";
  const shown = rows.map(
    ({ trouble, told }) => [trouble, told.judged.meaning, nextText(told)[0] ?? ""] as const,
  );
  const widths = [0, 1].map((column) => Math.max(...shown.map((row) => (row[column] ?? "").length)) + 2);
  const lines = shown.map(
    ([trouble, meaning, next]) =>
      `  ${trouble.padEnd(widths[0] ?? 0)}${meaning.padEnd(widths[1] ?? 0)}${next}`,
  );
  return `what would follow; --answer or --failure says more of one\n${lines.join("\n")}\n`;
}
