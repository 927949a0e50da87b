/** The version stands in many places, and is the same in all of them. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PLACES, VERSION, versionsAt } from "../../scripts/version.ts";
import { fromRoot, textOf } from "./markdown.ts";

describe("the version of package.json", () => {
  it.each(PLACES)("stands in $file behind $before", (place) => {
    const found = versionsAt(place);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found)).toEqual(new Set([VERSION]));
  });

  it("is the lock file's, and has its part of the changelog", () => {
    expect(JSON.parse(textOf("package-lock.json")).version).toBe(VERSION);
    expect(textOf("CHANGELOG.md")).toMatch(new RegExp(`^## .*\\b${VERSION.replaceAll(".", "\\.")}\\b`, "m"));
  });

  it("stands nowhere that the table does not know", () => {
    // What was, and what Helm has fetched.
    const elsewhere = /^CHANGELOG\.md$|\/ci\/previous-|\/charts\//;
    const folders = ["docs", "examples", "helm"].flatMap((folder) =>
      readdirSync(fromRoot(folder), { recursive: true, encoding: "utf8" }).map((path) => `${folder}/${path}`),
    );
    const files = [...readdirSync(fromRoot("."), { encoding: "utf8" }), ...folders];
    const known = new Set(PLACES.map(({ file }) => file));
    const repeating = files
      .filter((file) => !elsewhere.test(file) && /\.(md|ya?ml|tpl|txt)$|Dockerfile$/.test(file))
      .filter((file) =>
        /crest-gateway(?:-sidecar)?[:@-]v?\d+\.\d+\.\d+/.test(readFileSync(fromRoot(file), "utf8")),
      );
    expect(repeating.filter((file) => !known.has(file))).toEqual([]);
    expect(repeating.length).toBeGreaterThan(3);
  });
});
