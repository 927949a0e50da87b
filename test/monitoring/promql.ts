/**
 * What a PromQL query asks for: its metrics, matchers and groupings, read by Prometheus's own grammar. It knows no metric.
 */
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

export type Selector = {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
};

/** Labels that `by`, `without`, `on` or `ignoring` name, and the selectors that these labels have to come from. */
type Grouping = {
  readonly how: "by" | "without" | "on" | "ignoring";
  readonly labels: readonly string[];
  readonly of: readonly Selector[];
};

type Query = {
  /** Pieces that the grammar does not know. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
};

export function readQuery(text: string): Query {
  const top = parser.parse(text).topNode;
  const errors = nodesIn(top, (node) => node.type.isError).map((node) => text.slice(node.from, node.to + 10));
  const selectors = selectorsIn(top, text);
  const modifiers = nodesIn(top, (node) => /^(?:AggregateModifier|MatchingModifierClause)$/.test(node.name));
  const groupings = modifiers.flatMap((modifier): Grouping[] => {
    const how = text.slice(modifier.from, modifier.to).match(/^(?:by|without|on|ignoring)/)?.[0];
    const named = modifier.getChild("GroupingLabels");
    if (!how || !named || !modifier.parent) return [];
    return [
      {
        how: how as Grouping["how"],
        labels: named.getChildren("LabelName").map((label) => text.slice(label.from, label.to)),
        of: selectorsIn(modifier.parent, text),
      },
    ];
  });
  return { errors, selectors, groupings };
}

function selectorsIn(node: SyntaxNode, text: string): Selector[] {
  return nodesIn(node, ({ name }) => name === "VectorSelector").map((selector) => {
    const textOf = (part: SyntaxNode | null): string => (part ? text.slice(part.from, part.to) : "");
    const matchers = nodesIn(selector, ({ name }) => name === "UnquotedLabelMatcher").map((matcher) => ({
      label: textOf(matcher.getChild("LabelName")),
      value: textOf(matcher.getChild("StringLiteral")).slice(1, -1),
    }));
    return { metric: textOf(selector.getChild("Identifier")), matchers };
  });
}

function nodesIn(node: SyntaxNode, wanted: (node: SyntaxNode) => boolean): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((each) => {
    if (each.from >= node.from && each.to <= node.to && wanted(each.node)) found.push(each.node);
  });
  return found;
}
