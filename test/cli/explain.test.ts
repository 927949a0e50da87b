/** `crest-gateway explain` as an operator meets it: what it prints, and what it says to a question that is none. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readExplainOptions } from "../../src/cli/explain/explain-options.ts";
import { inThisProcess } from "../support/command.ts";
import { run } from "../support/process.ts";

const fileWith = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), "crest-gateway-")), "policy.yaml");
  writeFileSync(file, text);
  return file;
};

const POLICY = fileWith(`version: 1
retry: { backoff: { base: 100ms, max: 1s } }
routes:
  - name: users
    match: { path: '/openidm/managed/alpha_user/**' }
    replayableCreates: true
`);

/** Places without the folder of the file, and without the lines of the profiles, which move. */
const places = (text: string): string =>
  text.replaceAll(POLICY, "policy.yaml").replaceAll(/(profiles\/\w+\.yaml):\d+/g, "$1:N");

async function explain(...args: string[]) {
  const { code, out, err } = await inThisProcess("explain", args);
  return { code, out: places(out), err: places(err) };
}

/** What it says to a question about `POLICY`. */
const asked = (...args: string[]) => explain(POLICY, ...args);

describe("what is printed", () => {
  it("a write that is sent again: every step, and what says so", async () => {
    const put = ["PUT /openidm/managed/alpha_user/1", "-H", 'If-Match: "3"'];
    const { code, out, err } = await asked(...put, "--answer", "503", "-A", "Retry-After: 2");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(
      `PUT /openidm/managed/alpha_user/1
  route      users                                                      policy.yaml:4
  family     openidm                                                    config/profiles/aic.yaml:N
  dialect    crest                                                      no row speaks
  operation  update                                                     CREST: PUT with a revision
  replay     guarded: a second time is refused by its own precondition  CREST: PUT with a revision

told 503
  origin     tenant                                                     config/profiles/aic.yaml:N
  meaning    unavailable                                                config/profiles/crest.yaml:N
  verdict    processed unknown, retry idempotent, health bad            config/profiles/none.yaml:N
  next       sent again after 2s to 2.1s
`,
    );
  });

  it("without an answer: what would follow from each of the usual ones", async () => {
    const { code, out } = await asked("POST /openidm/managed/alpha_user/1?_action=triggerSyncCheck");
    expect(code).toBe(0);
    const [, table = ""] = out.split("what would follow; --answer or --failure says more of one\n");
    expect(
      table
        .trimEnd()
        .split("\n")
        .map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      ["429", "throttled", expect.stringMatching(/^sent again after /)],
      ["500", "defect", "not sent again: not-replayable"],
      ["502", "bad-gateway", "not sent again: not-replayable"],
      ["503", "unavailable", "not sent again: not-replayable"],
      ["504", "timed-out", "not sent again: not-replayable"],
      ["a reset", "cut-off", "not sent again: not-replayable"],
      ["silence", "silent", "not sent again: not-replayable"],
      ["refused", "unreachable", expect.stringMatching(/^sent again after /)],
    ]);
  });

  it("an action that is not: the reason, and the reason's sentence", async () => {
    const { out } = await asked(
      "POST /am/oauth2/access_token",
      "-d",
      "grant_type=refresh_token&refresh_token=x",
      "--failure",
      "timeout",
      "--attempt",
      "2",
    );
    expect(out).toBe(
      `POST /am/oauth2/access_token
  route      oauth2-token                                     no route matches
  family     oauth2-token                                     config/profiles/aic.yaml:N
  dialect    oauth2                                           config/profiles/crest.yaml:N
  operation  action                                           config/profiles/aic.yaml:N
  replay     unsafe: a second time could do it twice          config/profiles/aic.yaml:N

no answer: timeout (attempt 2)
  origin     gateway                                          no answer came
  meaning    silent                                           config/profiles/none.yaml:N
  verdict    processed unknown, retry idempotent, health bad  config/profiles/none.yaml:N
  next       not sent again: not-replayable
             The tenant may have acted on the request, and for a request of this class a
             second time is not harmless.
`,
    );
  });

  it("a request alone ends with what it is", async () => {
    const { code, out } = await asked("GET /openidm/managed/alpha_user/1");
    expect(code).toBe(0);
    const [request = ""] = out.split("what would follow");
    expect(request.trimEnd().split("\n")).toHaveLength(6);
  });

  it("a create that goes out with an id of ours, and as it came once that is refused", async () => {
    const { out } = await asked("POST /openidm/managed/alpha_user?_action=create", "--answer", "501");
    expect(out).toContain("sent as    PUT with an id of ours, If-None-Match: *");
    expect(out).toContain("sent again as it came: this collection takes no ids of ours");
  });

  it("a wait that jitter may make too long", async () => {
    const file = fileWith("version: 1\ndeadline: 10s\nretry: { backoff: { base: 2s, max: 2s } }\n");
    const { out } = await explain(file, "GET /x", "--answer", "503", "-A", "Retry-After: 9");
    expect(out).toContain("sent again after 9s or more, or not at all: no-time");
  });

  it("for programs: the same as JSON", async () => {
    const { code, out } = await asked("GET /openidm/managed/alpha_user/1", "--answer", "429", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      request: { method: "GET", target: "/openidm/managed/alpha_user/1" },
      route: { name: "users", at: "policy.yaml:4" },
      family: { name: "openidm", at: "config/profiles/aic.yaml:N" },
      dialect: { name: "crest", at: "no row speaks" },
      withOwnId: false,
      operation: { name: "read", at: "CREST: GET, HEAD or OPTIONS" },
      replay: { class: "read", at: "CREST: GET, HEAD or OPTIONS" },
      outcome: { status: 429 },
      attempt: 1,
      origin: { name: "tenant", at: "config/profiles/aic.yaml:N" },
      meaning: { name: "throttled", at: "config/profiles/none.yaml:N" },
      verdict: { processed: "no", retry: "any", health: "neutral", at: "config/profiles/none.yaml:N" },
      // The gate that this answer closes holds the request longer than any backoff.
      next: { retry: true, delayMs: { least: 1000, most: 1000 } },
      idRefused: false,
    });
  });

  it("for programs: not sent again", async () => {
    const { out } = await asked("POST /x", "--answer", "502", "--json");
    expect(JSON.parse(out)).toMatchObject({ next: { retry: false, reason: "not-replayable" } });
  });
});

