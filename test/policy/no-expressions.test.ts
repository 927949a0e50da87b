/**
 * No regular expression is ever made from a policy: one that backtracks would let a caller stop the gateway. Patterns know
 * stars and nothing else.
 */
import { afterEach, expect, it } from "vitest";
import { compilePolicy } from "../../src/policy/load.ts";
import { explain } from "../../src/rehearse/explain.ts";

const NativeRegExp = globalThis.RegExp;
afterEach(() => {
  globalThis.RegExp = NativeRegExp;
});

/** What backtracks for ever on a long row of `a`, beside something to tell it by. */
const EVIL = "(a+)+$MARK";

const POLICY = `version: 1
routes:
  - name: a
    match:
      method: POST
      path: "/x/${EVIL}/*"
      query: { q: "${EVIL}*" }
      header: { X-H: "${EVIL}*" }
    operations:
      - { match: { body: { m: "${EVIL}*" } }, replay: read }
    answers:
      - { when: { status: 500, message: "${EVIL}*", contentType: "${EVIL}", body: { "a.b": "${EVIL}" }, header: { y: "${EVIL}" } }, means: rejected }
tests:
  - { name: "${EVIL}", request: "POST /x/${EVIL}/1", answer: { status: 500, body: "${EVIL}" }, expect: { retry: false } }
`;

it("compiling and asking a policy makes no expression from its texts", () => {
  const made: string[] = [];
  globalThis.RegExp = new Proxy(NativeRegExp, {
    construct(target, args: [string, string?]) {
      made.push(String(args[0]));
      return new target(...args);
    },
    apply(target, _self, args: [string, string?]) {
      made.push(String(args[0]));
      return target(...args);
    },
  });
  const loaded = compilePolicy(POLICY, { file: "policy.yaml", env: {} });
  if ("mistakes" in loaded) throw new Error(JSON.stringify(loaded.mistakes));
  const text = "a".repeat(50_000);
  const asked = explain(
    loaded.policy,
    {
      method: "POST",
      target: `/x/${EVIL}/${text.slice(0, 5000)}?q=${encodeURIComponent(EVIL)}${text}`,
      headers: ["X-H", EVIL + text, "Content-Type", "application/json"],
      body: Buffer.from(JSON.stringify({ m: EVIL + text })),
    },
    { outcome: { kind: "answered", status: 500, headers: [], text: EVIL + text }, attempts: 1, wallMs: 0 },
  );
  globalThis.RegExp = NativeRegExp;
  expect(made.filter((source) => source.includes("MARK"))).toEqual([]);
  if ("problem" in asked) throw new Error(asked.problem);
  expect(asked).toMatchObject({ chosen: { label: "a" }, asked: { replay: "read" } });
});
