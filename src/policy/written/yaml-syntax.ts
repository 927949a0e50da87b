/**
 * The YAML parser's complaints in the words of this file's readers: one for each thing that is wrong, not one for each
 * token that follows from it.
 */
import { visit, type YAMLError, type Document as YamlDocument } from "yaml";

export type SyntaxMistake = { readonly offset: number; readonly message: string };

/** Where we can say it better than the parser, or say the cure. */
const SENTENCES: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  DUPLICATE_KEY: "this key stands twice in one map: keep one",
  MULTIPLE_DOCS: "the file holds more than one document: everything after this line has to go",
  NON_STRING_KEY: "a key has to be a plain text",
};

/** Whether the values can be trusted: a key that stands twice spoils nothing else, anything further makes guesswork. */
export function isWhole(yaml: YamlDocument): boolean {
  return yaml.errors.every(({ code }) => code === "DUPLICATE_KEY") && strayAliases(yaml).length === 0;
}

export function syntaxMistakes(yaml: YamlDocument, source: string): SyntaxMistake[] {
  const mistakes: SyntaxMistake[] = [];
  let lastLine = -1;
  for (const error of [...yaml.errors, ...yaml.warnings]) {
    const [offset] = error.pos;
    const line = source.slice(0, offset).split("\n").length;
    // After the first stray token the parser stumbles over all the rest.
    const follows = mistakes.length > 0 && (line === lastLine || error.message.includes("in YAML stream"));
    lastLine = line;
    if (!follows) mistakes.push({ offset, message: sentence(error, source) });
  }
  const said = new Set(mistakes.map(({ offset }) => offset));
  return [...mistakes, ...strayAliases(yaml).filter(({ offset }) => !said.has(offset))];
}

/** A `*` that was meant as a pattern is an alias to YAML, of an anchor that nobody made. */
function strayAliases(yaml: YamlDocument): SyntaxMistake[] {
  const mistakes: SyntaxMistake[] = [];
  visit(yaml, {
    Alias(_, alias) {
      if (alias.resolve(yaml) !== undefined) return;
      const message = `*${alias.source} names no anchor of this file; a text that begins with * has to stand in quotes`;
      mistakes.push({ offset: alias.range?.[0] ?? 0, message });
    },
  });
  return mistakes;
}

function sentence(error: YAMLError, source: string): string {
  const [offset] = error.pos;
  const own = SENTENCES[error.code];
  if (own !== undefined) return own;
  if (source.slice(offset - 1, offset + 1) === "${")
    return `a \${NAME} within { } or [ ] has to stand in quotes: '\${NAME}'`;
  return `not YAML: ${error.message.replace(/\s+/g, " ").trim()}`;
}
