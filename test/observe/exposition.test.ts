import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { requireTool } from "../support/tools.ts";
import { CALM, EXCHANGE, everyClass, metricsOf, samples } from "./sources.ts";

describe("the exposition", () => {
  const PROMISED = [
    ["requests_total", "counter"],
    ["request_duration_seconds", "histogram"],
    ["attempts_total", "counter"],
    ["attempt_duration_seconds", "histogram"],
    ["retry_decisions_total", "counter"],
    ["saved_total", "counter"],
    ["lost_answers_total", "counter"],
    ["errors_normalised_total", "counter"],
    ["breaker_state", "gauge"],
    ["breaker_transitions_total", "counter"],
    ["throttle_closed", "gauge"],
    ["retry_budget_remaining", "gauge"],
    ["in_flight", "gauge"],
    ["queued", "gauge"],
    ["streams", "gauge"],
    ["rejected_total", "counter"],
    ["held_body_bytes", "gauge"],
    ["policy_reloads_total", "counter"],
    ["policy_last_reload_successful", "gauge"],
    ["policy_info", "gauge"],
    ["certificate_expiry_seconds", "gauge"],
    ["certificate_reloads_total", "counter"],
    ["handshakes_failed_total", "counter"],
    ["build_info", "gauge"],
  ] as const;

  it("registers every promised name and no other, from the start", async () => {
    const { body } = await metricsOf().expose(undefined);
    const types = body.match(/^# TYPE crest_gateway_.*$/gm) ?? [];
    expect(types.toSorted()).toEqual(
      PROMISED.map(([name, type]) => `# TYPE crest_gateway_${name} ${type}`).toSorted(),
    );
  });

  it("speaks of the process under the usual names", async () => {
    const { body } = await metricsOf().expose(undefined);
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(body).toMatch(/^nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m);
  });

  it("is the text format unless OpenMetrics is asked for", async () => {
    const { contentType, body } = await metricsOf().expose("*/*");
    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(body).not.toContain("# EOF");
    expect(body.endsWith("\n")).toBe(true);
  });

  it("is OpenMetrics when asked: families without _total, samples with it, bounds as floats, an end", async () => {
    const metrics = metricsOf();
    metrics.observe({ kind: "exchange", ...EXCHANGE });
    const { contentType, body } = await metrics.expose("application/openmetrics-text;version=1.0.0");
    expect(contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(body).toContain("# TYPE crest_gateway_requests counter\n");
    expect(body).toContain(
      'crest_gateway_requests_total{route="users",method="PUT",class="2xx",code="200"} 1\n',
    );
    expect(body).toContain("# TYPE process_cpu_seconds counter\n");
    expect(body).toMatch(/^process_start_time_seconds \d+$/m);
    expect(body).toContain('crest_gateway_request_duration_seconds_bucket{le="1.0",');
    expect(body).not.toMatch(/le="\d+"/);
    expect(body).not.toContain("_total_total");
    expect(body.endsWith("\n# EOF\n")).toBe(true);
    expect(body).not.toContain("\n\n");
  });

  it("keeps the text format as it was after OpenMetrics was asked for, also when both are asked for at once", async () => {
    const metrics = metricsOf();
    metrics.observe({ kind: "exchange", ...EXCHANGE });
    const before = await samples(metrics);
    const [, after] = await Promise.all([metrics.expose("application/openmetrics-text"), samples(metrics)]);
    expect(after).toEqual(before);
  });

  it("keeps hostile label values inside their quotes", async () => {
    const metrics = metricsOf({ families: () => [{ ...CALM, family: 'a"} 1\nevil_metric 1\\' }] });
    for (const accept of [undefined, "application/openmetrics-text"]) {
      const { body } = await metrics.expose(accept);
      expect(body).not.toMatch(/^evil_metric/m);
      expect(body).toContain('{family="a\\"} 1\\nevil_metric 1\\\\"}');
    }
  });

  it("passes promtool check metrics", async (context) => {
    const promtool = requireTool(context, "promtool");
    const metrics = metricsOf();
    everyClass(["users", "default"]).forEach(metrics.observe);
    const { body } = await metrics.expose(undefined);
    const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], {
      input: body,
      encoding: "utf8",
    });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
  });
});

describe("how much a scrape costs", () => {
  /** Routes that nobody named are labelled with their family; connectors have 32 of their own and one for the rest. */
  function families(): string[] {
    const profile = parse(readFileSync(new URL("../../config/profiles/aic.yaml", import.meta.url), "utf8"));
    const named = new Set<string>(profile.families.map((row: { family: string }) => row.family));
    expect(named.delete("openidm-system-*")).toBe(true);
    const connectors = Array.from({ length: 32 }, (_, n) => `openidm-system-connector${n}`);
    return [...named, ...connectors, "openidm-system-other", "default"];
  }

  it("stays under 500 histogram label sets when every family and five routes have seen everything", async () => {
    const routes = [...families(), "users", "roles", "logs", "login", "reports"];
    const metrics = metricsOf();
    everyClass(routes).forEach(metrics.observe);
    const { body } = await metrics.expose(undefined);
    const labelSets = body.match(/^\w+_bucket\{le="\+Inf".*$/gm) ?? [];
    expect(labelSets.length).toBeGreaterThanOrEqual(routes.length * 9);
    expect(labelSets.length).toBeLessThan(500);
  });
});
