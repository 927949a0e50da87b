/** How patterns stand to each other, held against the matchers that the gateway asks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob, compilePath } from "../../src/decide/pattern.ts";
import { globCovers, globsOverlap, pathCovers, pathsOverlap } from "../../src/policy/patterns.ts";

describe("a path pattern covers another", () => {
  it.each([
    ["/a/**", "/a"],
    ["/a/**", "/a/b/c"],
    ["/a/**", "/a/*/c"],
    ["/a/**", "/a/**"],
    ["/a/**", "/a/b/**"],
    ["/**", "/a/**/c"],
    ["/a/*", "/a/b*"],
    ["/a/*", "/a/*b*"],
    ["/a/b*", "/a/b*c"],
    ["/**/b", "/a/**/b"],
    ["/a/**/**", "/a/**"],
    ["*", "*"],
  ])("%s covers %s", (a, b) => {
    expect(pathCovers(a, b)).toBe(true);
  });

  it.each([
    ["/a", "/a/**"],
    ["/a/*", "/a/**"],
    ["/a/*", "/a"],
    ["/a/*", "/a/b/c"],
    ["/a/b*", "/a/*"],
    ["/A/**", "/a/b"],
    ["/a/**", "/ab"],
    ["/a/**/c", "/a/**"],
    ["/**", "*"],
  ])("%s does not cover %s", (a, b) => {
    expect(pathCovers(a, b)).toBe(false);
  });
});

describe("two path patterns", () => {
  it.each([
    ["/a/**", "/**/b", true],
    ["/a/*", "/*/b", true],
    ["/a/x*", "/a/*y", true],
    ["/a/**/b", "/a/b", true],
    ["/a/**", "/b/**", false],
    ["/a", "/a/", false],
    ["/a/x*", "/a/y*", false],
    ["/a/*", "/a/*/c", false],
  ])("%s and %s share a path: %s", (a, b, expected) => {
    expect(pathsOverlap(a, b)).toBe(expected);
    expect(pathsOverlap(b, a)).toBe(expected);
  });
});

const glob = fc.array(fc.constantFrom("a", "b", "*", "B"), { maxLength: 5 }).map((each) => each.join(""));
const segment = fc.constantFrom("a", "b", "ab", "*", "a*", "*b", "**");
const path = fc.array(segment, { maxLength: 4 }).map((each) => `/${each.join("/")}`);

/** Everything that can be made of these pieces, up to so many of them. */
function combined(pieces: readonly string[], most: number): string[] {
  let last = [""];
  const all = [...last];
  for (let count = 0; count < most; count++) {
    last = last.flatMap((each) => pieces.map((piece) => each + piece));
    all.push(...last);
  }
  return all;
}

const texts = combined(["a", "b", "z"], 6);
const paths = combined(["/a", "/b", "/ab", "/zb", "/"], 4);

describe("for all text patterns", () => {
  it("covering is exactly what the matcher makes of it", () => {
    fc.assert(
      fc.property(glob, glob, (a, b) => {
        // A character that neither has stands for whatever a star can stand for.
        expect(globCovers(a, b)).toBe(compileGlob(a).matches(b.replaceAll("*", "z")));
      }),
      { numRuns: 2_000 },
    );
  });

  it("sharing is exactly that some text matches both", () => {
    fc.assert(
      fc.property(glob, glob, (a, b) => {
        const [one, two] = [compileGlob(a), compileGlob(b)];
        // What two patterns share at all they share in a text no longer than their plain characters together.
        fc.pre(a.replaceAll("*", "").length + b.replaceAll("*", "").length <= 6);
        expect(globsOverlap(a, b)).toBe(texts.some((text) => one.matches(text) && two.matches(text)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("for all path patterns", () => {
  it("what is covered is matched", () => {
    let covered = 0;
    fc.assert(
      fc.property(path, path, (a, b) => {
        if (!pathCovers(a, b)) return;
        covered++;
        const [one, two] = [compilePath(a), compilePath(b)];
        for (const each of paths)
          if (two.matches(each)) expect([a, b, each, one.matches(each)]).toEqual([a, b, each, true]);
      }),
      { numRuns: 3_000 },
    );
    expect(covered).toBeGreaterThan(100);
  });

  it("what shares no path is never matched by both", () => {
    let apart = 0;
    fc.assert(
      fc.property(path, path, (a, b) => {
        const [one, two] = [compilePath(a), compilePath(b)];
        const both = paths.find((each) => one.matches(each) && two.matches(each));
        if (both !== undefined) expect([a, b, both, pathsOverlap(a, b)]).toEqual([a, b, both, true]);
        else apart++;
      }),
      { numRuns: 3_000 },
    );
    expect(apart).toBeGreaterThan(100);
  });

  it("every pattern covers itself and shares with itself", () => {
    fc.assert(
      fc.property(path, (a) => {
        expect([pathCovers(a, a), pathsOverlap(a, a)]).toEqual([true, true]);
      }),
    );
  });
});
