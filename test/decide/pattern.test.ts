import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob, compilePath, lastSpeltOut, pinnedAt } from "../../src/decide/pattern.ts";

describe("a path pattern", () => {
  const rows: [pattern: string, matches: string[], refuses: string[]][] = [
    ["/a/b", ["/a/b"], ["/a", "/a/b/", "/a/b/c", "a/b", "/A/b", "//a/b", "/a//b", ""]],
    ["/a/", ["/a/"], ["/a", "/a//"]],
    ["/", ["/"], ["", "//", "/a"]],
    ["*", ["*", "x", ""], ["/", "/x"]],
    ["/*", ["/", "/a"], ["/a/", "/a/b", ""]],
    ["/a/*", ["/a/b", "/a/", "/a/%2F"], ["/a", "/a/b/c", "/a/b/"]],
    ["/a/*/c", ["/a/b/c", "/a//c"], ["/a/c", "/a/b/b/c", "/a/b"]],
    ["/a*", ["/a", "/abc"], ["/b", "/a/b"]],
    ["/*a", ["/a", "/cba"], ["/ab", "/b/a"]],
    ["/a*a", ["/aa", "/aba", "/abaa"], ["/a", "/ab"]],
    ["/user-*-v*", ["/user-1-v2", "/user--v", "/user--v-v"], ["/user-1", "/user-v1"]],
    ["/**", ["/", "/a", "/a/b/c", "", "//"], ["a"]],
    ["**", ["", "/", "a", "/a/b"], []],
    ["/x/**", ["/x", "/x/", "/x/a", "/x/a/b"], ["/xa", "/y/x", "/", "x"]],
    ["/**/x", ["/x", "/a/x", "/a/b/x", "/x/x"], ["/x/a", "/ax", "x"]],
    ["/a/**/z", ["/a/z", "/a/b/z", "/a/b/c/z", "/a/z/z"], ["/a", "/z", "/a/zz", "/a/b/z/c"]],
    ["/a/**/z/**", ["/a/z", "/a/b/z/c/d", "/a/z/z"], ["/a/b", "/z/a"]],
    ["/a/**/b/*", ["/a/b/c", "/a/x/b/c", "/a/b/b/b"], ["/a/b", "/a/b/c/d"]],
    ["/a/**/**/b", ["/a/b", "/a/x/y/b"], ["/a"]],
    // Two stars are only special as a whole segment.
    ["/a**", ["/a", "/abc"], ["/a/b"]],
    ["/a/x**y", ["/a/xy", "/a/x-y"], ["/a/x/y"]],
    // Nothing else in a pattern is.
    ["/a.b/[c]?", ["/a.b/[c]?"], ["/aXb/c", "/a.b/c"]],
    ["/(a|b)+$", ["/(a|b)+$"], ["/a", "/b"]],
  ];
  it.each(rows)("%s matches %o and not %o", (pattern, matches, refuses) => {
    const { matches: does } = compilePath(pattern);
    expect(matches.filter((path) => !does(path))).toEqual([]);
    expect(refuses.filter((path) => does(path))).toEqual([]);
  });

  it("keeps its text as it was written", () => {
    expect(compilePath("/A/*").source).toBe("/A/*");
    expect(compileGlob("*Not Ready*").source).toBe("*Not Ready*");
  });
});

describe("what a path pattern's first star stood for", () => {
  it.each([
    ["/openidm/system/*/**", "/openidm/system/ldap/account/1", "ldap"],
    ["/openidm/system/*/**", "/openidm/system/ldap", "ldap"],
    ["/a/*/*", "/a/b/c", "b"],
    ["/a/*", "/a/", ""],
    ["/a/v*/c", "/a/v2/c", "v2"],
    ["/a/*/**", "/a", undefined],
    ["/a/*", "/b/c", undefined],
    ["/a/b", "/a/b", undefined],
    // Where a segment stands behind any number of others nobody can say.
    ["/a/**/b/*", "/a/x/b/c", undefined],
  ])("%s of %s: %s", (pattern, path, star) => {
    expect(compilePath(pattern).star(path)).toBe(star);
  });
});

describe("a text pattern", () => {
  const rows: [pattern: string, matches: string[], refuses: string[]][] = [
    ["ready", ["ready", "READY", "Ready"], ["ready ", "not ready", ""]],
    ["", [""], [" ", "a"]],
    ["*", ["", "anything", "a/b\nc"], []],
    ["*inactive script*", ["Inactive script", "an INACTIVE SCRIPT, sorry"], ["inactive", "inactive  script"]],
    ["NOT*", ["not", "not at all"], ["cannot"]],
    ["*found", ["found", "Not Found"], ["found it"]],
    ["a*b*c", ["abc", "a-b-c", "abcabc", "abbc"], ["ac", "acb", "ab"]],
    ["a*a", ["aa", "aba"], ["a"]],
    ["ab*ba", ["abba", "ab-ba"], ["aba"]],
    ["*ab*ab*", ["abab", "xabyabz"], ["ab", "aab"]],
    ["**", ["", "x"], []],
    ["a/*", ["a/b/c"], ["a"]],
    ["(.+)", ["(.+)"], ["x", "abc"]],
  ];
  it.each(rows)("%j matches %j and not %j", (pattern, matches, refuses) => {
    const { matches: does } = compileGlob(pattern);
    expect(matches.filter((text) => !does(text))).toEqual([]);
    expect(refuses.filter((text) => does(text))).toEqual([]);
  });
});

