/**
 * The policy in force as a document for people: the tables of `policy-view.ts`, each row with the file and line it came
 * from. It decides how values are worded, and knows nothing of what they mean; every text is escaped.
 */
import { contentSecurityPolicy, PAGE_STYLE } from "./page-style.ts";
import type { Json, JsonObject, PolicyView } from "./policy-view.ts";

export const POLICY_PAGE_CSP = contentSecurityPolicy(PAGE_STYLE);

export function policyDocument(view: PolicyView): string {
  const {
    hash = null,
    profile = null,
    file = null,
    warnings,
    routes,
    fallback = null,
    families,
    tables,
    ...settings
  } = view;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>crest-gateway: policy ${escaped(String(hash))}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><h1>Policy in force</h1><span class="badge good">${escaped(String(hash))}</span></header>
<main>
${list({ file, profile, ...settings })}
${section("Warnings", rowsOf(warnings))}
${section("Routes", [...rowsOf(routes), ...rowsOf([fallback])], "The first one that matches decides; the last one takes all others.")}
${section("Families", named(families, "family"), "What protects each part of the tenant.")}
${section("Operations", rowsOf(tables.operations), "What sending a request again would do; the first row that matches decides.")}
${section("Answers", rowsOf(tables.answers), "What an outcome means; the first row that matches decides.")}
${section("Meanings", named(tables.meanings, "meaning"), "What follows from it.")}
${section("Which family a request belongs to", rowsOf(tables.families))}
${section("Who speaks", rowsOf(tables.origins))}
${section("How an error body speaks", rowsOf(tables.dialects))}
</main>
<footer><a href="status">status</a></footer>
</body>
</html>
`;
}

function section(title: string, rows: readonly JsonObject[], note = ""): string {
  if (rows.length === 0) return "";
  const columns = [...new Set(rows.flatMap(Object.keys))].filter((name) => name !== "at");
  const head = [...columns, "at"].map((name) => `<th scope="col">${escaped(name)}</th>`);
  const cells = (row: JsonObject): string[] => [
    ...columns.map((name) => `<td>${escaped(inWords(row[name], name))}</td>`),
    `<td class="quiet">${escaped(placeOf(row))}</td>`,
  ];
  const lines = rows.map((row) => `<tr>${cells(row).join("")}</tr>`);
  return `<h2>${title}</h2>${note === "" ? "" : `<p class="quiet">${note}</p>`}
<div class="table wrapped" tabindex="0" role="region" aria-label="${title}"><table><thead><tr>${head.join("")}</tr></thead>
<tbody>${lines.join("\n")}</tbody></table></div>`;
}

function list(facts: Readonly<Record<string, Json | undefined>>): string {
  const lines = Object.entries(facts).map(
    ([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(inWords(value, name))}</dd>`,
  );
  return `<dl>${lines.join("\n")}</dl>`;
}

function rowsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function named(value: Json | undefined, column: string): JsonObject[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, row]) => ({ [column]: name, ...(isObject(row) ? row : {}) }));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function placeOf({ at, line }: JsonObject): string {
  return typeof at === "string" ? at : line === undefined ? "" : `line ${String(line)}`;
}

/** A value of that name in a few words; units are part of names. */
function inWords(value: Json | undefined, name: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return withUnit(value, name);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((each) => inWords(each, name)).join(", ");
  if (!isObject(value)) return "";
  if ("from" in value && "to" in value)
    return value.from === value.to ? `${value.from}` : `${value.from}–${value.to}`;
  if ("name" in value && "value" in value) return `${value.name}: ${value.value}`;
  return Object.entries(value)
    .filter(([, member]) => !(isEmpty(member) || member === null))
    .map(([member, each]) => `${member.replace(/(?:Ms|Bytes)$/, "")} ${inWords(each, member)}`)
    .join("; ");
}

function isEmpty(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function withUnit(value: number, name: string): string {
  if (name.endsWith("Ms")) return value % 1000 === 0 && value !== 0 ? `${value / 1000} s` : `${value} ms`;
  if (!name.endsWith("Bytes")) return String(value);
  if (value >= 1 << 20 && value % (1 << 20) === 0) return `${value / (1 << 20)} MiB`;
  return value >= 1024 && value % 1024 === 0 ? `${value / 1024} KiB` : `${value} B`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
