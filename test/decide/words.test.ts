import { describe, expect, it } from "vitest";
import { OPERATIONS, REPLAY_CLASSES } from "../../src/crest/words.ts";
import * as words from "../../src/decide/words.ts";

describe("the closed lists of words", () => {
  const lists = Object.entries({ ...words, OPERATIONS, REPLAY_CLASSES }).filter(([, list]) =>
    Array.isArray(list),
  );

  it.each(lists)("%s names nothing twice, in words that labels and headers can carry", (_, list) => {
    expect(list).toSatisfy((all: string[]) => new Set(all).size === all.length && all.length > 1);
    expect(list).toSatisfy((all: string[]) => all.every((word) => /^[a-z0-9-]+$/.test(word)));
  });
});

describe("the class of a status", () => {
  it.each([
    [100, "1xx"],
    [200, "2xx"],
    [299, "2xx"],
    [304, "3xx"],
    [404, "4xx"],
    [499, "4xx"],
    [500, "5xx"],
    [599, "5xx"],
    // What is no status at all is the server's fault.
    [0, "5xx"],
    [99, "5xx"],
    [600, "5xx"],
    [999, "5xx"],
  ])("%i is %s", (status, is) => {
    expect(words.statusClass(status)).toBe(is);
  });
});
