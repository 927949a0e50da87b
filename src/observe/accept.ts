/**
 * Which of the two exposition formats a scraper asks for. It reads one header and has never heard of metrics.
 */
import { listElements } from "../http/headers.ts";

/**
 * Whether `Accept` prefers OpenMetrics 1.0 to the older text format (RFC 9110 section 12.5.1). OpenMetrics has to be
 * named: wildcards, and no header at all, get the text format, which everything reads.
 */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  let openMetrics = 0;
  let text = 0;
  for (const element of listElements(accept)) {
    const { type, version, weight } = parseRange(element);
    if (type === "application/openmetrics-text" && (version === undefined || version.startsWith("1."))) {
      openMetrics = Math.max(openMetrics, weight);
    }
    if (type === "text/plain") text = Math.max(text, weight);
  }
  return openMetrics > 0 && openMetrics >= text;
}

function parseRange(element: string): { type: string; version: string | undefined; weight: number } {
  const [type = "", ...pairs] = element.split(";").map((part) => part.trim().toLowerCase());
  const parameter = (name: string): string | undefined =>
    pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  const weight = Number(parameter("q") ?? 1);
  return { type, version: parameter("version"), weight: weight >= 0 && weight <= 1 ? weight : 0 };
}
