/** What a command line's flags come to, and every mistake in them at once. */
import { describe, expect, it } from "vitest";
import { readFlags } from "../../src/cli/flags.ts";

const FLAGS = {
  policy: { type: "string" },
  "log-level": { type: "string", short: "l" },
  only: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

describe("flags", () => {
  it("and what stands beside them are read as Node reads them", () => {
    const read = readFlags(
      ["--policy", "p.yaml", "-l", "warn", "--only=a", "--only=b", "file", "--json"],
      FLAGS,
    );
    expect(read).toMatchObject({
      value: {
        values: { policy: "p.yaml", "log-level": "warn", only: ["a", "b"], json: true },
        positionals: ["file"],
      },
    });
  });

  it.each<[args: string[], problems: string[]]>([
    [["--polcy", "x"], ["there is no flag --polcy; did you mean --policy?"]],
    [["--LOG-LEVEL", "x"], ["there is no flag --LOG-LEVEL; did you mean --log-level?"]],
    [["--frobnicate"], ["there is no flag --frobnicate"]],
    [["-x"], ["there is no flag -x"]],
    [["--__proto__", "x"], ["there is no flag --__proto__"]],
    [["--policy", "a", "--policy", "a"], ["--policy is given twice: leave one of them out"]],
    [["--json", "--json"], ["--json is given twice: leave one of them out"]],
    [["-l", "a", "--log-level", "b"], ["--log-level is given twice: leave one of them out"]],
    [
      ["--jsn", "--policy", "a", "--policy", "b"],
      ["there is no flag --jsn; did you mean --json?", "--policy is given twice: leave one of them out"],
    ],
  ])("%j are mistakes, each told", (args, problems) => {
    expect(readFlags(args, FLAGS)).toEqual({ problems });
  });

  it("without the value they need are told on one line", () => {
    const read = readFlags(["--policy", "--json"], FLAGS);
    expect(read).toMatchObject({ problems: [expect.stringContaining("--policy")] });
    expect("problems" in read && read.problems.join("")).not.toContain("\n");
  });
});
