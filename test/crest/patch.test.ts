import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { patchReplay } from "../../src/crest/patch.ts";
import { applyPatch } from "../../src/demo/patch.ts";

const replayOf = (patch: unknown) => patchReplay(Buffer.from(JSON.stringify(patch)));
const op = (operation: string, field = "/mail", value?: unknown) => ({ operation, field, value });

describe("what sending a patch a second time would do", () => {
  it.each([
    ["one replace", [op("replace", "/mail", "a")], "idempotent"],
    ["several replaces", [op("replace", "/mail", "a"), op("replace", "/sn", "b")], "idempotent"],
    ["a replace with null", [op("replace", "/mail", null)], "idempotent"],
    ["a replace of a nested field", [op("replace", "/preferences/updates", true)], "idempotent"],
    ["a field without its slash", [op("replace", "mail", "a")], "idempotent"],
    ["a name that only begins with digits", [op("replace", "/2fa/enabled", true)], "idempotent"],
    ["a name with a dash in it", [op("replace", "/given-name", "a")], "idempotent"],
    ["the removal of a whole field", [op("remove", "/mail")], "idempotent"],
    ["replace and remove", [op("replace", "/mail", "a"), op("remove", "/sn")], "idempotent"],

    ["the removal of one value", [op("remove", "/roles", "x")], "unsafe"],
    ["the removal of null from a list", [{ operation: "remove", field: "/roles", value: null }], "unsafe"],
    ["add", [op("add", "/mail", "a")], "unsafe"],
    ["add at the end of a list", [op("add", "/roles/-", "x")], "unsafe"],
    ["increment", [op("increment", "/count", 1)], "unsafe"],
    ["move", [{ operation: "move", from: "/a", field: "/b" }], "unsafe"],
    ["copy", [{ operation: "copy", from: "/a", field: "/b" }], "unsafe"],
    ["transform", [op("transform", "/a", { script: {} })], "unsafe"],
    ["an operation that nobody knows", [op("frobnicate")], "unsafe"],
    ["a replace at an index", [op("replace", "/roles/0", "x")], "unsafe"],
    ["a replace below an index", [op("replace", "/roles/12/name", "x")], "unsafe"],
    ["a replace at the end of a list", [op("replace", "/roles/-", "x")], "unsafe"],
    ["a removal at an index", [op("remove", "/roles/0")], "unsafe"],
    ["an index without a slash before it", [op("remove", "0")], "unsafe"],
    ["one bad apple", [op("replace", "/mail", "a"), op("increment", "/count", 1)], "unsafe"],
    ["another spelling of replace", [op("Replace", "/mail", "a")], "unsafe"],

    ["no operation at all", [], "unsafe"],
    ["an object", op("replace"), "unsafe"],
    ["a list of texts", ["replace"], "unsafe"],
    ["a list within a list", [[op("replace")]], "unsafe"],
    ["null among the operations", [op("replace"), null], "unsafe"],
    ["an operation without a field", [{ operation: "replace", value: 1 }], "unsafe"],
    ["a field that is no text", [{ operation: "replace", field: 1, value: 1 }], "unsafe"],
    ["an operation without a name", [{ field: "/mail", value: 1 }], "unsafe"],
    ["null", null, "unsafe"],
    ["a text", "replace", "unsafe"],
  ])("%s: %o is %s", (_, patch, replay) => {
    expect(replayOf(patch)).toBe(replay);
  });

  it.each(["", " ", "[", "replace", '[{"operation":"replace","field":"/a"}', "\u0000"])(
    "what is not JSON is unsafe: %j",
    (text) => {
      expect(patchReplay(Buffer.from(text))).toBe("unsafe");
    },
  );

  it("a body that is not held is unsafe", () => {
    expect(patchReplay(undefined)).toBe("unsafe");
  });

  it("one operation that is not harmless makes the patch unsafe, wherever it stands", () => {
    const harmless = fc.constantFrom(op("replace", "/a", 1), op("replace", "/b/c", null), op("remove", "/d"));
    const harmful = fc.constantFrom(
      op("add", "/a", 1),
      op("increment", "/n", 1),
      op("remove", "/l/0"),
      op("remove", "/l", 1),
    );
    fc.assert(
      fc.property(fc.array(harmless), harmful, fc.array(harmless), (before, one, after) => {
        expect(replayOf([...before, one, ...after])).toBe("unsafe");
        expect(replayOf([...before, ...after])).toBe(
          before.length + after.length > 0 ? "idempotent" : "unsafe",
        );
      }),
    );
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(patchReplay(Buffer.from(bytes))).toBe("unsafe");
      }),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(["idempotent", "unsafe"]).toContain(patchReplay(Buffer.from(text)));
      }),
    );
  });
});

describe("a patch that is called idempotent", () => {
  const field = fc.constantFrom("/a", "/b", "/a/b", "/a/c", "b", "/list", "/list/0", "/list/-", "/n");
  const value = fc.oneof(fc.nat(3), fc.constant(null), fc.constant({ b: 1 }), fc.constant([1]));
  const step = fc.record(
    { operation: fc.constantFrom("replace", "remove", "add", "increment"), field, value },
    { requiredKeys: ["operation", "field"] },
  );
  const object = { a: { b: 1, c: 2 }, b: "x", list: [1, 2, 2], n: 1 };

  it("leaves the same behind when the tenant applies it twice", () => {
    let applied = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (patch) => {
        fc.pre(replayOf(patch) === "idempotent");
        const body = JSON.stringify(patch);
        const once = applyPatch(object, JSON.parse(body));
        fc.pre("object" in once);
        applied++;
        const twice = applyPatch(once.object, JSON.parse(body));
        // A second one that is refused changes nothing either.
        if ("object" in twice) expect(twice.object).toEqual(once.object);
      }),
    );
    expect(applied).toBeGreaterThan(20);
  });

  it("is told from one that does not: some that are called unsafe are", () => {
    const patch = [op("add", "/list", 3), op("increment", "/n", 1)];
    const once = applyPatch(object, patch);
    const twice = "object" in once ? applyPatch(once.object, patch) : once;
    expect(twice).toEqual({ object: { ...object, list: [1, 2, 2, 3, 3], n: 3 } });
    expect(replayOf(patch)).toBe("unsafe");
  });
});
