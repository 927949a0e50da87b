/**
 * HTML (or XML) to the text that a person would read. Not a parser: it knows tags, comments and the commonest
 * entities, never fails, and takes time in proportion to the length whatever it is given.
 */

/** Whether `text` is markup, judged by how it begins. */
export function isMarkup(text: string): boolean {
  return /^\s*<(?:!doctype|!--|\?xml|[a-z])/i.test(text);
}

/** The text between the tags; a line break stands for every tag. Scripts, styles and comments are left out. */
export function markupToText(markup: string): string {
  const lower = markup.toLowerCase();
  let text = "";
  let at = 0;
  while (at < markup.length) {
    const open = markup.indexOf("<", at);
    if (open < 0) return decodeEntities(text + markup.slice(at));
    text += `${markup.slice(at, open)}\n`;
    at = afterTag(lower, open);
  }
  return decodeEntities(text);
}

/** Where the text goes on: after the tag at `open`, or after all of an element whose content is not for people. */
function afterTag(lower: string, open: number): number {
  const end = SILENT.find(({ begin }) => lower.startsWith(begin, open))?.end ?? ">";
  const close = lower.indexOf(end, open + 1);
  return close < 0 ? lower.length : close + end.length;
}

const SILENT: readonly { readonly begin: string; readonly end: string }[] = [
  { begin: "<!--", end: "-->" },
  { begin: "<script", end: "</script>" },
  { begin: "<style", end: "</style>" },
];

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:(\w{2,6})|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (entity, name, decimal, hex) => {
    if (name !== undefined) return ENTITIES[name] ?? entity;
    const code = Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
  });
}
