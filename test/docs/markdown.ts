/** The documents as tests read them: their text, links, headings, tables and code blocks. */
import { readdirSync, readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

export function fromRoot(path: string): URL {
  return new URL(path, ROOT);
}

export function textOf(path: string): string {
  return readFileSync(fromRoot(path), "utf8");
}

/** Every Markdown file of the project by its path from the root. */
export function documents(folder = ""): string[] {
  return readdirSync(fromRoot(folder || "."), { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name;
    if (entry.isDirectory()) return isOurs(entry.name) ? documents(`${path}/`) : [];
    return path.endsWith(".md") ? [path] : [];
  });
}

function isOurs(folder: string): boolean {
  return !folder.startsWith(".") && folder !== "node_modules";
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** The fenced blocks, with what stands behind their fence. */
export function codeBlocks(markdown: string): { readonly language: string; readonly code: string }[] {
  return [...markdown.matchAll(FENCED)].map(([, language = "", code = ""]) => ({ language, code }));
}

/** Targets of links, outside code. */
export function links(markdown: string): string[] {
  const prose = markdown.replaceAll(FENCED, "").replaceAll(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** What `#…` may name: headings, as GitHub writes them in addresses. */
export function anchors(markdown: string): string[] {
  const headings = markdown.replaceAll(FENCED, "").matchAll(/^#+ +(.+)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The cells of every row of the table that has this first column. */
export function table(markdown: string, firstColumn: string): string[][] {
  const lines = markdown.split("\n");
  const isHead = (line: string, at: number): boolean =>
    cells(line)[0] === firstColumn && (lines[at + 1] ?? "").startsWith("| ---");
  const head = lines.findIndex(isHead);
  if (head < 0) throw new Error(`there is no table with the first column "${firstColumn}"`);
  const rest = lines.slice(head + 2);
  const end = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(0, end < 0 ? undefined : end).map(cells);
}

function cells(line: string): string[] {
  return line.startsWith("|")
    ? line
        .slice(1)
        .replace(/\|\s*$/, "")
        .split("|")
        .map((cell) => cell.trim())
    : [];
}

/** What stands in `code` type, outside blocks. */
export function codeWords(markdown: string): string[] {
  return [...markdown.replaceAll(FENCED, "").matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
}
