/**
 * Stacked bars over time, drawn as SVG, with everything that they say in words and numbers beside them: a legend with
 * totals, a sentence for who cannot see it, and a table by minute. It knows nothing of what is counted.
 */
import { byId, element, paint, svg } from "./dom.ts";

export type Layer = {
  readonly name: string;
  /** The class of `PAGE_STYLE` that colours it. */
  readonly fill: string;
  /** One for each bar, the oldest first. */
  readonly values: readonly number[];
  /** Of all bars together, as said in the legend. */
  readonly total: string;
};

export type Picture = {
  /** What is said of the whole, for who cannot see it. */
  readonly summary: string;
  /** From the ground up. */
  readonly layers: readonly Layer[];
  readonly unit: string;
  /** The layers' value of one minute, made of its bars. */
  readonly perMinute: (bars: readonly number[], layer: Layer) => string;
};

const HEIGHT = 100;
const BARS_PER_MINUTE = 4;

/** Draws into the elements `<id>-bars`, `<id>-top`, `<id>-legend` and `<id>-numbers`. */
export function draw(id: string, { summary, layers, unit, perMinute }: Picture): void {
  const bars = layers[0]?.values.length ?? 0;
  const sums = Array.from({ length: bars }, (_, bar) =>
    layers.reduce((sum, { values }) => sum + (values[bar] ?? 0), 0),
  );
  const top = Math.max(...sums, 0);
  paint(byId(`${id}-bars`), layers, () => [drawn(layers, bars, top, summary)]);
  byId(`${id}-top`).textContent = top === 0 ? "nothing yet" : `highest: ${Math.round(top)} ${unit}`;
  paint(
    byId(`${id}-legend`),
    layers.map(({ total }) => total),
    () => layers.map(({ name, fill, total }) => element("span", "", element("i", fill), `${name} ${total}`)),
  );
  paint(byId(`${id}-numbers`), layers, () => [numbers(layers, bars, perMinute)]);
}

function drawn(layers: readonly Layer[], bars: number, top: number, summary: string): SVGElement {
  const picture = svg("svg", {
    viewBox: `0 0 ${bars} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": summary,
  });
  picture.append(svg("rect", { class: "ground", x: 0, y: 0, width: bars, height: HEIGHT }));
  for (let bar = 0; bar < bars; bar++) {
    let y = HEIGHT;
    for (const { values, fill } of layers) {
      const value = values[bar] ?? 0;
      if (value <= 0) continue;
      // What there is has to be seen, however little it is beside the rest.
      const height = Math.max((value / top) * (HEIGHT - 6), 2);
      y -= height;
      picture.append(
        svg("rect", { class: fill, x: bar + 0.08, y: y.toFixed(2), width: 0.84, height: height.toFixed(2) }),
      );
    }
  }
  return picture;
}

function numbers(layers: readonly Layer[], bars: number, perMinute: Picture["perMinute"]): HTMLTableElement {
  const cells = (name: "th" | "td", texts: readonly string[]): HTMLElement =>
    element("tr", "", ...texts.map((text, column) => element(name, column === 0 ? "" : "number", text)));
  const minutes = Array.from({ length: Math.ceil(bars / BARS_PER_MINUTE) }, (_, minute) => {
    const end = bars - minute * BARS_PER_MINUTE;
    const of = (layer: Layer): string =>
      perMinute(layer.values.slice(Math.max(0, end - BARS_PER_MINUTE), end), layer);
    return cells("td", [minute === 0 ? "now" : String(minute), ...layers.map(of)]);
  });
  const head = cells("th", ["minutes ago", ...layers.map(({ name }) => name)]);
  return element("table", "", element("thead", "", head), element("tbody", "", ...minutes));
}
