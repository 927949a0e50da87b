/**
 * The text of `helm/crest-gateway/files/dashboard.json`: the panels in the form that Grafana 10 to 12 imports. It decides
 * where a panel stands and how each kind looks; what they show is in `dashboard-callers.ts` and
 * `dashboard-causes.ts`.
 */
import { AT_A_GLANCE, CALLERS } from "./dashboard-callers.ts";
import { ITSELF, PROTECTION, TENANT } from "./dashboard-causes.ts";
import { type Colour, type Panel, type Section, VARIABLES } from "./dashboard-parts.ts";

type Json = Readonly<Record<string, unknown>>;

/** From top to bottom, as an operator reads it. */
const SECTIONS: readonly Section[] = [AT_A_GLANCE, CALLERS, TENANT, PROTECTION, ITSELF];

const SCHEMA_VERSION = 39;
const DATASOURCE = { type: "prometheus", uid: "$datasource" };
const ROW_HEIGHT = 1;

export function dashboard(): string {
  const model = {
    uid: "crest-gateway",
    title: "crest-gateway",
    description:
      "Read it from top to bottom: what callers get, what the tenant does and what is tried again, what protects it, and the gateway itself. Each panel says what to do.",
    tags: ["crest-gateway"],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    timezone: "browser",
    templating: { list: [datasourceVariable(), ...VARIABLES.map(labelVariable)] },
    panels: placed(SECTIONS),
  };
  return asBiomeWrites(`${JSON.stringify(model, null, 2)}\n`);
}

