import { describe, expect, it } from "vitest";
import { isJson, mediaType, prefersHtml } from "../../src/http/media-type.ts";

describe("Content-Type", () => {
  it.each([
    [undefined, "", undefined],
    ["", "", undefined],
    ["application/json", "application/json", undefined],
    ["Application/JSON;charset=UTF-8", "application/json", "utf-8"],
    ["application/json ; charset=utf-8", "application/json", "utf-8"],
    ['text/html; charset="ISO-8859-1"', "text/html", "iso-8859-1"],
    ['text/plain; x="a;charset=latin1"; charset=utf-8', "text/plain", "utf-8"],
    ["text/plain; CHARSET=utf-8; charset=latin1", "text/plain", "utf-8"],
    ["text/plain; charset=", "text/plain", undefined],
    ["text/html, application/json", "", undefined],
    ["text", "", undefined],
    ["text/", "", undefined],
    ["a b/c", "", undefined],
  ])("%s", (value, type, charset) => {
    expect(mediaType(value)).toEqual({ type, charset });
  });

  it.each([
    ["application/json", true],
    ["application/problem+json", true],
    ["application/scim+json", true],
    ["text/plain", false],
    ["application/jsonp", false],
    ["application/x-json-stream", false],
    ["", false],
  ])("%s is JSON: %s", (type, expected) => {
    expect(isJson(type)).toBe(expected);
  });
});

describe("Accept", () => {
  it.each([
    [undefined, false],
    ["", false],
    ["*/*", false],
    ["application/json, text/plain, */*", false],
    ["application/json", false],
    ["text/html", true],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", true],
    ["TEXT/HTML, */*;q=0.1", true],
    ["text/*, application/json;q=0.5", true],
    ["text/html, application/json", false],
    ["text/html;q=0.8, application/json;q=0.9", false],
    ["text/html;q=0.9, application/json;q=0.8", true],
    ["text/html;q=0.5, */*", false],
    ["text/html;q=0, application/json;q=0", false],
    ["text/*;q=0.9, text/html;q=0.1, application/json;q=0.5", false],
    ["application/*;q=0, text/html;q=0.001", true],
    ["text/html; q=high, application/json;q=0.9", true],
    ["text/html;level=1;q=0.2, text/html;q=0.9, application/json;q=0.5", true],
  ])("%s prefers HTML: %s", (accept, expected) => {
    expect(prefersHtml(accept)).toBe(expected);
  });
});
