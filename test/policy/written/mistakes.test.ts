import { describe, expect, it } from "vitest";
import {
  fileMistake,
  formatMistakes,
  formatPath,
  inOrder,
  shown,
} from "../../../src/policy/written/mistakes.ts";

const mistake = { file: "p.yaml", line: 14, column: 9, path: "routes[2].name", message: "expected a name" };

describe("mistakes as text", () => {
  it("name file, line, column and path, one line each", () => {
    const text = formatMistakes([mistake, { ...mistake, path: "" }, fileMistake("p.yaml", "it is gone")]);
    expect(text).toBe(
      "p.yaml:14:9 routes[2].name: expected a name\np.yaml:14:9: expected a name\np.yaml: it is gone",
    );
  });

  it("stand in the order of the file, each once", () => {
    const earlier = { ...mistake, line: 2 };
    const left = { ...mistake, column: 1 };
    expect(inOrder([mistake, earlier, left, { ...mistake }])).toEqual([earlier, left, mistake]);
  });
});

describe("a place in words", () => {
  it.each([
    [[], ""],
    [["deadline"], "deadline"],
    [["routes", 2, "retry", "attempts"], "routes[2].retry.attempts"],
    [["when", "body", "error.code"], 'when.body["error.code"]'],
    [["x-y", ""], 'x-y[""]'],
  ])("%j is %s", (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe("a value in a message", () => {
  it.each([
    [null, "nothing"],
    [3, "3"],
    [true, "true"],
    ["three", '"three"'],
    ["a\nb", '"a\\nb"'],
    ["x".repeat(80), `"${"x".repeat(57)}..."`],
    [[], "an empty list"],
    [[1], "a list"],
    [{}, "a map"],
  ])("%j is told as %s", (value, text) => {
    expect(shown(value)).toBe(text);
  });
});
