/** What a shell completes. Bash, which every machine of ours has, is asked itself. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

function scriptFor(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "completion", ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** The same each time. */
const BASH = scriptFor("bash").stdout;

/** What bash offers behind these words, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const asking = `eval "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _crest_gateway; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", asking, "bash", BASH, "crest-gateway", ...words], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
}

describe("bash completes", () => {
  it("commands", () => {
    expect(offered("st")).toEqual(["status"]);
    expect(offered("")).toEqual(expect.arrayContaining(Object.keys(COMMANDS)));
  });

  it("the flags of a command, and no others", () => {
    expect(offered("status", "--w")).toEqual(["--watch"]);
    expect(offered("check", "--upstream")).toEqual([]);
    expect(offered("serve", "--upstream-c")).toEqual(["--upstream-ca", "--upstream-cert"]);
  });

  it("the flags of serve where no command stands", () => {
    expect(offered("--list")).toEqual(["--listen"]);
    expect(offered("--listen", ":8080", "--ad")).toEqual(["--admin", "--admin-host"]);
  });

  it("the shells that it knows", () => {
    expect(offered("completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(offered("completion", "z")).toEqual(["zsh"]);
    expect(offered("completion", "--")).toEqual(["--help"]);
  });
});

describe.each(["zsh", "fish"])("the script for %s", (shell) => {
  it("knows every command and every flag", () => {
    const { stdout } = scriptFor(shell);
    for (const [name, { flags }] of Object.entries(COMMANDS)) {
      expect(stdout).toMatch(new RegExp(`\\b${name}\\b`));
      for (const flag of flags) expect(stdout).toMatch(new RegExp(`(--|-l )${flag}\\b`));
    }
    expect(stdout).toContain("bash zsh fish");
  });
});

it("zsh and fish complete the flags of serve where no command stands", () => {
  expect(scriptFor("zsh").stdout).toMatch(/ -\*\) compadd -- .*--listen /);
  expect(scriptFor("fish").stdout).toMatch(/'not __fish_seen_subcommand_from check .*' -l listen$/m);
});

it("another shell is a mistake that says which there are", () => {
  expect(scriptFor("bsh")).toMatchObject({ status: 2, stdout: "" });
  expect(scriptFor("bsh").stderr).toContain("did you mean bash?");
  expect(scriptFor().stderr).toContain("for which shell?");
  expect(scriptFor("fish", "extra").stderr).toContain('"extra" is not asked for');
});