describe("a body without a content type", () => {
  const grant = "grant_type=client_credentials";
  const token = "POST /am/oauth2/access_token";

  it("is a form", async () => {
    expect((await asked(token, "-d", grant)).out).toContain("idempotent");
  });

  it("is JSON when it is JSON", async () => {
    const patch = JSON.stringify([{ operation: "replace", field: "/mail", value: "a@example.com" }]);
    expect((await asked("PATCH /x", "-d", patch)).out).toContain("idempotent");
  });

  it("is what the header says when there is one", async () => {
    expect((await asked(token, "-d", grant, "-H", "Content-Type: text/plain")).out).toContain("unsafe");
  });

  it("may come from a file", async () => {
    expect((await asked(token, "--body", fileWith(grant))).out).toContain("idempotent");
  });
});

describe("mistakes on the command line end with 2 and one clear sentence:", () => {
  const GET = "GET /x";
  const ANSWER = ["--answer", "503"];
  it.each<[string[], string]>([
    [["GET"], `"GET" is not a request; expected e.g. 'PUT /openidm/managed/alpha_user/1'`],
    [["GET", "/x"], `"GET /x" are 2 words; put quotes around them: 'GET /x'`],
    [["BREW /x"], '"BREW" is not a method of HTTP'],
    [["TRACE /x"], "the gateway would answer 405: This gateway makes no tunnels and echoes no requests."],
    [[GET, "-H", "If-Match"], `"If-Match" is not a header; expected 'Name: value'`],
    [[GET, "--answer", "ok"], '--answer "ok": expected a number from 200 to 599'],
    [[GET, "--answer", "101"], '--answer "101": expected a number from 200 to 599'],
    [[GET, ...ANSWER, "--attempt", "0"], '--attempt "0": expected a number from 1 to 10'],
    [[GET, "--failure", "broken"], '--failure "broken": expected one of name-not-found, refused,'],
    [[GET, ...ANSWER, "--failure", "reset"], "--answer and --failure exclude each other"],
    [
      [GET, ...ANSWER, "--message", "a", "--answer-body", "b"],
      "--message and --answer-body exclude each other",
    ],
    [[GET, "-d", "a", "--body", "b"], "--data and --body exclude each other"],
    [[GET, "--message", "a"], "--message needs --answer STATUS"],
    [[GET, "--failure", "reset", "-A", "a: b"], "--answer-header needs --answer STATUS"],
    [[GET, "--attempt", "2"], "--attempt needs --answer STATUS or --failure WORD"],
    [[GET, "--body", "/no/such/file"], '--body "/no/such/file": there is no such file'],
    [[GET, ...ANSWER, "--answer-body", "/no/such/file"], '--answer-body "/no/such/file": there is no such'],
    [[GET, "--anser", "503"], "there is no flag --anser; did you mean --answer?"],
  ])("%j", (args, sentence) => {
    const read = readExplainOptions([POLICY, ...args]);
    expect(read).toEqual({ problems: [expect.stringContaining(sentence)], isLost: false });
  });

  it("are told all at once", async () => {
    const { err } = await asked("BREW /x", "-H", "If-Match", "-H", "a:b", "--message", "a", "--attempt", "0");
    expect(err.trimEnd().split("\n")).toEqual([
      'crest-gateway explain: "BREW" is not a method of HTTP',
      `crest-gateway explain: "If-Match" is not a header; expected 'Name: value'`,
      "crest-gateway explain: --message needs --answer STATUS",
      "crest-gateway explain: --attempt needs --answer STATUS or --failure WORD",
      'crest-gateway explain: --attempt "0": expected a number from 1 to 10',
      "Run crest-gateway explain --help to see what it takes.",
    ]);
  });

  it("of which this is one", async () => {
    expect(await asked(GET, "--anser", "503")).toEqual({
      code: 2,
      out: "",
      err: "crest-gateway explain: there is no flag --anser; did you mean --answer?\nRun crest-gateway explain --help to see what it takes.\n",
    });
  });

  it("a request that the gateway would refuse for its form is none to explain", async () => {
    const { code, err } = await asked("GET x");
    expect(code).toBe(2);
    expect(err).toMatch(
      /^crest-gateway explain: the gateway would answer 400: The request target is [^\n]+\n$/,
    );
  });

  it("without a question it shows everything that can be said", async () => {
    const { code, err } = await explain(POLICY);
    expect(code).toBe(2);
    expect(err).toContain("crest-gateway explain: a policy file and a request are needed");
    expect(err).toContain("--answer STATUS");
  });
});

describe("a policy that cannot be used ends with 1", () => {
  it("every mistake with its place", async () => {
    const file = fileWith("version: 1\ndeadlin: 3s\nretry: { attempts: three }\n");
    const { code, out, err } = await explain(file, "GET /x", "--answer", "503");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`${file}:2:1 deadlin: unknown key`);
    expect(err).toContain(`${file}:3:20 retry.attempts: expected a whole number`);
  });

  it("a file that is not there", async () => {
    const { code, err } = await explain("/no/such/policy.yaml", "GET /x");
    expect(code).toBe(1);
    expect(err).toContain("/no/such/policy.yaml: there is no such file");
  });
});

it("--help tells what it takes", async () => {
  const program = run(["explain", "--help"]);
  await program.ended;
  for (const flag of ["explain FILE 'METHOD /path'", "--answer STATUS", "--failure WORD", "--json"])
    expect(program.stdout()).toContain(flag);
});
