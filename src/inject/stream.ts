/**
 * A stream of manifests as text: cut into its documents, each with its values, and put together again. What nobody
 * changed comes back byte for byte.
 */
import { isDeepStrictEqual } from "node:util";
import { type Document, type ErrorCode, Parser, parseDocument, visit } from "yaml";
import { isRecord, jsonOf } from "../json.ts";
import { keepLines } from "./keep-lines.ts";
import type { Injected, Refused } from "./manifests.ts";
import { print, printNew } from "./print.ts";
import { rewrite } from "./rewrite.ts";

export type ManifestDocument = {
  readonly text: string;
  readonly yaml: Document;
  readonly value: unknown;
};

/**
 * Kubernetes reads YAML 1.1: there `0644` is an octal number and a bare `yes` is true. Texts that look like a time stay
 * texts.
 */
const READ_AS = {
  version: "1.1",
  prettyErrors: false,
  stringKeys: true,
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:timestamp"),
} as const satisfies Parameters<typeof parseDocument>[1];

const CURES: Readonly<Partial<Record<ErrorCode, string>>> = {
  DUPLICATE_KEY: "this key stands twice in one map: keep one",
  NON_STRING_KEY: "a key has to be a plain text",
};

/** Every document of `source`, or the first thing that is wrong: what follows from it would only confuse. */
export function readDocuments(source: string): readonly ManifestDocument[] | Refused {
  const documents: ManifestDocument[] = [];
  let line = 1;
  // A mark of the encoding would stand in the middle once something comes before it.
  for (const text of cut(source.replace(/^\uFEFF/, ""))) {
    const read = readDocument(text, line, documents.length + 1);
    if ("problem" in read) return { problems: [read.problem] };
    documents.push(read);
    line += text.split("\n").length - 1;
  }
  return documents;
}

function readDocument(
  text: string,
  firstLine: number,
  number: number,
): ManifestDocument | { problem: string } {
  const yaml = parseDocument(text, READ_AS);
  const [error] = yaml.errors;
  if (error) {
    const before = text.slice(0, error.pos[0]).split("\n");
    const place = `line ${firstLine + before.length - 1}, column ${(before.at(-1)?.length ?? 0) + 1} (document ${number})`;
    const template = /\{\{.*\}\}/.test(text) ? " (a template of Helm? Render it first: helm template)" : "";
    return { problem: `${place}: ${CURES[error.code] ?? `not YAML: ${oneLine(error.message)}`}${template}` };
  }
  try {
    const value: unknown = yaml.toJS();
    // Throws for what holds itself.
    JSON.stringify(value);
    return { text, yaml, value };
  } catch (error) {
    const isCircle = error instanceof TypeError;
    const why = isCircle
      ? "one stands inside what it names"
      : String(error instanceof Error ? error.message : error);
    return {
      problem: `line ${firstLine} (document ${number}): its aliases cannot be followed: ${oneLine(why)}`,
    };
  }
}

/** A document begins where the one before it ends; comments in between go with the one that follows. */
function cut(source: string): readonly string[] {
  const starts: number[] = [];
  let isOver = true;
  for (const { type, offset } of new Parser().parse(source)) {
    // The end mark belongs to the document that it ends.
    if (isOver && (type !== "doc-end" || starts.length === 0)) starts.push(offset);
    isOver = type === "document" || type === "doc-end";
  }
  return starts.map((start, i) => source.slice(start, starts[i + 1]));
}

/** The stream again, with what `injected` says in place of what was said. */
export function writeDocuments(
  documents: readonly ManifestDocument[],
  injected: Injected["documents"],
): { readonly text: string } | Refused {
  const [only] = documents;
  const [change] = injected;
  if (documents.length === 1 && only && change && isRecord(jsonOf(only.text))) {
    if (isDeepStrictEqual(only.value, change.value)) return { text: only.text };
    const number = inexactNumber(only.yaml);
    return number === undefined
      ? { text: json(only.text, change) }
      : { problems: [`the number ${number} would come out changed in JSON: give the manifests as YAML`] };
  }
  const problems: string[] = [];
  const texts = documents.flatMap((document, i) => {
    const { before, value } = injected[i] ?? { before: [], value: document.value };
    const own = written(document, value);
    if (own === undefined)
      problems.push(
        `document ${i + 1}: its anchors and aliases cannot be kept: write out what they stand for`,
      );
    return [...before.map((each) => printNew(each, document.text)), own ?? ""];
  });
  return problems.length > 0 ? { problems } : { text: texts.map(separated).join("") };
}

/** Undefined when the text cannot be made to say what it should, which only the strangest aliases can bring about. */
function written({ text, yaml, value }: ManifestDocument, after: unknown): string | undefined {
  if (isDeepStrictEqual(value, after)) return text;
  const printed = print(yaml, text);
  rewrite(yaml, value, after);
  const changed = print(yaml, text);
  return [keepLines(text, printed, changed), changed].find((each) => says(each, after));
}

function says(text: string, value: unknown): boolean {
  const yaml = parseDocument(text, READ_AS);
  return yaml.errors.length === 0 && isDeepStrictEqual(yaml.toJS(), value);
}

/** A document's text as it follows on others: its mark stands between them. */
function separated(text: string, i: number, all: readonly string[]): string {
  if (i === 0) return text;
  const before = all[i - 1] ?? "";
  const begun = /^(?:(?:[^\S\n]*|[#%].*)\n)*---(?:\s|$)/.test(text);
  // A directive can only follow an end mark.
  const isDirected = begun && /^(?:(?:[^\S\n]*|#.*)\n)*%/.test(text);
  const end = isDirected && !/^\.\.\.\s*$/m.test(before) ? "...\n" : "";
  return `${before.endsWith("\n") ? "" : "\n"}${end}${begun ? "" : "---\n"}${text}`;
}

/** A whole number that is too large to be kept exactly, as it was written; undefined when there is none. */
function inexactNumber(yaml: Document): string | undefined {
  let found: string | undefined;
  visit(yaml, {
    Scalar: (_, { value, source }) => {
      if (typeof value !== "number" || !/^-?\d+$/.test(source ?? "")) return undefined;
      found = BigInt(source ?? 0) === BigInt(value) ? undefined : source;
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}

/** JSON stays JSON. Two objects are no JSON, so a ConfigMap and its workload come as a `kind: List`. */
function json(text: string, { before, value }: Injected["documents"][number]): string {
  const indent = /^\{\s*\n( +|\t+)"/.exec(text)?.[1] ?? 2;
  const all = before.length === 0 ? value : { apiVersion: "v1", kind: "List", items: [...before, value] };
  return `${JSON.stringify(all, null, indent)}\n`;
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, " ").trim();
}
