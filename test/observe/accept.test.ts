import { describe, expect, it } from "vitest";
import { prefersOpenMetrics } from "../../src/observe/accept.ts";

const PROMETHEUS_2 =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

describe("which exposition format an Accept header asks for", () => {
  it.each<[string, string | undefined, boolean]>([
    ["no header", undefined, false],
    ["an empty header", "", false],
    ["a browser or curl", "*/*", false],
    ["the text format", "text/plain;version=0.0.4", false],
    ["OpenMetrics alone", "application/openmetrics-text", true],
    ["OpenMetrics 1.0", "application/openmetrics-text; version=1.0.0", true],
    ["names in capitals", "Application/OpenMetrics-Text; Version=1.0.0; Q=0.9", true],
    ["OpenMetrics before 1.0 only", "application/openmetrics-text;version=0.0.1", false],
    ["Prometheus 2", PROMETHEUS_2, true],
    ["Prometheus 3", PROMETHEUS_3, true],
    ["text preferred", "application/openmetrics-text;q=0.4, text/plain;q=0.5", false],
    ["OpenMetrics refused", "application/openmetrics-text;q=0, */*", false],
    ["a weight that is no weight", "application/openmetrics-text;q=high", false],
  ])("%s", (_, accept, wanted) => {
    expect(prefersOpenMetrics(accept)).toBe(wanted);
  });
});
