/** The dashboard can be drawn, and asks for what there is. Real answers to its queries: see prometheus.test.ts. */
import { describe, expect, it } from "vitest";
import { problemsIn, TARGET_LABELS } from "./known.ts";
import { asSent, DASHBOARD, TARGETS } from "./panels.ts";
import { readQuery } from "./promql.ts";

const drawn = DASHBOARD.panels.filter(({ type }) => type !== "row");

describe("each panel", () => {
  it.each(drawn)("$title says what to make of it, in a unit, from the chosen Prometheus", (panel) => {
    expect(panel.description).toMatch(/^[A-Z0-9].{20,}\.$/);
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^\w+$/);
    expect(panel.targets?.length).toBeGreaterThan(0);
    for (const { datasource } of [panel, ...(panel.targets ?? [])])
      expect(datasource?.uid).toBe("$datasource");
  });

  it("has an id and a title of its own, and its queries letters of their own", () => {
    expect(new Set(DASHBOARD.panels.map(({ id }) => id)).size).toBe(DASHBOARD.panels.length);
    expect(new Set(drawn.map(({ title }) => title)).size).toBe(drawn.length);
    for (const { targets = [] } of drawn)
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  });

  it("stands inside the grid and covers no other", () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of DASHBOARD.panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          const place = `${column},${line}`;
          expect(taken.get(place), `${title} covers`).toBeUndefined();
          taken.set(place, title);
        }
    }
    // Nothing is left empty either, and all of it is about as high as one large screen.
    const height = Math.max(...DASHBOARD.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(taken.size).toBe(24 * height);
    expect(height).toBeLessThanOrEqual(32);
  });
});

describe("each query", () => {
  it.each(TARGETS)("of $title asks for metrics, labels and values that there are", ({ expr }) => {
    expect(problemsIn(expr.replaceAll("$__rate_interval", "1m"))).toEqual([]);
    expect(readQuery(asSent(expr)).errors).toEqual([]);
  });

  it.each(TARGETS)("of $title obeys every variable that its metrics have a label for", ({ expr }) => {
    for (const { metric, matchers } of readQuery(asSent(expr)).selectors) {
      const labels = matchers.map(({ label }) => label);
      expect(labels, metric).toEqual(expect.arrayContaining(["namespace", "job", "instance"]));
      if (/requests_|request_|attempt|retry_decisions|lost_answers|saved/.test(metric))
        expect(labels).toContain("route");
    }
  });

  it.each(TARGETS)("of $title groups by what its legend names", ({ expr, legendFormat = "" }) => {
    const groupings = readQuery(asSent(expr)).groupings.filter(({ how }) => how === "by");
    for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      expect(groupings.length).toBeGreaterThan(0);
      for (const { labels } of groupings) expect(labels).toContain(label);
    }
  });
});

describe("the variables", () => {
  const { list } = DASHBOARD.templating;

  it("are those that queries use, and the datasource", () => {
    const used = TARGETS.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name));
    const own = [...new Set(used)].filter((name) => name !== "__rate_interval");
    expect(list.map(({ name }) => name).toSorted()).toEqual(["datasource", ...own].toSorted());
  });

  it.each(list.filter(({ type }) => type === "query"))(
    "$name offers values of a label that there is",
    (variable) => {
      const [, selector = "", label = ""] =
        /^label_values\((.+), (\w+)\)$/.exec(variable.definition ?? "") ?? [];
      expect(problemsIn(selector)).toEqual([]);
      expect(label).toBe(variable.name);
      expect([...TARGET_LABELS, "route"]).toContain(label);
    },
  );
});
