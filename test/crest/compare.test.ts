import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Comparison, comparePatch, compareSubmitted } from "../../src/crest/compare.ts";

const hidden = (name: string): boolean => /password$|secret$/i.test(name);

const submitted = (sent: unknown, stored: unknown): Comparison => compareSubmitted(sent, stored, hidden);
const patched = (patch: unknown, stored: unknown): Comparison =>
  comparePatch(Buffer.from(JSON.stringify(patch)), stored, hidden);

const replace = (field: string, value?: unknown) => ({ operation: "replace", field, value });
const remove = (field: string, value?: unknown) => ({ operation: "remove", field, value });

/** As it is said below: what is compared, what differs, what is hidden. */
function said(comparison: Comparison): string {
  switch (comparison.kind) {
    case "equal": {
      const unseen = comparison.hidden.length > 0 ? `, hidden ${comparison.hidden.join(" ")}` : "";
      return `equal ${comparison.compared.join(" ")}${unseen}`;
    }
    case "different":
      return `different ${comparison.differing.join(" ")} of ${comparison.compared.join(" ")}`;
    case "unverifiable":
      return "unverifiable";
  }
}

const ENCRYPTED = { $crypto: { type: "x-simple-encryption", value: "…" } };

describe("an object that was submitted whole", () => {
  it.each<[string, unknown, unknown, string]>([
    ["the same", { sn: "Roe" }, { sn: "Roe" }, "equal sn"],
    ["another value", { sn: "Roe" }, { sn: "Doe" }, "different sn of sn"],
    ["another type", { n: 1 }, { n: "1" }, "different n of n"],
    ["a member that is missing", { sn: "Roe" }, {}, "different sn of sn"],
    ["one of several", { a: 1, b: 2, c: 3 }, { a: 1, b: 0, c: 3 }, "different b of a b c"],

    ["what the tenant adds", { sn: "Roe" }, { sn: "Roe", _id: "1", effectiveRoles: [] }, "equal sn"],
    ["what it adds further in", { a: { b: 1 } }, { a: { b: 1, c: 2 } }, "equal a"],
    ["what it adds within a list", { a: [{ b: 1 }] }, { a: [{ b: 1, c: 2 }] }, "equal a"],
    ["another value further in", { a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }, "different a of a"],
    ["a member missing further in", { a: { b: 1, c: 2 } }, { a: { b: 1 } }, "different a of a"],
    ["an object where a text was sent", { a: "x" }, { a: { b: 1 } }, "different a of a"],
    ["a text where an object was sent", { a: { b: 1 } }, { a: "x" }, "different a of a"],
    ["nothing where an object was sent", { a: { b: 1 } }, {}, "different a of a"],
    ["an empty object", { a: {} }, { a: { b: 1 } }, "equal a"],
    ["no object where an empty one was sent", { a: {} }, {}, "different a of a"],

    ["the order of members", { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 }, "equal a b"],
    ["how a number is written", JSON.parse('{"a":1.0,"b":1e2}'), JSON.parse('{"a":1,"b":100}'), "equal a b"],
    ["minus nothing", { a: -0 }, { a: 0 }, "equal a"],

    ["a list in its order", { a: [1, 2] }, { a: [1, 2] }, "equal a"],
    ["a list in another order", { a: [1, 2] }, { a: [2, 1] }, "different a of a"],
    ["a longer list", { a: [1] }, { a: [1, 2] }, "different a of a"],
    ["a shorter list", { a: [1, 2] }, { a: [1] }, "different a of a"],
    ["an empty list", { a: [] }, { a: [] }, "equal a"],
    ["an empty list that is filled", { a: [] }, { a: [1] }, "different a of a"],
    ["an object where a list was sent", { a: [] }, { a: {} }, "different a of a"],
    ["a list where an object was sent", { a: {} }, { a: [] }, "different a of a"],

    ["null, stored as null", { a: null }, { a: null }, "equal a"],
    ["null, stored as nothing", { a: null }, {}, "equal a"],
    ["null where something stands", { a: null }, { a: "x" }, "different a of a"],
    ["something where null stands", { a: "x" }, { a: null }, "different a of a"],
    ["null further in", { a: { b: null, c: 1 } }, { a: { c: 1 } }, "equal a"],
    ["falsehood is not null", { a: false }, {}, "different a of a"],
    ["nor is zero", { a: 0 }, { a: null }, "different a of a"],
    ["nor an empty text", { a: "" }, {}, "different a of a"],

    ["a revision of before", { _rev: "1", a: 1 }, { _rev: "2", a: 1 }, "equal a"],
    ["type and meta", { _type: { _id: "x" }, _meta: {}, a: 1 }, { a: 1 }, "equal a"],
    [
      "a revision further in",
      { manager: { _ref: "managed/u/1", _refProperties: { _id: "r", _rev: "1" } } },
      { manager: { _ref: "managed/u/1", _refProperties: { _id: "r", _rev: "7" } } },
      "equal manager",
    ],
    ["the id is compared", { _id: "1", a: 1 }, { _id: "2", a: 1 }, "different _id of _id a"],

    ["a password among others", { a: 1, password: "x" }, { a: 1 }, "equal a, hidden password"],
    ["a password and a difference", { a: 1, password: "x" }, { a: 2 }, "different a of a"],
    ["a password alone", { password: "x" }, { _id: "1" }, "unverifiable"],
    ["a password that is taken away", { password: null }, { _id: "1" }, "unverifiable"],
    [
      "a secret that is returned",
      { clientSecret: "x" },
      { clientSecret: "y" },
      "different clientSecret of clientSecret",
    ],
    ["a secret that is returned as sent", { clientSecret: "x" }, { clientSecret: "x" }, "equal clientSecret"],
    ["what is kept encrypted", { a: 1, b: "x" }, { a: 1, b: ENCRYPTED }, "equal a, hidden b"],
    ["nothing but what is kept encrypted", { b: "x" }, { b: ENCRYPTED }, "unverifiable"],
    ["what was read encrypted and sent back", { b: ENCRYPTED }, { b: ENCRYPTED }, "unverifiable"],
    ["a password further in", { a: { b: 1, password: "x" } }, { a: { b: 1 } }, "equal a, hidden a"],
    ["a password alone further in", { a: { password: "x" } }, { a: {} }, "unverifiable"],
    ["passwords alone in a list", { a: [{ password: "x" }] }, { a: [{}] }, "unverifiable"],
    ["an encrypted element of a list", { a: ["x", "y"] }, { a: [ENCRYPTED, "y"] }, "equal a, hidden a"],

    ["nothing", {}, { _id: "1" }, "unverifiable"],
    ["nothing but a revision", { _rev: "1" }, { _rev: "1" }, "unverifiable"],
    ["a list instead of an object", [1], [1], "unverifiable"],
    ["a text instead of an object", "x", "x", "unverifiable"],
    ["no JSON", undefined, { a: 1 }, "unverifiable"],
    ["no object stored", { a: 1 }, null, "unverifiable"],
    ["a name that all objects have", { toString: null }, {}, "equal toString"],
  ])("%s", (_, sent, stored, expected) => {
    expect(said(submitted(sent, stored))).toBe(expected);
  });

  it("a member that is called __proto__ is a member like any other", () => {
    const sent = JSON.parse('{"__proto__": {"a": 1}}');
    expect(said(submitted(sent, JSON.parse('{"__proto__": {"a": 1}}')))).toBe("equal __proto__");
    expect(said(submitted(sent, {}))).toBe("different __proto__ of __proto__");
  });
});

