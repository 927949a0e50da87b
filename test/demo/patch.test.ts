import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPatch } from "../../src/demo/patch.ts";

const BEFORE = { name: "Ada", roles: ["a", "b", "a"], count: 1, address: { city: "X" }, "a/b": 1 };

const patch = (...operations: unknown[]): unknown => applyPatch(BEFORE, operations);
const op = (operation: string, field: string, value?: unknown): unknown => ({ operation, field, value });

describe("applyPatch", () => {
  it.each([
    ["replace sets", op("replace", "/name", "Bea"), { ...BEFORE, name: "Bea" }],
    ["replace sets what is not there", op("replace", "/new", 1), { ...BEFORE, new: 1 }],
    ["a field needs no slash", op("replace", "name", "Bea"), { ...BEFORE, name: "Bea" }],
    ["replace reaches inside", op("replace", "/address/city", "Y"), { ...BEFORE, address: { city: "Y" } }],
    ["replace understands an escaped slash", op("replace", "/a~1b", 2), { ...BEFORE, "a/b": 2 }],
    ["add sets a single value", op("add", "/name", "Bea"), { ...BEFORE, name: "Bea" }],
    ["add to a list appends", op("add", "/roles", "c"), { ...BEFORE, roles: ["a", "b", "a", "c"] }],
    [
      "add of a list appends each",
      op("add", "/roles", ["c", "d"]),
      { ...BEFORE, roles: ["a", "b", "a", "c", "d"] },
    ],
    [
      "add to the end of a list appends",
      op("add", "/roles/-", "c"),
      { ...BEFORE, roles: ["a", "b", "a", "c"] },
    ],
    ["increment adds", op("increment", "/count", 2), { ...BEFORE, count: 3 }],
    [
      "remove with a value takes all of it out of a list",
      op("remove", "/roles", "a"),
      { ...BEFORE, roles: ["b"] },
    ],
    ["remove with another value leaves a single value", op("remove", "/name", "Bea"), BEFORE],
    ["remove of what is not there is no mistake", op("remove", "/nothing"), BEFORE],
  ])("%s", (_name, operation, after) => {
    expect(patch(operation)).toEqual({ object: after });
  });

  it.each([
    ["with the value", op("remove", "/name", "Ada")],
    ["without a value", op("remove", "/name")],
    ["with null", op("remove", "/name", null)],
  ])("remove %s takes the whole field away", (_name, operation) => {
    const { name, ...rest } = BEFORE;
    expect(patch(operation)).toEqual({ object: rest });
  });

  it.each([
    ["no list of operations", applyPatch(BEFORE, {}), 400],
    ["an operation that is no object", patch(1), 400],
    ["an operation without a field", patch({ operation: "add" }), 400],
    ["an unknown operation", patch(op("dance", "/name")), 400],
    ["an increment of a word", patch(op("increment", "/name", 1)), 400],
    ["an increment by a word", patch(op("increment", "/count", "1")), 400],
    ["an increment of nothing", patch(op("increment", "/nothing", 1)), 409],
    ["a path through nothing", patch(op("replace", "/nothing/here", 1)), 409],
    ["a place in a list", patch(op("replace", "/roles/0", 1)), 409],
    ["removing a place in a list", patch(op("remove", "/roles/0")), 409],
    ["a path into what all objects share", patch(op("replace", "/__proto__/polluted", 1)), 409],
    ["a move", patch({ operation: "move", from: "/name", field: "/sn" }), 501],
  ])("refuses %s", (_name, patched, status) => {
    expect(patched).toMatchObject({ status, message: expect.any(String) });
  });

  it("applies in order, each operation to what the one before left", () => {
    expect(patch(op("replace", "/count", 5), op("increment", "/count", 1))).toMatchObject({
      object: { count: 6 },
    });
  });

  it("is all or nothing", () => {
    const before = structuredClone(BEFORE);
    expect(applyPatch(before, [op("add", "/roles", "c"), op("increment", "/nothing", 1)])).toMatchObject({
      status: 409,
    });
    expect(before).toEqual(BEFORE);
  });

  it("twice is the same as once for replace and whole remove", () => {
    const operations = fc.array(
      fc.record({
        operation: fc.constantFrom("replace", "remove"),
        field: fc.constantFrom("/name", "/roles", "/count", "/new", "/address/city"),
        value: fc.option(fc.jsonValue(), { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(operations, (list) => {
        const whole = list.map(({ operation, field, value }) =>
          operation === "remove" ? { operation, field } : { operation, field, value },
        );
        const once = applyPatch(BEFORE, whole);
        if ("object" in once) expect(applyPatch(once.object, whole)).toEqual(once);
      }),
    );
  });

  it("never throws and never touches what all objects share", () => {
    const words = fc.oneof(fc.string(), fc.constantFrom("__proto__", "/constructor/prototype/x", "/roles/-"));
    const operation = fc.constantFrom("add", "remove", "replace", "increment");
    fc.assert(
      fc.property(fc.array(fc.record({ operation, field: words, value: fc.jsonValue() })), (list) => {
        applyPatch(BEFORE, list);
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect(({} as Record<string, unknown>).x).toBeUndefined();
      }),
    );
  });
});
