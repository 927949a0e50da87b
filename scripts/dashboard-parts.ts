/** What the dashboard's panels are made of: their shape, and how their queries pick gateways, routes and times. */

type Query = {
  /** What a line is called; `{{label}}` is one of the labels that the query groups by. */
  readonly legend: string;
  readonly promql: string;
};

export type Colour = "green" | "yellow" | "orange" | "red" | "blue" | "purple" | "text";

export type Panel = {
  readonly kind: "stat" | "lines" | "stack" | "states" | "table";
  readonly title: string;
  /** What it means, and what to do about it. */
  readonly says: string;
  /** Grafana's word. */
  readonly unit: "short" | "reqps" | "percentunit" | "s" | "bytes" | "none";
  readonly queries: readonly Query[];
  /** Of 24. */
  readonly width: number;
  /** From which value on a colour holds. */
  readonly thresholds?: readonly (readonly [from: number, colour: Colour])[];
  /** Below the first of them; green unless said. */
  readonly below?: Colour;
  /** Words for values. */
  readonly words?: Readonly<Record<number, readonly [text: string, colour: Colour]>>;
  /** Colours of lines that always have the same name. */
  readonly colours?: Readonly<Record<string, Colour>>;
};

export type Section = { readonly title?: string; readonly height: number; readonly panels: readonly Panel[] };

/** The targets that the variables at the top of the dashboard pick; a label that a setup lacks matches `.*`. */
export const TARGET = 'namespace=~"$namespace",job=~"$job",instance=~"$instance"';
export const ROUTE = `${TARGET},route=~"$route"`;
/** Chosen by Grafana: at least four scrapes. */
export const RECENT = "[$__rate_interval]";

/**
 * How much a counter of rare events rose within an hour. A series appears with its first event, which `increase` does
 * not see: one that was not there an hour ago counts as a whole. Scrapes that failed for ten minutes back then do not
 * make it new.
 */
export function withinAnHour(counter: string): string {
  return `(${counter} unless last_over_time(${counter}[10m] offset 1h)) or increase(${counter}[1h])`;
}

/** What the variables at the top offer, each within the choice before it. */
export const VARIABLES: readonly {
  readonly name: string;
  readonly label: string;
  readonly values: string;
}[] = [
  { name: "namespace", label: "Namespace", values: "label_values(crest_gateway_build_info, namespace)" },
  {
    name: "job",
    label: "Job",
    values: 'label_values(crest_gateway_build_info{namespace=~"$namespace"}, job)',
  },
  {
    name: "instance",
    label: "Instance",
    values: 'label_values(crest_gateway_build_info{namespace=~"$namespace",job=~"$job"}, instance)',
  },
  { name: "route", label: "Route", values: `label_values(crest_gateway_requests_total{${TARGET}}, route)` },
];