describe("a patch", () => {
  it.each<[string, unknown, unknown, string]>([
    ["replace", [replace("/sn", "Roe")], { sn: "Roe", x: 1 }, "equal sn"],
    ["replace, without the slash", [replace("sn", "Roe")], { sn: "Roe" }, "equal sn"],
    ["replace that does not stand", [replace("/sn", "Roe")], { sn: "Doe" }, "different sn of sn"],
    ["replace by an object", [replace("/a", { b: 1 })], { a: { b: 1, c: 2 } }, "equal a"],
    ["replace by null", [replace("/a", null)], {}, "equal a"],
    ["replace by nothing", [replace("/a")], { a: 1 }, "different a of a"],
    ["replace further in", [replace("/a/b/c", 1)], { a: { b: { c: 1 } } }, "equal a/b/c"],
    ["replace further in, without the slash", [replace("a/b", 1)], { a: { b: 1 } }, "equal a/b"],
    ["replace further in that does not stand", [replace("/a/b", 1)], { a: { b: 2 } }, "different a/b of a/b"],
    ["replace further in where nothing is", [replace("/a/b", 1)], {}, "different a/b of a/b"],
    ["replace in a text", [replace("/a/length", 1)], { a: "x" }, "different a/length of a/length"],

    ["remove", [remove("/mail")], { sn: "Roe" }, "equal mail"],
    ["remove that does not stand", [remove("/mail")], { mail: "x" }, "different mail of mail"],
    ["remove of what stands as null", [remove("/mail")], { mail: null }, "equal mail"],
    ["remove further in", [remove("/a/b")], { a: {} }, "equal a/b"],
    ["remove further in where nothing is", [remove("a/b")], {}, "equal a/b"],

    ["several", [replace("/a", 1), remove("/b")], { a: 1 }, "equal a b"],
    ["one of several", [replace("/a", 1), remove("/b")], { a: 1, b: 2 }, "different b of a b"],
    ["the last word counts", [replace("/a", 1), replace("a", 2)], { a: 2 }, "equal a"],
    ["the last word is a removal", [replace("/a", 1), remove("/a")], {}, "equal a"],
    [
      "overlapping, outer first",
      [replace("/a", { b: 1 }), replace("/a/b", 2)],
      { a: { b: 2 } },
      "unverifiable",
    ],
    ["overlapping, inner first", [replace("/a/b", 2), remove("a")], {}, "unverifiable"],
    ["names that only begin alike", [replace("/a", 1), replace("/ab", 2)], { a: 1, ab: 2 }, "equal a ab"],

    [
      "a password among others",
      [replace("/a", 1), replace("/password", "x")],
      { a: 1 },
      "equal a, hidden password",
    ],
    ["a password alone", [replace("/password", "x")], {}, "unverifiable"],
    ["a password that is removed", [remove("/password")], {}, "unverifiable"],
    ["a password further in", [replace("/a/password", "x")], { a: {} }, "unverifiable"],
    ["within what is hidden", [remove("/secret/b")], {}, "unverifiable"],
    [
      "within what is encrypted",
      [remove("/a/b"), replace("/c", 1)],
      { a: ENCRYPTED, c: 1 },
      "equal c, hidden a/b",
    ],

    ["increment", [{ operation: "increment", field: "/n", value: 1 }], { n: 2 }, "unverifiable"],
    ["add", [{ operation: "add", field: "/a", value: 1 }], { a: 1 }, "unverifiable"],
    ["move", [{ operation: "move", from: "/a", field: "/b" }], { b: 1 }, "unverifiable"],
    ["copy", [{ operation: "copy", from: "/a", field: "/b" }], { a: 1, b: 1 }, "unverifiable"],
    ["transform", [{ operation: "transform", field: "/a", value: {} }], {}, "unverifiable"],
    [
      "an increment among others",
      [replace("/a", 1), { operation: "increment", field: "/n", value: 1 }],
      { a: 1, n: 2 },
      "unverifiable",
    ],
    ["the removal of one value", [remove("/roles", "x")], { roles: [] }, "unverifiable"],
    ["the removal of null", [remove("/a", null)], {}, "unverifiable"],
    ["replace at an index", [replace("/a/0", "x")], { a: ["x"] }, "unverifiable"],
    ["replace below an index", [replace("a/0/b", "x")], { a: [{ b: "x" }] }, "unverifiable"],
    ["replace at the end of a list", [replace("/a/-", null)], { a: [] }, "unverifiable"],
    ["remove at an index", [remove("/a/0")], { a: [] }, "unverifiable"],
    ["an escaped name", [remove("/a~1b")], {}, "unverifiable"],
    ["the whole object", [replace("", { a: 1 })], { a: 1 }, "unverifiable"],
    ["the removal of the whole object", [remove("/")], { a: 1 }, "unverifiable"],
    ["a slash at the end", [remove("/mail/")], { mail: "x" }, "unverifiable"],
    ["two slashes", [remove("/a//b")], { a: { b: 1 } }, "unverifiable"],
    ["no field", [{ operation: "remove" }], {}, "unverifiable"],
    ["no operation", [], {}, "unverifiable"],
    ["an object", replace("/a", 1), { a: 1 }, "unverifiable"],
    ["no object stored", [replace("/a", 1)], [], "unverifiable"],
  ])("%s", (_, patch, stored, expected) => {
    expect(said(patched(patch, stored))).toBe(expected);
  });

  it("that is not held is unverifiable", () => {
    expect(comparePatch(undefined, { a: 1 }, hidden)).toEqual({ kind: "unverifiable" });
  });
});

