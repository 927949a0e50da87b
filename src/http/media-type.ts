/**
 * Content-Type and Accept, as far as error bodies need them: what a body claims to be, and whether the caller is a
 * person's browser (RFC 9110 sections 8.3.1 and 12.5.1).
 */
import { remember } from "./remember.ts";
import { isToken } from "./token.ts";

export type MediaType = {
  /** In lower case, without its parameters; empty when the field is missing or malformed. */
  readonly type: string;
  /** In lower case. */
  readonly charset: string | undefined;
};

/** What a Content-Type says. */
export function mediaType(value: string | undefined): MediaType {
  if (value === undefined) return NO_TYPE;
  return KNOWN.get(value) ?? remember(KNOWN, value, readMediaType(value));
}

const NO_TYPE: MediaType = { type: "", charset: undefined };

/** A tenant says the same few over and over. */
const KNOWN = new Map<string, MediaType>();

function readMediaType(value: string): MediaType {
  const [essence = "", ...rest] = value.split(";");
  const type = essence.trim().toLowerCase();
  return { type: isMediaType(type) ? type : "", charset: charsetOf(`;${rest.join(";")}`) };
}

/** Whether a (lower-case) media type is JSON: `application/json`, or the suffix `+json` (RFC 6839 section 3.1). */
export function isJson(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

/** Whether `accept` strictly prefers HTML to JSON, as browsers do and API clients do not. */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  // A wildcard alone prefers nothing; it does when a parameter thinks less of JSON.
  if (!NAMES_HTML.test(accept) && !(accept.includes("*/*") && accept.includes(";"))) return false;
  const ranges = accept.split(",").map(readRange);
  return quality(ranges, "text/html") > quality(ranges, "application/json");
}

const NAMES_HTML = /text\/(?:html|\*)/i;

const PARAMETER = /;\s*([^\s=;"]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)/g;

function charsetOf(parameters: string): string | undefined {
  for (const [, name = "", value = ""] of parameters.matchAll(PARAMETER)) {
    if (name.toLowerCase() !== "charset") continue;
    const charset = value.replaceAll('"', "").trim().toLowerCase();
    if (charset !== "") return charset;
  }
  return undefined;
}

function isMediaType(type: string): boolean {
  const parts = type.split("/");
  return parts.length === 2 && parts.every(isToken);
}

type MediaRange = { readonly range: string; readonly weight: number };

/** A weight that cannot be read counts as the default, 1 (section 12.4.2). */
function readRange(element: string): MediaRange {
  const [range = "", ...parameters] = element.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  return { range, weight: weight !== undefined && WEIGHT.test(weight) ? Number(weight) : 1 };
}

const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** The (highest) weight of the most specific range that covers `type`; 0 when none does. */
function quality(ranges: readonly MediaRange[], type: string): number {
  const covering = [type, type.replace(/\/.*/, "/*"), "*/*"];
  for (const range of covering) {
    const weights = ranges.filter((each) => each.range === range).map((each) => each.weight);
    if (weights.length > 0) return Math.max(...weights);
  }
  return 0;
}
