/** The shipped dashboard as Grafana would read it, and its queries as Grafana would send them. */
import { textOf } from "../docs/markdown.ts";

const FILE = "helm/crest-gateway/files/dashboard.json";

type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat?: string;
    readonly datasource: { readonly uid: string };
  }[];
};

type Dashboard = {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
};

export const DASHBOARD: Dashboard = JSON.parse(textOf(FILE));

/** One row for each query of each panel. */
export const TARGETS = DASHBOARD.panels.flatMap((panel) =>
  (panel.targets ?? []).map((target) => ({ title: `${panel.title} ${target.refId}`, panel, ...target })),
);

/** With "All" chosen everywhere, as it is at first. */
export function asSent(promql: string): string {
  return promql.replaceAll("$__rate_interval", "1m").replaceAll(/\$\w+/g, ".*");
}