describe("matching, against the definition written down", () => {
  /** Every way in which the stars could share the text, tried one after the other. */
  const naive = (wanted: readonly string[], given: readonly string[], star: string): boolean => {
    const [first, ...rest] = wanted;
    if (first === undefined) return given.length === 0;
    if (first !== star) return first === given[0] && naive(rest, given.slice(1), star);
    return Array.from({ length: given.length + 1 }, (_, taken) => given.slice(taken)).some((left) =>
      naive(rest, left, star),
    );
  };
  const naivePath = (wanted: readonly string[], given: readonly string[]): boolean => {
    const [first, ...rest] = wanted;
    if (first === undefined) return given.length === 0;
    if (first === "**")
      return Array.from({ length: given.length + 1 }, (_, taken) => given.slice(taken)).some((left) =>
        naivePath(rest, left),
      );
    const [segment, ...others] = given;
    return segment !== undefined && naive([...first], [...segment], "*") && naivePath(rest, others);
  };
  const text = (characters: readonly string[], maxLength: number) =>
    fc.array(fc.constantFrom(...characters), { maxLength }).map((all) => all.join(""));

  it("a text pattern matches what its stars can be filled in for", () => {
    fc.assert(
      fc.property(text(["a", "b", "*"], 7), text(["a", "b"], 8), (pattern, given) => {
        expect(compileGlob(pattern).matches(given)).toBe(naive([...pattern], [...given], "*"));
      }),
      { numRuns: 2000 },
    );
  });

  it("a path pattern does so for segments, and within each of them", () => {
    const segment = fc.oneof(fc.constant("**"), text(["a", "b", "*"], 3));
    const pattern = fc.array(segment, { maxLength: 5 }).map((all) => `/${all.join("/")}`);
    const path = fc.array(text(["a", "b"], 2), { maxLength: 6 }).map((all) => `/${all.join("/")}`);
    fc.assert(
      fc.property(pattern, path, (wanted, given) => {
        expect(compilePath(wanted).matches(given)).toBe(naivePath(wanted.split("/"), given.split("/")));
      }),
      { numRuns: 3000 },
    );
  });

  it("every text matches itself, and what is made of it by putting stars in place of pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (pieces, filling) => {
        const pattern = pieces.map((piece) => piece.replaceAll("*", "")).join("*");
        expect(compileGlob(pattern).matches(pattern.replaceAll("*", filling))).toBe(true);
      }),
    );
  });
});

describe("what a path pattern pins down", () => {
  it.each([
    ["/a/b", 1, { segment: "a" }],
    ["/a/b", 2, { segment: "b" }],
    ["/a/b", 3, { segment: undefined }],
    ["/a/", 2, { segment: "" }],
    ["/a/*/c", 2, undefined],
    ["/a/*/c", 3, { segment: "c" }],
    ["/a/b*", 2, undefined],
    ["/a/**", 2, undefined],
    ["/a/**", 3, undefined],
    ["/a/**/c", 3, undefined],
    ["*", 0, undefined],
    ["*", 1, { segment: undefined }],
  ])("%s at %i: %o", (source, place, pinned) => {
    expect(pinnedAt(source, place)).toEqual(pinned);
  });

  it.each([
    ["/a/*/c/*", 3],
    ["/a/**/c", 1],
    ["/**", 0],
    ["*", 0],
  ])("%s spells nothing out behind %i", (source, last) => {
    expect(lastSpeltOut(source)).toBe(last);
  });

  it("every path that matches has", () => {
    const segment = fc.constantFrom("a", "b", "", "*", "**", "a*");
    const pattern = fc.array(segment, { maxLength: 4 }).map((all) => `/${all.join("/")}`);
    const path = fc
      .array(fc.constantFrom("a", "b", "", "ab"), { maxLength: 5 })
      .map((all) => `/${all.join("/")}`);
    let matched = 0;
    fc.assert(
      fc.property(pattern, path, (source, given) => {
        if (!compilePath(source).matches(given)) return;
        matched++;
        const segments = given.split("/");
        for (let place = 0; place < 8; place++) {
          const pinned = pinnedAt(source, place);
          if (pinned) expect(segments[place]).toBe(pinned.segment);
        }
      }),
      { numRuns: 5000 },
    );
    expect(matched).toBeGreaterThan(300);
  });
});

describe("input made to be slow", () => {
  const longest = "a".repeat(64 * 1024);
  it.each([
    ["many stars in a text", () => compileGlob(`${"*a".repeat(200)}*b`).matches(longest)],
    ["a long piece that nearly fits everywhere", () => compileGlob(`*${"a".repeat(500)}b*`).matches(longest)],
    ["many stars in one segment", () => compilePath(`/${"*a".repeat(200)}*b`).matches(`/${longest}`)],
    ["many double stars", () => compilePath(`${"/**/a".repeat(50)}/b`).matches("/a".repeat(8000))],
    [
      "double stars with nothing between",
      () => compilePath(`${"/**".repeat(500)}/b`).matches("/a".repeat(8000)),
    ],
    ["stars of both kinds", () => compilePath(`${"/**/*a*a*".repeat(20)}/b`).matches("/aaaa".repeat(3000))],
  ])("%s: no match, at once", (_, match) => {
    const startedAt = performance.now();
    expect(match()).toBe(false);
    // Sharing a text out among n stars in every way takes longer than there is time: the limit only needs to be finite.
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
