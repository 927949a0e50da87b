import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { compilePolicy, loadPolicy } from "../../src/policy/load.ts";
import { formatMistakes } from "../../src/policy/written/mistakes.ts";
import { policyOf, routeOf, unwrap } from "./compiled.ts";

const folder = mkdtempSync(join(tmpdir(), "policy-"));
afterAll(() => rmSync(folder, { recursive: true }));

const mistakesOf = (source: string): string => {
  const loaded = compilePolicy(source, { file: "p.yaml", env: {} });
  return "mistakes" in loaded ? formatMistakes(loaded.mistakes) : "";
};

describe("a policy file", () => {
  it("that is not there is one mistake that names the cure", () => {
    const loaded = loadPolicy({ file: join(folder, "none.yaml"), env: {} });
    expect("mistakes" in loaded && formatMistakes(loaded.mistakes)).toBe(
      `${join(folder, "none.yaml")}: there is no such file: create it, or name another`,
    );
  });

  it("that is a directory is one mistake", () => {
    const loaded = loadPolicy({ file: folder, env: {} });
    expect("mistakes" in loaded && formatMistakes(loaded.mistakes)).toBe(
      `${folder}: this is a directory: name the file in it`,
    );
  });

  it("is read from the disk, under the name it was given", () => {
    const file = join(folder, "policy.yaml");
    writeFileSync(file, "version: 1\ndeadline: 20s\n");
    const policy = unwrap(loadPolicy({ file, env: {} }));
    expect(policy.file).toBe(file);
    expect(policy.fallback.settings.deadlineMs).toBe(20_000);
  });

  it.each(["", "\n", "# only a comment\n", "---\n", "null", "~", "\uFEFF"])(
    "that is empty (%j) is one mistake",
    (source) => {
      expect(mistakesOf(source)).toBe("p.yaml: the file is empty: write at least `version: 1`");
    },
  );

  it("of one line is a whole policy", () => {
    const policy = policyOf("");
    expect(policy).toMatchObject({ profile: "aic", warnings: [], routes: { rows: [] }, forwarded: "none" });
    expect(policy.replayMemoryBytes).toBe(64 * 1024 * 1024);
    expect(policy.fallback).toMatchObject({ name: "default", match: {}, family: undefined });
  });

  it("may begin with a byte order mark and have Windows line ends", () => {
    const source = "\uFEFFversion: 1\r\ndeadline: 20s\r\nroutes:\r\n  - { name: a, match: {} }\r\n";
    const policy = unwrap(compilePolicy(source, { file: "p.yaml", env: {} }));
    expect(routeOf(policy, "a").at).toBe("p.yaml:4");
  });

  it("has at most a hundred routes", () => {
    const routes = (count: number) =>
      `version: 1\nroutes:\n${Array.from({ length: count }, (_, i) => `  - { name: r${i}, match: { path: /${i} } }`).join("\n")}`;
    expect(mistakesOf(routes(100))).toBe("");
    expect(mistakesOf(routes(101))).toBe(
      "p.yaml:3:3 routes: expected at most 100 routes: each is a label in every metric",
    );
  });

  it("never makes the loader throw, whatever it holds", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "version: 1\n",
        "routes:\n",
        "  - ",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a",
        "<<: ",
        ": ",
        "? ",
        "!!map ",
      ),
      fc.constantFrom(
        "deadline",
        "meanings",
        "name",
        "match",
        "when",
        "5s",
        `\${X}`,
        "\n",
        "'",
        '"',
        "- ",
        "---\n",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const loaded = compilePolicy(pieces.join(""), { file: "p.yaml", env: {} });
        const lines = "mistakes" in loaded ? loaded.mistakes.length : 1;
        expect(lines).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it("says every mistake at its place, whatever value stands where", () => {
    const keys = [
      "deadline",
      "attempt",
      "retry",
      "breaker",
      "limits",
      "errors",
      "operations",
      "answers",
      "meanings",
      "routes",
      "tests",
      "replay",
      "extends",
      "lostAnswers",
      "forwarded",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }), (key, value) => {
        const source = `version: 1\n${key}: ${JSON.stringify(value)}\n`;
        const loaded = compilePolicy(source, { file: "p.yaml", env: {} });
        if ("policy" in loaded) return;
        expect(loaded.mistakes.length).toBeGreaterThan(0);
        for (const { line, path, message } of loaded.mistakes) {
          expect(line).toBe(2);
          expect(path === "" || path.startsWith(key)).toBe(true);
          expect(message).not.toMatch(/invalid input|undefined|\[object/i);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a compiled policy", () => {
  it("is frozen through and through", () => {
    const policy = policyOf("routes: [{ name: a, match: { path: /a } }]");
    const frozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(policy)).toBe(true);
    expect(frozen(policy.familySettings("am"))).toBe(true);
    expect(frozen(policy.familySettings("unknown"))).toBe(true);
  });

  it("has the same hash for the same text, and another for another", () => {
    expect(policyOf("deadline: 20s").hash).toBe(policyOf("deadline: 20s").hash);
    expect(policyOf("deadline: 20s").hash).toMatch(/^[0-9a-f]{12}$/);
    expect(policyOf("deadline: 21s").hash).not.toBe(policyOf("deadline: 20s").hash);
  });
});

/** An operator's file with a bit of everything. */
const EXAMPLE = `
version: 1
extends: aic

deadline: 30s
attempt:  { timeout: 10s, connect: 3s }
retry:
  attempts: 3
  backoff: { base: 100ms, max: 5s }
  retryAfter: { max: 20s }
  budget: { percent: 20%, perSecond: 2 }
replay:   { maxBody: 1MiB, memory: 64MiB }
breaker:  { window: 30s, minimum: 20, failures: 50%, open: 10s, openMax: 2m }
limits:   { concurrency: 128, queue: 256, wait: 1s }
errors: crest
lostAnswers: read-back

operations:
  - { match: { method: POST, path: /openidm/endpoint/report }, replay: read }
answers:
  - { when: { status: 503, message: '*Inactive script*' }, means: rejected }
meanings:
  defect: { retry: never }
routes:
  - name: users
    match: { path: '/openidm/managed/alpha_user/**' }
    family: openidm
    replayableCreates: true
  - name: logs
    match: { path: '/monitoring/logs/**' }
    family: monitoring
    deadline: 90s
tests:
  - { name: a create is never sent twice, request: 'POST /openidm/managed/alpha_user?_action=create', answer: 502, expect: { retry: false, reason: not-replayable } }
`;

describe("the example of the documentation", () => {
  const policy = unwrap(compilePolicy(EXAMPLE, { file: "config/policy.yaml", env: {} }));

  it("loads", () => {
    expect(
      policy.routes.rows.map(({ name, family, settings }) => [name, family, settings.deadlineMs]),
    ).toEqual([
      ["users", "openidm", 30_000],
      ["logs", "monitoring", 90_000],
    ]);
    expect(policy.fallback.operations.rows[0]).toMatchObject({ replay: "read", at: "config/policy.yaml:19" });
    expect(policy.fallback.answers.rows[0]).toMatchObject({ means: "rejected", at: "config/policy.yaml:21" });
    expect(policy.fallback.meanings.defect.retry).toBe("never");
  });

  it("warns of nothing", () => {
    expect(policy.warnings).toEqual([]);
  });
});

/** The same value with one more key in one of its maps, once for each map. */
function withOneMoreKey(value: unknown): unknown[] {
  if (Array.isArray(value))
    return value.flatMap((each, index) => withOneMoreKey(each).map((other) => value.with(index, other)));
  if (typeof value !== "object" || value === null) return [];
  const below = Object.entries(value).flatMap(([key, each]) =>
    withOneMoreKey(each).map((other) => ({ ...value, [key]: other })),
  );
  return [{ ...value, colour: "blue" }, ...below];
}

describe("a key that nobody knows", () => {
  const files = withOneMoreKey(parse(EXAMPLE)).map((file) => JSON.stringify(file));

  it("is a mistake in every map of the file", () => {
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const said = mistakesOf(file);
      expect([file, /\.?colour: unknown key "colour"/.test(said)]).toEqual([file, true]);
    }
  });
});

describe("a percentage", () => {
  it.each(["20", "20%", "20 %", "'20%'", "20.0", `"\${PERCENT}"`, `"\${PERCENT}%"`])(
    "may be written %s",
    (written) => {
      const policy = policyOf(
        `retry: { budget: { percent: ${written} } }\nbreaker:\n  failures: ${written}\n`,
        { PERCENT: "20" },
      );
      expect(policy.familySettings("am").budget.ratio).toBe(0.2);
      expect(policy.familySettings("am").breaker.failureRatio).toBe(0.2);
    },
  );

  it.each(["0.2x", "-1", "101", "20 percent"])("is not %s", (written) => {
    expect(mistakesOf(`version: 1\nretry: { budget: { percent: ${written} } }`)).toContain(
      "expected a percentage from 0% to 100%",
    );
  });
});
