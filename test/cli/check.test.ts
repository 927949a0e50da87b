/** The command `check`: what it says, to people and to programs, and its exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkFile } from "../../src/cli/check/check.ts";
import { checkedJson, checkedText, isGood } from "../../src/cli/check/check-report.ts";
import { run } from "../support/process.ts";

const folder = mkdtempSync(join(tmpdir(), "check-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(source: string): string {
  const file = join(mkdtempSync(join(folder, "f-")), "policy.yaml");
  writeFileSync(file, source);
  return file;
}

/** What is said, without the folder, the hash and the profiles' lines: they differ from time to time. */
const bare = (text: string): string =>
  text
    .replaceAll(/\/\S+\/(?=policy\.yaml)/g, "")
    .replaceAll(/hash [0-9a-f]{12}/g, "hash #")
    .replaceAll(/(profiles\/\w+\.yaml):\d+/g, "$1:#");

/** In this process. */
function said(source: string, env: Record<string, string> = {}): string {
  return bare(checkedText(checkFile(fileOf(source), env, 0)));
}

/** By the real program. */
async function ran(...args: string[]) {
  const program = run(["check", ...args]);
  const { code } = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

const GOOD = `version: 1
deadline: 20s
routes:
  - name: users
    match: { path: /openidm/managed/alpha_user/** }
    deadline: 5s
    attempt: { timeout: 2s }
  - name: systems
    match: { path: [/openidm/system/ldap/**, /openidm/system/*/account] }
    retry: { attempts: 1 }
  - name: own
    match: { path: /x }
    family: mine
  - name: reads
    match: { method: GET }
tests:
  - { name: reads are sent again, request: GET /x, answer: 503, expect: { retry: true, family: mine } }
`;

const BAD = `version: 1
deadline: 30
attempt: { timeout: 3s, conect: 3s }
routes:
  - { name: all, match: {} }
  - { name: users, match: { path: /openidm/managed/** } }
meanings:
  unavailble: { retry: any }
`;

describe("the real program", () => {
  it("says what is in force, and ends with 0", async () => {
    const { code, stdout, stderr } = await ran(fileOf(GOOD));
    expect(bare(stdout)).toBe(`
route     family                                 deadline  attempts
users     openidm                                5s        3 of 2s
systems   openidm-system-ldap, openidm-system-*  20s       1 of 10s
own       mine                                   20s       3 of 10s
reads     by path                                20s       3 of 10s
(others)  by path                                20s       3 of 10s

ok policy.yaml: no mistakes, no warnings, 1 of 1 test passed, builds on aic, hash #
`);
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("says every mistake, one to a line with its place, and ends with 1", async () => {
    const { code, stdout, stderr } = await ran(fileOf(BAD));
    expect(
      bare(stdout),
    ).toBe(`policy.yaml:2:11 deadline: expected a duration from 1ms to 24h, such as 500ms or 30s, got 30; write the unit: 30s or 30ms
policy.yaml:3:25 attempt.conect: unknown key "conect"; did you mean "connect"?
policy.yaml:6:27 routes[1].match: the route "users" is never reached: the route "all" (policy.yaml:5) comes first and takes all that this one matches; put this one in front of it
policy.yaml:8:3 meanings.unavailble: unknown key "unavailble"; did you mean "unavailable"?
NOT OK policy.yaml: 4 mistakes, no warnings, tests not run
`);
    expect([code, stderr]).toEqual([1, ""]);
  });

  it("ends with 1 when the file is not there", async () => {
    const { code, stdout } = await ran(join(folder, "none.yaml"));
    expect(stdout).toContain("none.yaml: there is no such file: create it, or name another\nNOT OK ");
    expect(code).toBe(1);
  });

  it.each([
    ["no file", []],
    ["two files", ["a.yaml", "b.yaml"]],
    ["a flag that it does not know", ["--jsn", "a.yaml"]],
  ])("ends with 2 and says how it is used when it gets %s", async (_, args) => {
    const { code, stdout, stderr } = await ran(...args);
    expect(stderr).toMatch(
      /^crest-gateway check: .+\n\ncrest-gateway check \[--manifests\] FILE\|- \[--json\]\n/,
    );
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("writes one JSON value with --json, with the same exit codes", async () => {
    const good = await ran("--json", fileOf(GOOD));
    expect([JSON.parse(good.stdout).ok, good.code]).toEqual([true, 0]);
    const bad = await ran(fileOf(BAD), "--json");
    expect([JSON.parse(bad.stdout).ok, bad.code, bad.stderr]).toEqual([false, 1, ""]);
  });

  it("finds nothing wrong with the policy that it comes with", async () => {
    const { code, stdout } = await ran("config/policy.yaml");
    expect(stdout).toMatch(
      /^ok config\/policy\.yaml: no mistakes, no warnings, (\d) of \1 tests passed, builds on aic/m,
    );
    expect(code).toBe(0);
  });
});

describe("what is said", () => {
  it("tells warnings apart, and takes the file all the same", () => {
    const text = said(`version: 1
meanings: { unavailable: { retry: any } }
routes: [{ name: a, match: { path: /a }, family: opnidm }]
`);
    expect(text.split("\n").slice(0, 2)).toEqual([
      "policy.yaml:2:35 meanings.unavailable.retry: warning: what may have been processed is sent again: a change may be applied twice",
      'policy.yaml:3:50 routes[0].family: warning: "opnidm" is a family of its own; did you mean "openidm"?',
    ]);
    expect(text).toContain("\nok policy.yaml: no mistakes, 2 warnings, no tests, builds on aic");
  });

  it("names the row that says otherwise than a test", () => {
    const text = said(`version: 1
extends: crest
answers: [{ when: { status: 502 }, means: rejected }]
tests:
  - { name: reads are sent again, request: GET /x, answer: 502, expect: { retry: true, replay: read } }
  - { name: it passes, request: GET /x, expect: { replay: read } }
  - { name: nothing was answered, request: GET /x, expect: { meaning: ok } }
  - { name: a bad request, request: GET x, expect: { replay: read } }
`);
    expect(
      text,
    ).toBe(`policy.yaml:5 test "reads are sent again": expected retry true, got false (config/profiles/none.yaml:#)
policy.yaml:7 test "nothing was answered": expected meaning ok, but the test says no answer
policy.yaml:8 test "a bad request": The request target is neither a path that begins with / nor an http or https URL.
NOT OK policy.yaml: no mistakes, no warnings, 1 of 4 tests passed, builds on crest, hash #
`);
  });

  it("says that a file is empty", () => {
    expect(said("# nothing\n")).toBe(
      "policy.yaml: the file is empty: write at least `version: 1`\nNOT OK policy.yaml: 1 mistake, no warnings, tests not run\n",
    );
  });

  it("fills in the environment that it is given", () => {
    expect(said(`version: 1\ndeadline: \${DEADLINE}\n`, { DEADLINE: "15s" })).toContain(
      "(others)  by path  15s",
    );
    expect(said(`version: 1\ndeadline: \${DEADLINE}\n`)).toContain(
      "policy.yaml:2:11 deadline: the environment variable DEADLINE is not set",
    );
  });
});

describe("the JSON", () => {
  it("has everything that was found", () => {
    const checked = checkFile(fileOf(GOOD), {}, 0);
    expect(isGood(checked)).toBe(true);
    expect(JSON.parse(checkedJson(checked))).toEqual({
      ok: true,
      file: expect.stringMatching(/policy\.yaml$/),
      hash: expect.stringMatching(/^[0-9a-f]{12}$/),
      profile: "aic",
      mistakes: [],
      warnings: [],
      tests: [
        {
          name: "reads are sent again",
          at: expect.stringMatching(/policy\.yaml:17$/),
          request: "GET /x",
          expect: { retry: true, family: "mine" },
          passed: true,
          failures: [],
        },
      ],
      routes: [
        ["users", 4, ["openidm"], 5_000, 2_000, 3],
        ["systems", 8, ["openidm-system-ldap", "openidm-system-*"], 20_000, 10_000, 1],
        ["own", 11, ["mine"], 20_000, 10_000, 3],
        ["reads", 14, null, 20_000, 10_000, 3],
        ["default", 1, null, 20_000, 10_000, 3],
      ].map(([name, line, families, deadlineMs, attemptTimeoutMs, attempts]) => ({
        name,
        at: expect.stringMatching(new RegExp(`policy\\.yaml:${line}$`)),
        families,
        deadlineMs,
        attemptTimeoutMs,
        attempts,
      })),
    });
  });

  it("has the same keys when the file cannot be used, and each mistake in parts", () => {
    const bad = JSON.parse(checkedJson(checkFile(fileOf(BAD), {}, 0)));
    const good = JSON.parse(checkedJson(checkFile(fileOf(GOOD), {}, 0)));
    expect(Object.keys(bad)).toEqual(Object.keys(good));
    expect(bad).toMatchObject({ ok: false, hash: null, profile: null, tests: [], routes: [], warnings: [] });
    expect(bad.mistakes[1]).toEqual({
      file: expect.stringMatching(/policy\.yaml$/),
      line: 3,
      column: 25,
      path: "attempt.conect",
      message: 'unknown key "conect"; did you mean "connect"?',
    });
  });

  it("tells of a failed test what failed", () => {
    const file = fileOf(
      "version: 1\ntests: [{ name: t, request: GET /x, answer: 503, expect: { retry: false } }]\n",
    );
    const { ok, tests } = JSON.parse(checkedJson(checkFile(file, {}, 0)));
    expect([ok, tests[0].passed]).toEqual([false, false]);
    expect(tests[0].failures).toEqual([expect.stringMatching(/^expected retry false, got true \(/)]);
  });
});
