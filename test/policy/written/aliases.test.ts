/**
 * Anchors and aliases in a policy file, good ones and damaged ones. A file that is swapped under a running gateway may
 * say anything: whatever it says, reading it ends with a policy or with mistakes that have a place, and never throws.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../../src/policy/load.ts";
import { formatMistakes } from "../../../src/policy/written/mistakes.ts";

const told = (text: string): string => {
  const loaded = compilePolicy(text, { file: "policy.yaml", env: {} });
  return "mistakes" in loaded ? formatMistakes(loaded.mistakes) : "good";
};

describe("an alias whose anchor stands in a part that is thrown away", () => {
  it.each([
    ["an unknown key", "x: &r { attempts: 2 }\nretry: *r\n", ['policy.yaml:2:1 x: unknown key "x"']],
    [
      "a slip in a route",
      "routes:\n  - { name: a, match: { path: /a }, retyr: &r { attempts: 2 } }\n  - { name: b, match: { path: /b }, retry: *r }\n",
      ['policy.yaml:3:37 routes[0].retyr: unknown key "retyr"; did you mean "retry"?'],
    ],
    [
      "an anchor around an anchor",
      "x: &outer { retry: &inner { attempts: 2 } }\nroutes:\n  - { name: a, match: { path: /a }, retry: *inner }\n",
      ['policy.yaml:2:1 x: unknown key "x"'],
    ],
    [
      "what the alias itself brings is wrong as well",
      "x: &r { attempts: many }\nretry: *r\n",
      ['policy.yaml:2:1 x: unknown key "x"', "attempts"],
    ],
    [
      "several aliases of one",
      "x: &r { attempts: 2 }\nroutes:\n  - { name: a, match: { path: /a }, retry: *r }\n  - { name: b, match: { path: /b }, retry: *r }\n",
      ['unknown key "x"'],
    ],
  ])("%s: the slip is told with its line", (_name, text, expected) => {
    const said = told(`version: 1\n${text}`);
    for (const each of expected) expect(said).toContain(each);
    expect(said).not.toContain("cannot make sense");
  });
});

it("a merge key is told for what it is", () => {
  expect(
    told(
      "version: 1\nretry: &r { attempts: 2 }\nroutes:\n  - { name: a, match: { path: /a }, retry: { <<: *r } }\n",
    ),
  ).toMatch(/policy\.yaml:4:\d+ routes\[0\]\.retry\["<<"\]: merge keys/);
});

/** Pieces that damaged files are made of. */
const piece = fc.constantFrom(
  "version: 1",
  "version: 2",
  "extends: aic",
  "extends: &e crest",
  "retry: &r { attempts: 2 }",
  "retry: *r",
  "x: &r { attempts: 2 }",
  "x: &y { z: *r }",
  "limits: *y",
  "<<: *r",
  "breaker: { <<: *r, open: 1s }",
  "deadline: !!str 30s",
  "deadline: !custom 30s",
  "attempt: !!binary aGk=",
  "attempt: &self { timeout: *self }",
  "%YAML 1.2",
  "%TAG ! tag:x,2026:",
  "---",
  "...",
  "? [a, b]\n: c",
  "routes: [*r, &r { name: a }]",
  "routes:\n  - &q { name: a, match: { path: /a } }\n  - *q",
  "tests: [*missing]",
  "operations: &o []\nanswers: *o",
  "meanings: { ok: &m { retry: never }, garbled: *m }",
  "? &k deadline\n: 30s",
  "*k : 5s",
  "\u0000",
  "\ufeff",
  "\t- x",
  "{",
  "]",
  "&",
  "*",
  "'",
  '"\\x"',
  "key: |\n  text",
  "__proto__: &p { polluted: true }",
  "constructor: *p",
  "!!map { version: 1 }",
  "!!set { deadline }: 1",
  "retry: !!omap [attempts: 2]",
  "retry: !<tag:yaml.org,2002:map> { attempts: 2 }",
  "? !!str version\n: 1",
  "&v version: 1",
  "retry: { ? !!merge '<<' : *r }",
  "retry:\n  <<: [*r, *y]\n  attempts: 3",
  "<<: { deadline: 30s }",
  "%YAML 1.1\n---\nretry: { <<: &r { attempts: 2 } }",
  "%YAML 9.9",
  "%FOO bar",
  "--- # another document\nversion: 1",
  "--- &doc\nversion: 1",
  "---\n*doc",
  "routes: [{ name: a, match: { path: /a, header: { __proto__: x } } }]",
  "operations: [{ match: { query: { __proto__: &p x, a: *p } }, replay: read }]",
  "tests: [{ name: t, request: 'GET /', body: { __proto__: { a: 1 } }, expect: { retry: false } }]",
  "access: &a deny",
  "maxRequestBody: *a",
);

