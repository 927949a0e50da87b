/** What a row as written matches once it is compiled. */
import { describe, expect, it } from "vitest";
import { policyOf, routeOf } from "./compiled.ts";

const whenOf = (yaml: string) =>
  policyOf(`answers:\n  - { when: ${yaml}, means: ok }`).fallback.answers.rows[0]?.when ?? {};

describe("statuses", () => {
  it.each([
    ["503", [[503, 503]]],
    ["'503'", [[503, 503]]],
    ["5xx", [[500, 599]]],
    ["500-504", [[500, 504]]],
    [
      "[404, 4xx, 500-504]",
      [
        [404, 404],
        [400, 499],
        [500, 504],
      ],
    ],
  ])("%s", (written, expected) => {
    const { statuses } = whenOf(`{ status: ${written} }`);
    expect(statuses?.map(({ from, to }) => [from, to])).toEqual(expected);
  });
});

describe("conditions", () => {
  it("take names of headers and parameters in lower case, of body members as they are", () => {
    const [row] = policyOf(`
operations:
  - match:
      method: [post, Put]
      path: ['/x/*', /y]
      query: { _Action: 'Get*' }
      header: { X-OpenAM-Username: '*' }
      body: { grant_Type: 1 }
    replay: read
`).fallback.operations.rows;
    expect(row?.match.methods).toEqual(["POST", "PUT"]);
    expect(row?.match.paths?.map(({ source }) => source)).toEqual(["/x/*", "/y"]);
    expect(row?.match.query?.map(({ name }) => name)).toEqual(["_action"]);
    expect(row?.match.query?.[0]?.value.matches("getSessionInfo")).toBe(true);
    expect(row?.match.headers?.map(({ name }) => name)).toEqual(["x-openam-username"]);
    expect(row?.match.body?.map(({ name, value }) => [name, value.source])).toEqual([["grant_Type", "1"]]);
  });

  it("of the request stand together, apart from those of the answer", () => {
    const when = whenOf(
      "{ status: 503, origin: edge, method: GET, path: /x, operation: read, contentType: text/* }",
    );
    expect(when.request?.methods).toEqual(["GET"]);
    expect(when.request?.paths?.[0]?.matches("/x")).toBe(true);
    expect(when.operations).toEqual(["read"]);
    expect(when.origin).toBe("edge");
    expect(when.contentType?.matches("text/html")).toBe(true);
  });

  it("that are not written are not there", () => {
    expect(Object.keys(whenOf("{ failure: [reset, timeout] }"))).toEqual(["failures"]);
    expect(routeOf(policyOf("routes: [{ name: a, match: {} }]"), "a").match).toEqual({});
  });
});

describe("rows of operations", () => {
  it("say one thing or several", () => {
    const { operations } = policyOf(`
operations:
  - { match: { path: /a }, replay: guarded }
  - { match: { path: /b }, operation: query, replay: read, attempts: 2 }
  - { match: { path: /c }, attempts: 1 }
`).fallback;
    expect(operations.rows.slice(0, 3)).toMatchObject([
      { replay: "guarded" },
      { operation: "query", replay: "read", attempts: 2 },
      { attempts: 1 },
    ]);
    expect(operations.rows[0]).not.toHaveProperty("attempts");
    expect(operations.rows[2]).not.toHaveProperty("replay");
  });
});
