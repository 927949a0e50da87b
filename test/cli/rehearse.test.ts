/** The command `rehearse`, on a log of the real program. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { inThisProcess } from "../support/command.ts";

const BIN = fileURLToPath(new URL("../../bin/crest-gateway", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "crest-gateway-rehearse-"));

function fileOf(name: string, text: string): string {
  const file = join(FOLDER, name);
  writeFileSync(file, text);
  return file;
}

function rehearse(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, "rehearse", ...args], {
    encoding: "utf8",
    input,
  });
  return { status, out: stdout, err: stderr };
}

const POLICY = fileOf("policy.yaml", "version: 1\nextends: aic\nretry: { attempts: 1 }\n");
const LOG = [
  { msg: "ready" },
  {
    msg: "exchange",
    time: "2026-11-29T12:00:00.000Z",
    route: "openidm",
    method: "GET",
    path: "/openidm/managed/alpha_user/…",
    operation: "read",
    replay: "read",
    status: 200,
    attempts: 2,
    durationMs: 30,
    meaning: "ok",
    policyHash: "0123456789ab",
    story: [
      { status: 503, meaning: "unavailable", atMs: 0, durationMs: 5, next: "retried", waitMs: 9 },
      { status: 200, meaning: "ok", atMs: 14, durationMs: 5, next: "answered" },
    ],
  },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join("");

const SAID = `1 exchanges from 2026-11-29T12:00:00.000Z to 2026-11-29T12:00:00.000Z, under policy 0123456789ab
1 would have gone differently: 1 attempts spared, at least 0 more made

- 1 × openidm: unavailable: retried → attempts-spent
    crest-gateway explain ${POLICY} 'GET /openidm/managed/alpha_user/x' --answer 503

Not told by the log:
  1 lines are about something else than an exchange
`;

describe("rehearse", () => {
  it("says what would have been done differently, from a file and from standard input", () => {
    expect(rehearse([POLICY], LOG)).toEqual({ status: 0, out: SAID, err: "" });
    expect(rehearse([POLICY, "--log", fileOf("yesterday.log", LOG)])).toEqual({
      status: 0,
      out: SAID,
      err: "",
    });
  });

  it("says what would be refused, and what a log cannot tell of sizes and times", async () => {
    const denied = fileOf("deny.yaml", "version: 1\nextends: aic\naccess: deny\n");
    const log = fileOf("denied.log", LOG);
    expect((await inThisProcess("rehearse", [denied, "--log", log])).out).toContain(
      `1 would have gone differently: 1 refused with 2 attempts not made, 0 attempts spared, at least 0 more made

! 1 × openidm: refused, access-denied
    crest-gateway explain ${denied} 'GET /openidm/managed/alpha_user/x'
`,
    );
    const bounded = fileOf(
      "bounded.yaml",
      "version: 1\nextends: aic\nmaxRequestBody: 1KiB\nattempt: { timeout: 1s }\n",
    );
    const slow = LOG.replaceAll('"GET"', '"POST"').replaceAll('"durationMs":5', '"durationMs":1500');
    const { out } = await inThisProcess("rehearse", [bounded, "--log", fileOf("slow.log", slow)]);
    expect(out).toContain("1 of them may have had a longer body than maxRequestBody now allows");
    expect(out).toContain("1 of them had an attempt that took longer than attempt.timeout now is");
  });

  it("gives an example that can be pasted", () => {
    const [, example = ""] = /crest-gateway (explain .*)/.exec(SAID) ?? [];
    const { status, stdout } = spawnSync("sh", ["-c", `"$0" "$1" ${example}`, process.execPath, BIN], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(stdout).toContain("not sent again: attempts-spent");
  });

  it("says the same for programs", () => {
    const { out } = rehearse([POLICY, "--json"], LOG);
    expect(JSON.parse(out)).toMatchObject({ exchanges: 1, groups: [{ kind: "fewer", attempts: 1 }] });
  });

  it("of an empty log says so", () => {
    expect(rehearse([POLICY], "")).toEqual({ status: 0, out: "no exchange to rehearse\n", err: "" });
  });

  it.each<[args: string[], status: number, told: string]>([
    [[], 2, "exactly one policy file is needed"],
    [[POLICY, "--logg", "x"], 2, "did you mean --log?"],
    [[POLICY, "--log", join(FOLDER, "none.log")], 1, "none.log: there is no such file"],
    [[POLICY, "--log", FOLDER], 1, "cannot be read (EISDIR)"],
    [[fileOf("bad.yaml", "version: 2\n")], 1, "the policy cannot be used:"],
  ])("%j is told with one clear sentence", async (args, status, told) => {
    const said = await inThisProcess("rehearse", args);
    expect(said.code).toBe(status);
    expect(said.err).toContain(told);
    expect(said.err).not.toMatch(/\n\s+at /);
  });
});
