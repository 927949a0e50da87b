/** All documents: their links lead somewhere, and what they say of files and folders is so. */
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { anchors, codeBlocks, codeWords, documents, fromRoot, links, textOf } from "./markdown.ts";

const ARCHITECTURE = textOf("ARCHITECTURE.md");

const sources = readdirSync(fromRoot("src"), { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".ts"),
);

describe("links", () => {
  const local = documents().flatMap((document) =>
    links(textOf(document))
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ document, target })),
  );

  it("are found at all", () => expect(local.length).toBeGreaterThan(20));

  it.each(local)("$document leads to $target", ({ document, target }) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? fromRoot(document) : new URL(path, fromRoot(document));
    expect(existsSync(file)).toBe(true);
    if (anchor !== undefined) expect(anchors(textOf(file.pathname))).toContain(anchor);
  });
});

describe("ARCHITECTURE.md", () => {
  it("has every folder and file that stands directly in src/, and no other", () => {
    const picture = codeBlocks(ARCHITECTURE)[0]?.code ?? "";
    const told = picture.split("\n").flatMap((line) => {
      const [places = ""] = line.split(/ {2,}/);
      return places === "" ? [] : places.split(" · ").map((place) => place.replace(/\/$/, ""));
    });
    expect(told.toSorted()).toEqual(readdirSync(fromRoot("src")).toSorted());
  });

  it("has the steps of an exchange as exchange.ts has them", () => {
    const inCode = [...textOf("src/gateway/exchange.ts").matchAll(/^ \* {3}\((\d)\) (\S+) +(.+)$/gm)];
    const told = [...ARCHITECTURE.matchAll(/^(\d)\. \*\*(.+?)\*\*: ([^\n(]+)/gm)];
    const numbered = (found: readonly RegExpExecArray[]) => found.map(([, number, name]) => [number, name]);
    expect(numbered(told)).toEqual(numbered(inCode));
    expect(inCode).toHaveLength(8);
  });
});

describe("files that documents name in code type exist:", () => {
  const named = documents().flatMap((document) =>
    codeWords(textOf(document))
      .filter((word) => /^[\w./-]+\/[\w.-]+\.(ts|md|json|yaml)$/.test(word))
      .map((word) => ({ document, word })),
  );

  it.each(named)("$document: $word", ({ word }) => {
    expect(
      [fromRoot(word), fromRoot(`src/${word}`), fromRoot(`test/${word}`)].some((file) => existsSync(file)),
    ).toBe(true);
  });
});

describe("decisions", () => {
  const records = readdirSync(fromRoot("docs/decisions")).toSorted();

  it("are numbered without a gap", () => {
    const numbers = records.map((name) => Number(name.slice(0, 4)));
    expect(numbers).toEqual(records.map((_, index) => index + 1));
  });

  it.each(records)("%s has its number, a context, a decision and what it costs", (name) => {
    const headings = textOf(`docs/decisions/${name}`).match(/^#+ .+$/gm) ?? [];
    expect(headings[0]).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. .+`));
    for (const heading of ["## Context", "## Decision", "## What it costs"])
      expect(headings).toContain(heading);
  });

  it("are there when the code refers to one", () => {
    const cited = sources.flatMap((path) => textOf(`src/${path}`).match(/docs\/decisions\/\d{4}/g) ?? []);
    expect(cited.length).toBeGreaterThan(0);
    for (const each of cited)
      expect(records.map((name) => `docs/decisions/${name.slice(0, 4)}`)).toContain(each);
  });
});
