import { describe, expect, it } from "vitest";
import { entityTags } from "../../src/http/etag.ts";

const strong = (...tags: string[]) => ({ kind: "tags", tags: tags.map((tag) => ({ weak: false, tag })) });
const weak = (...tags: string[]) => ({ kind: "tags", tags: tags.map((tag) => ({ weak: true, tag })) });

describe("If-Match and If-None-Match (RFC 9110 section 13.1)", () => {
  it.each([
    ["*", { kind: "any" }],
    [" * ", { kind: "any" }],
    ['"xyzzy"', strong("xyzzy")],
    ['W/"xyzzy"', weak("xyzzy")],
    ['""', strong("")],
    ['W/""', weak("")],
    ['"xyzzy", "r2d2xxxx", "c3piozzzz"', strong("xyzzy", "r2d2xxxx", "c3piozzzz")],
    ['W/"a",W/"b"', weak("a", "b")],
    ['"a,b" , "c"', strong("a,b", "c")],
    [', "a",, "b",', strong("a", "b")],
    ['"-1527428632"', strong("-1527428632")],
    ['"a\u00e9"', strong("a\u00e9")],
    // An unquoted revision, as CREST accepts it.
    ["5b2f11-42", strong("5b2f11-42")],
    ["-12", strong("-12")],
    ["0, 1", strong("0", "1")],
    ["", { kind: "malformed" }],
    [",", { kind: "malformed" }],
    ['"a', { kind: "malformed" }],
    ['a"', { kind: "malformed" }],
    ['"a" "b"', { kind: "malformed" }],
    ['"a b"', { kind: "malformed" }],
    ['w/"a"', { kind: "malformed" }],
    ["W/a", { kind: "malformed" }],
    ['*, "a"', { kind: "malformed" }],
    ["a b", { kind: "malformed" }],
  ])("reads %s", (value, expected) => {
    expect(entityTags(["If-Match", value], "if-match")).toEqual(expected);
    expect(entityTags(["if-none-match", value], "if-none-match")).toEqual(expected);
  });

  it("is absent when no line carries it", () => {
    expect(entityTags(["ETag", '"a"', "If-Match", '"a"'], "if-none-match")).toEqual({ kind: "absent" });
  });

  it("joins its lines", () => {
    expect(entityTags(["If-Match", '"a"', "Accept", "*/*", "IF-MATCH", 'W/"b"'], "if-match")).toEqual({
      kind: "tags",
      tags: [
        { weak: false, tag: "a" },
        { weak: true, tag: "b" },
      ],
    });
  });

  it('takes a quoted "*" in If-Match for any revision, as servers do that strip the quotes first', () => {
    expect(entityTags(["If-Match", '"*"'], "if-match")).toEqual({ kind: "any" });
    expect(entityTags(["If-None-Match", '"*"'], "if-none-match")).toEqual(strong("*"));
  });
});
