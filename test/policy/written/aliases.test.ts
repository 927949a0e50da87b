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
);

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
