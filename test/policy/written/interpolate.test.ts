// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the references that are tested.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../../src/policy/load.ts";
import { interpolate } from "../../../src/policy/written/interpolate.ts";
import { settingsOf } from "../compiled.ts";

const ENV = { NAME: "value", EMPTY: "", N: "7", DOLLAR: "${NAME}" };

describe("references in one value", () => {
  it.each([
    ["${NAME}", "value"],
    ["a ${NAME} b ${N}", "a value b 7"],
    ["${UNSET:-default}", "default"],
    ["${NAME:-default}", "value"],
    ["${EMPTY}", ""],
    ["${EMPTY:-default}", "default"],
    ["${UNSET:-}", ""],
    ["${UNSET:-a:-b}", "a:-b"],
    ["$${NAME}", "${NAME}"],
    ["$NAME", undefined],
    ["100$", undefined],
    // What a variable holds is not looked into.
    ["${DOLLAR}", "${NAME}"],
  ])("%s becomes %s", (text, expected) => {
    const kind = expected === undefined ? { kind: "unchanged" } : { kind: "changed", text: expected };
    expect(interpolate(text, ENV)).toEqual(kind);
  });

  it.each([
    ["${UNSET}", 1],
    ["${UNSET} and ${ALSO_UNSET}", 2],
    ["${}", 1],
    ["${NAME", 1],
    ["${1X}", 1],
    ["${NAME-default}", 1],
    ["${toString}", 1],
    ["${__proto__}", 1],
  ])("%s has %s problem(s)", (text, count) => {
    const result = interpolate(text, ENV);
    expect(result.kind === "wrong" && result.problems).toHaveLength(count);
  });

  it("name the variable where all that is wrong is that nobody has set it", () => {
    const { problems } = { problems: [], ...interpolate("${UNSET} ${1X} ${__proto__}", ENV) };
    expect(problems.map(({ unset }) => unset)).toEqual(["UNSET", undefined, "__proto__"]);
  });

  it("leave a text without them as it is", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("${")),
        (text) => {
          expect(interpolate(text, ENV)).toEqual({ kind: "unchanged" });
        },
      ),
    );
  });
});

describe("references in a policy", () => {
  const load = (yaml: string, env: Record<string, string>) =>
    compilePolicy(`version: 1\n${yaml}`, { file: "policy.yaml", env });

  it.each(["retry: { attempts: '${N}' }", 'retry: { attempts: "${N}" }', "retry:\n  attempts: ${N}"])(
    "are read as YAML would have read what they stand for: %s",
    (yaml) => {
      expect(settingsOf(load(yaml, { N: "7" })).retry.attempts).toBe(7);
    },
  );

  it("cannot add keys or lines", () => {
    const loaded = load("deadline: ${D}", { D: "5s\nerrors: problem" });
    expect("mistakes" in loaded && loaded.mistakes.map(({ path }) => path)).toEqual(["deadline"]);
  });

  it("cannot open a flow or a comment", () => {
    const loaded = load("answers:\n  - { when: { status: 503, message: '${M}' }, means: ok }", {
      M: "} # { status: 200",
    });
    if ("mistakes" in loaded) throw new Error("expected a policy");
    expect(loaded.policy.fallback.answers.rows[0]?.when.message?.source).toBe("} # { status: 200");
  });

  it("are not filled in keys", () => {
    const loaded = load("${KEY}: 5s", { KEY: "deadline" });
    expect("mistakes" in loaded && loaded.mistakes.map(({ path }) => path)).toEqual(['["${KEY}"]']);
  });

  it("change the hash with what they stand for", () => {
    const hashes = ["5s", "6s", "5s"].map((D) => {
      const loaded = load("deadline: ${D}\nattempt: { timeout: 1s, connect: 1s }", { D });
      return "policy" in loaded && loaded.policy.hash;
    });
    expect(hashes[0]).toMatch(/^[0-9a-f]{12}$/);
    expect(hashes[1]).not.toBe(hashes[0]);
    expect(hashes[2]).toBe(hashes[0]);
  });
});