describe("laws", () => {
  /** A field that a tenant has to give back, with a value that is there. */
  const name = fc.stringMatching(/^[a-z]{1,6}$/).filter((each) => !hidden(each));
  const { value: anyValue } = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
    ),
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("leaf"),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(name, tie("value"), { maxKeys: 3 }),
    ),
  }));
  const object = fc.dictionary(name, anyValue, { minKeys: 1, maxKeys: 4 });
  const runs = { seed: 20260701, numRuns: 2000 };

  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

  /** With further members in every object, and the members turned round. */
  function enlarged(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(enlarged);
    if (!isObject(value)) return value;
    const members = Object.entries(value).map(([key, each]) => [key, enlarged(each)]);
    return Object.fromEntries([["_rev", "9"], ["Added", { by: "tenant" }], ...members.reverse()]);
  }

  /** The paths to everything that is no object and no list, and to those that are empty. */
  function leafPaths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    if (entries.length === 0) return [path];
    return entries.flatMap(([key, each]) => leafPaths(each, [...path, key]));
  }

  function changedAt(value: unknown, [key, ...further]: readonly string[]): unknown {
    if (key === undefined) return value === "changed" ? "changed twice" : "changed";
    if (Array.isArray(value))
      return value.map((each, index) => (String(index) === key ? changedAt(each, further) : each));
    return isObject(value) ? { ...value, [key]: changedAt(value[key], further) } : value;
  }

  it("an object stands in itself with further members, in any order", () => {
    fc.assert(
      fc.property(object, (sent) => {
        expect(submitted(sent, enlarged(sent))).toEqual({
          kind: "equal",
          compared: Object.keys(sent),
          hidden: [],
        });
      }),
      runs,
    );
  });

  it("a change of anything that was submitted and can be seen is a difference", () => {
    const objectAndLeaf = object.chain((sent) =>
      fc.record({ sent: fc.constant(sent), path: fc.constantFrom(...leafPaths(sent)) }),
    );
    fc.assert(
      fc.property(objectAndLeaf, ({ sent, path }) => {
        const comparison = submitted(sent, enlarged(changedAt(sent, path)));
        expect(comparison).toMatchObject({ kind: "different", differing: [path[0]] });
      }),
      runs,
    );
  });

  it("replacing each member of an object is compared as the object is", () => {
    fc.assert(
      fc.property(object, object, fc.boolean(), (sent, other, same) => {
        const stored = same ? { ...other, ...sent } : other;
        const patch = Object.entries(sent).map(([key, value]) => replace(`/${key}`, value));
        expect(patched(patch, stored)).toEqual(submitted(JSON.parse(JSON.stringify(sent)), stored));
      }),
      runs,
    );
  });
});