function datasourceVariable(): Json {
  return { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" };
}

/** All at first. "All" matches any value and none, so that a label which nobody has picks everything. */
function labelVariable({ name, label, values }: (typeof VARIABLES)[number]): Json {
  return {
    name,
    label,
    type: "query",
    datasource: DATASOURCE,
    definition: values,
    query: { query: values, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: ".*",
    current: { text: ["All"], value: ["$__all"] },
  };
}

/** Sections below each other, panels of a section beside each other. */
function placed(sections: readonly Section[]): Json[] {
  const panels: Json[] = [];
  let y = 0;
  const place = (panel: Json, x: number, width: number, height: number): void => {
    panels.push({ id: panels.length + 1, ...panel, gridPos: { x, y, w: width, h: height } });
  };
  for (const { title, height, panels: ofSection } of sections) {
    if (title !== undefined) {
      place({ type: "row", title, collapsed: false, panels: [] }, 0, 24, ROW_HEIGHT);
      y += ROW_HEIGHT;
    }
    let x = 0;
    for (const panel of ofSection) {
      place(panelModel(panel), x, panel.width, height);
      x += panel.width;
    }
    y += height;
  }
  return panels;
}

const TYPES: Readonly<Record<Panel["kind"], string>> = {
  stat: "stat",
  lines: "timeseries",
  stack: "timeseries",
  states: "state-timeline",
  table: "table",
};

function panelModel(panel: Panel): Json {
  const instant = panel.kind === "stat" || panel.kind === "table";
  return {
    type: TYPES[panel.kind],
    title: panel.title,
    description: panel.says,
    datasource: DATASOURCE,
    targets: panel.queries.map(({ legend, promql }, index) => ({
      refId: refId(index),
      datasource: DATASOURCE,
      expr: promql,
      ...(panel.kind === "table" ? { format: "table" } : { legendFormat: legend || "__auto" }),
      instant,
      range: !instant,
    })),
    fieldConfig: { defaults: fieldDefaults(panel), overrides: overrides(panel) },
    options: OPTIONS[panel.kind],
    ...(panel.kind === "table" ? { transformations: tableTransformations(panel) } : {}),
  };
}

const refId = (index: number): string => String.fromCharCode("A".charCodeAt(0) + index);

function fieldDefaults({ kind, unit, thresholds = [], below = "green", words }: Panel): Json {
  const steps = [{ color: below, value: null }, ...thresholds.map(([value, color]) => ({ color, value }))];
  return {
    unit,
    ...(kind === "stat" ? { noValue: "–", color: { mode: "thresholds" } } : {}),
    ...(kind === "lines" || kind === "stack" ? { min: 0, color: { mode: "palette-classic" } } : {}),
    ...(kind === "states" ? { color: { mode: "thresholds" } } : {}),
    thresholds: { mode: "absolute", steps },
    ...(words && kind !== "table" ? { mappings: [mapping(words)] } : {}),
    custom: CUSTOM[kind](thresholds.length > 0),
  };
}

function mapping(words: NonNullable<Panel["words"]>): Json {
  const options = Object.entries(words).map(([value, [text, color]], index) => [
    value,
    { text, color, index },
  ]);
  return { type: "value", options: Object.fromEntries(options) };
}

const CUSTOM: Readonly<Record<Panel["kind"], (limited: boolean) => Json>> = {
  stat: () => ({}),
  table: () => ({ align: "left" }),
  states: () => ({ fillOpacity: 80, lineWidth: 0 }),
  lines: (limited) => ({ lineWidth: 1, fillOpacity: 0, thresholdsStyle: { mode: limited ? "line" : "off" } }),
  stack: () => ({ lineWidth: 1, fillOpacity: 40, stacking: { mode: "normal", group: "A" } }),
};

function overrides({ kind, colours = {}, queries, words }: Panel): Json[] {
  const byName = (name: string, properties: readonly Json[]): Json => ({
    matcher: { id: "byName", options: name },
    properties,
  });
  const coloured = Object.entries(colours).map(([name, colour]: [string, Colour]) =>
    byName(name, [{ id: "color", value: { mode: "fixed", fixedColor: colour } }]),
  );
  const file = queries.findIndex(({ legend }) => legend === "file");
  if (kind !== "table" || !words || file < 0) return coloured;
  const cell = { id: "custom.cellOptions", value: { type: "color-text" } };
  return [...coloured, byName("file", [{ id: "mappings", value: [mapping(words)] }, cell])];
}

/** One row for each gateway: the queries' labels side by side, their values where these say something. */
function tableTransformations({ queries }: Panel): Json[] {
  const isInfo = (legend: string): boolean => legend === "version" || legend === "policy";
  const values = queries.map(({ legend }, index) => ({ name: `Value #${refId(index)}`, legend }));
  return [
    { id: "merge", options: {} },
    {
      id: "organize",
      options: {
        excludeByName: Object.fromEntries(
          ["Time", ...values.filter(({ legend }) => isInfo(legend)).map(({ name }) => name)].map((name) => [
            name,
            true,
          ]),
        ),
        renameByName: Object.fromEntries(
          values.filter(({ legend }) => !isInfo(legend)).map(({ name, legend }) => [name, legend]),
        ),
      },
    },
  ];
}

const OPTIONS: Readonly<Record<Panel["kind"], Json>> = {
  stat: {
    reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
    colorMode: "value",
    graphMode: "none",
    textMode: "value",
  },
  lines: {
    legend: { displayMode: "list", placement: "bottom", showLegend: true },
    tooltip: { mode: "multi", sort: "desc" },
  },
  stack: {
    legend: { displayMode: "list", placement: "bottom", showLegend: true },
    tooltip: { mode: "multi", sort: "desc" },
  },
  states: {
    legend: { displayMode: "list", placement: "bottom", showLegend: false },
    mergeValues: true,
    rowHeight: 0.8,
    showValue: "auto",
    tooltip: { mode: "single", sort: "none" },
  },
  table: { cellHeight: "sm", showHeader: true },
};

/** The formatter, which reads this file too, puts a short list of plain values on one line. */
function asBiomeWrites(json: string): string {
  return json.replaceAll(/\[\n\s+("[^"\n]*"(?:,\n\s+"[^"\n]*")*)\n\s+\]/g, (_, items: string) => {
    return `[${items.replaceAll(/,\n\s+/g, ", ")}]`;
  });
}
