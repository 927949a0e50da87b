/**
 * The table of values in a chart's README, made from its values.yaml: one row for each key with a comment, with its
 * default. A map whose keys have no comments of their own is one row. Knows YAML, not what values mean.
 */
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from "yaml";

export type Row = { readonly path: string; readonly fallback: string; readonly text: string };

const BEGIN = "<!-- values: made from values.yaml by `vitest run test/charts -u` -->";
const END = "<!-- end of values -->";

/** Every row, in the order of the file; `bare` are keys that nobody explains. */
export function readValues(source: string): {
  readonly rows: readonly Row[];
  readonly bare: readonly string[];
} {
  const { contents } = parseDocument(source);
  if (!isMap(contents)) throw new Error("values.yaml is not a map");
  const rows: Row[] = [];
  const bare: string[] = [];
  const walk = (map: YAMLMap, prefix: string): void => {
    map.items.forEach((pair, index) => {
      const path = prefix + String(pair.key);
      const inner = isMap(pair.value) ? pair.value : undefined;
      const text = commentOf(map, pair, index, prefix === "");
      if (inner !== undefined && hasComments(inner)) walk(inner, `${path}.`);
      else if (text === "") bare.push(path);
      else rows.push({ path, fallback: fallbackOf(pair), text });
    });
  };
  walk(contents, "");
  return { rows, bare };
}

/** The README with the table in its place. */
export function withTable(readme: string, rows: readonly Row[]): string {
  const [before, rest = ""] = readme.split(BEGIN);
  const after = rest.split(END)[1];
  if (after === undefined) throw new Error(`the README has no place for the table: ${BEGIN} … ${END}`);
  const cells = rows.map(
    ({ path, fallback, text }) => `| \`${path}\` | \`${fallback}\` | ${text.replaceAll("|", "\\|")} |`,
  );
  return [
    `${before}${BEGIN}`,
    "",
    "| value | default | what it says |",
    "| --- | --- | --- |",
    ...cells,
    "",
    `${END}${after}`,
  ].join("\n");
}

/** The parser gives what stands above a map's first key to the map. */
function commentOf(map: YAMLMap, pair: Pair, index: number, outermost: boolean): string {
  const own = (isScalar(pair.key) ? pair.key.commentBefore : undefined) ?? "";
  const above = index === 0 ? (map.commentBefore ?? "") : "";
  const text = own || above;
  // The file's first words are about the file; a blank line divides them from what is said of the first key.
  const paragraphs = text.split(/\n\n+/);
  const last = outermost && index === 0 ? paragraphs.slice(-1) : paragraphs;
  return last.join(" ").replaceAll(/\s+/g, " ").trim();
}

function hasComments(map: YAMLMap): boolean {
  return map.items.some((pair, index) => commentOf(map, pair, index, false) !== "");
}

function fallbackOf({ value }: Pair): string {
  const plain = isMap(value) || isScalar(value) ? value.toJSON() : JSON.parse(JSON.stringify(value));
  return JSON.stringify(plain).replaceAll(/([{[,:])(?=[^\s])/g, "$1");
}
