import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asObject, parseJson } from "../src/json.ts";

describe("JSON that comes back out as it went in", () => {
  it.each([
    "12345678901234567890",
    "-0.12345678901234567890",
    "1e400",
    "123456789012345678e-3",
    '{"id":9007199254740993,"n":1,"list":[18446744073709551615]}',
    '{"__proto__":{"a":1},"b":"12345678901234567890"}',
  ])("%s", (text) => {
    expect(JSON.stringify(parseJson(text)?.value)).toBe(text);
  });

  it("numbers that a double keeps stay numbers", () => {
    expect(parseJson('{"code":404,"x":1e3,"y":[123456789012345,12345678901234567890]}')?.value).toMatchObject(
      {
        code: 404,
        x: 1000,
        y: [123456789012345, expect.anything()],
      },
    );
  });

  it("any JSON survives", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJson(text)?.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it.each(["", "{", "undefined", "NaN", "{'a':1}", "[1,]"])("%j is none", (text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  it("nesting is followed as far as it can be written again, and no further", () => {
    const nested = (depth: number): string => `${"[".repeat(depth)}12345678901234567890${"]".repeat(depth)}`;
    expect(JSON.stringify(parseJson(nested(1000))?.value)).toBe(nested(1000));
    expect(parseJson(nested(1001))).toBeUndefined();
    expect(parseJson(nested(100_000))).toBeUndefined();
    expect(parseJson(`["${'[\\"'.repeat(2000)}"]`)).toBeDefined();
    expect(parseJson(`[${"[],".repeat(2000)}0]`)).toBeDefined();
  });

  it.each([
    [{ a: 1 }, { a: 1 }],
    [[1], undefined],
    [null, undefined],
    ["a", undefined],
    [undefined, undefined],
  ])("%j has the members %j", (value, expected) => {
    expect(asObject(value)).toEqual(expected);
  });
});