describe("several documents, directives and tags", () => {
  it.each([
    [
      "a second document",
      "version: 1\n---\nversion: 1\n",
      "policy.yaml:2:1: the file holds more than one document: everything after this line has to go",
    ],
    [
      "a directive nobody knows",
      "%FOO bar\n---\nversion: 1\n",
      "policy.yaml:1:1: not YAML: Unknown directive %FOO",
    ],
    [
      "a tag nobody knows",
      "version: 1\ndeadline: !custom 30s\n",
      "policy.yaml:2:11: not YAML: Unresolved tag: !custom",
    ],
    [
      "an anchor inside itself",
      "version: 1\nattempt: &self { timeout: *self }\n",
      "policy.yaml:2:27 attempt.timeout: expected a duration from 1ms to 24h, such as 500ms or 30s, got a map",
    ],
    [
      "aliases that multiply",
      `version: 1\na: &a [x, x, x, x]\nb: &b [${"*a, ".repeat(30)}]\nc: [${"*b, ".repeat(30)}]\n`,
      "policy.yaml:1:1: more than 100 uses of aliases, or one inside itself: write the values out",
    ],
    [
      "nested out of all bounds",
      `version: 1\nx: ${"[".repeat(20_000)}`,
      /^policy\.yaml:2:\d+: not YAML: Maximum call stack size exceeded/,
    ],
  ])("%s is a mistake with its line", (_name, text, expected) => {
    expect(told(text).split("\n")).toContainEqual(
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    );
  });
});

describe("a name that objects have of themselves", () => {
  it.each([
    ["a key of the file", "__proto__: { attempts: 2 }", "__proto__"],
    [
      "a header",
      "routes: [{ name: a, match: { header: { __proto__: x, a: b } } }]",
      "routes[0].match.header.__proto__",
    ],
    [
      "a parameter",
      "operations: [{ match: { query: { __proto__: x, a: b } }, replay: read }]",
      "operations[0].match.query.__proto__",
    ],
    [
      "a member",
      "answers: [{ when: { body: { __proto__: x, a: b } }, means: ok }]",
      "answers[0].when.body.__proto__",
    ],
  ])("%s is told, and no condition is lost in silence", (_name, text, path) => {
    expect(told(`version: 1\n${text}\n`).split("\n")).toEqual([
      expect.stringMatching(
        new RegExp(
          `^policy\\.yaml:2:\\d+ ${path.replaceAll(/[.[\]]/g, "\\$&")}: no part of a policy can have this name`,
        ),
      ),
    ]);
  });

  it("is a name like any other where maps are read by name", () => {
    expect(
      told(
        "version: 1\nroutes: [{ name: constructor, match: { header: { constructor: x }, query: { tostring: y } } }]\n",
      ),
    ).toBe("good");
  });
});

it("a file of another kind is told by its first hundred mistakes", () => {
  const keys = Array.from({ length: 2000 }, (_, i) => `key${i}: 1`);
  expect(told(["version: 1", ...keys].join("\n")).split("\n")).toHaveLength(100);
});

it("no damage makes reading throw, or leaves a mistake without a place", () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.nat(200),
      fc.constantFrom("", "*", "&", "\n", "}", "!!map "),
      (pieces, at, with_) => {
        const whole = pieces.join("\n");
        const text = whole.slice(0, at) + with_ + whole.slice(at);
        const loaded = compilePolicy(text, { file: "policy.yaml", env: {} });
        if (!("mistakes" in loaded)) return;
        expect(loaded.mistakes.length).toBeGreaterThan(0);
        for (const mistake of loaded.mistakes) {
          expect(mistake.message).not.toContain("cannot make sense");
          expect(formatMistakes([mistake])).toMatch(/^policy\.yaml/);
        }
      },
    ),
    { numRuns: 3000 },
  );
});
