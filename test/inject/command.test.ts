/** The command, mostly as the real program: what goes to which stream, and its exit codes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { injectCommand } from "../../src/cli/inject/inject.ts";
import { INJECT_OPTIONS, INJECT_USAGE } from "../../src/cli/inject/inject-flags.ts";
import { readInjectOptions } from "../../src/cli/inject/inject-options.ts";
import { VERSION } from "../../src/cli/version.ts";
import { documentsOf, injected, settings } from "./settings.ts";

const BIN = fileURLToPath(new URL("../../bin/crest-gateway", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "inject-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const POLICY = fileOf("policy.yaml", "version: 1\nextends: aic\n");
const POD = `apiVersion: v1
kind: Pod
metadata: {name: app}
spec: {containers: [{name: app, image: a}]}
`;
const usual = ({ policy = POLICY, upstream = "https://tenant.example.com" } = {}): string[] => [
  ...["--policy", policy, "--upstream", upstream],
];
const USUAL = usual();

function ran(input: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, "inject", ...args], {
    input,
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "" },
  });
  return { status, stdout, stderr };
}

/** The same in this process, which is quicker: for command lines that write no manifests. */
async function here(...args: string[]) {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  const status = await injectCommand(args);
  for (const spy of spies) spy.mockRestore();
  return { status, ...said };
}

const POD_FILE = fileOf("pod.yaml", POD);

describe("the real program", () => {
  it("reads standard input, writes manifests only, and says on the other stream what it did", () => {
    const { text } = injected(POD, { version: VERSION, image: `crest-gateway:${VERSION}` });
    const stderr =
      `crest-gateway inject: warning: the image is crest-gateway:${VERSION}, which is in no registry: push it to yours and name it with --image\n` +
      "injected Pod/app (native sidecar, ConfigMap app-crest-gateway)\n";
    expect(ran(POD, ...USUAL, "-")).toEqual({ status: 0, stdout: text, stderr });
    expect(ran("", ...USUAL, POD_FILE)).toEqual({ status: 0, stdout: text, stderr });
  });

  it("takes every flag", () => {
    const args = [
      "--image=r.example.com/g:2",
      "--classic",
      "--only=Pod/app",
      "--listen-port=1080",
      "--admin-port=1090",
    ];
    const more = ["--memory=1Gi", "--log-level=warn", "--drain-limit=1500ms", "--env=A=b=c", "--env=D="];
    const { stdout, status } = ran(POD, ...USUAL, ...args, ...more);
    expect(status).toBe(0);
    expect(documentsOf(stdout)[1]).toHaveProperty(
      "spec.containers.1",
      expect.objectContaining({
        image: "r.example.com/g:2",
        args: [
          "serve",
          "--upstream=https://tenant.example.com",
          "--listen=127.0.0.1:1080",
          "--admin=:1090",
          "--policy=/etc/crest-gateway/policy.yaml",
          "--log-level=warn",
          "--drain-delay=5s",
          "--drain-limit=1.5s",
        ],
        env: [
          { name: "NODE_OPTIONS", value: "--max-old-space-size=614 --max-semi-space-size=16" },
          { name: "A", value: "b=c" },
          { name: "D", value: "" },
        ],
        resources: { requests: { cpu: "50m", memory: "1Gi" }, limits: { memory: "1Gi" } },
      }),
    );
  });

  it("makes arguments that the gateway itself takes", () => {
    const { stdout } = ran(POD, ...USUAL, "--drain-limit", "1500ms");
    const pod = documentsOf(stdout)[1] as { spec: { initContainers: { args: string[] }[] } };
    const args = pod.spec.initContainers[0]?.args ?? [];
    // All but the policy's place is as it will be: where that is wrong, everything before it was right.
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("/etc/crest-gateway/policy.yaml: there is no such file");
  });

  it("writes nothing when the policy is bad, and says every mistake", async () => {
    const bad = fileOf("bad.yaml", "version: 1\ndeadlin: 3s\nerrors: none\n");
    const { status, stdout, stderr } = await here(...usual({ policy: bad }), POD_FILE);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr.split("\n").slice(0, 3)).toEqual([
      "crest-gateway inject: the policy cannot be used:",
      `${bad}:2:1 deadlin: unknown key "deadlin"; did you mean "deadline"?`,
      expect.stringContaining(`${bad}:3:9 errors: `),
    ]);
  });

  it("writes nothing when a test of the policy fails", async () => {
    const failing = fileOf(
      "failing.yaml",
      "version: 1\ntests:\n  - { name: never, request: GET /x, answer: 503, expect: { retry: false } }\n",
    );
    const { status, stdout, stderr } = await here(...usual({ policy: failing }), POD_FILE);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`test "never": `);
  });

  it("needs no variable of the policy, and says which the sidecar will need", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in a policy
    const policy = fileOf("variables.yaml", "version: 1\ndeadline: ${DEADLINE}\nerrors: ${ERRORS:-crest}\n");
    const without = ran(POD, ...usual({ policy }));
    expect(without.status).toBe(0);
    expect(without.stderr).toContain(
      "warning: the policy needs DEADLINE in the sidecar's environment: give each with --env",
    );
    expect(documentsOf(without.stdout)[0]).toHaveProperty("data", {
      "policy.yaml": readFileSync(policy, "utf8"),
    });

    const given = ran(POD, ...usual({ policy }), "--env", "DEADLINE=20s", "--image", "r.example.com/g:2");
    expect(given.stderr).toBe("injected Pod/app (native sidecar, ConfigMap app-crest-gateway)\n");
    const wrong = await here(...usual({ policy }), "--env", "DEADLINE=soon", POD_FILE);
    expect([wrong.status, wrong.stdout]).toEqual([1, ""]);
    expect(wrong.stderr).toContain(`${policy}:2:11 deadline: expected a duration`);
  });

  it.each([
    [
      "the policy",
      usual({ policy: join(folder, "none.yaml") }),
      `${join(folder, "none.yaml")}: there is no such file`,
    ],
    ["the manifests, since that is a folder", [...USUAL, folder], `${folder}: cannot be read (EISDIR)`],
  ])("says that it cannot find %s", async (_, args, problem) => {
    const { status, stdout, stderr } = await here(...args);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(problem);
  });

  it("takes no text that would come out changed", async () => {
    const latin = join(folder, "latin.yaml");
    writeFileSync(latin, Buffer.from(`${POD}# \xe4\n`, "latin1"));
    const problem = "this is no UTF-8 text, and would come out changed: save it as UTF-8";
    const { status, stdout, stderr } = await here(...USUAL, latin);
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "",
      stderr: `crest-gateway inject: ${latin}: ${problem}\n`,
    });
    writeFileSync(latin, Buffer.from("version: 1 # \xe4\n", "latin1"));
    expect((await here(...usual({ policy: latin }), POD_FILE)).stderr).toContain(`${latin}: ${problem}`);
  });

  it("says each refusal on a line of its own", async () => {
    const twice = `${POD}---\n${POD}`.replaceAll("[{name: app, image: a}]", "[]");
    const { status, stdout, stderr } = await here(...USUAL, fileOf("empty.yaml", twice));
    const line = "crest-gateway inject: Pod/app: its pod has no containers: what should use the gateway?\n";
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: line + line });
  });

  it("shows all flags to whoever gives none", async () => {
    const { status, stdout, stderr } = await here();
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^crest-gateway inject: --policy is needed\ncrest-gateway inject: --upstream is needed\n\n/,
    );
    expect(stderr).toContain("kubectl get deploy app -o yaml | crest-gateway inject --policy policy.yaml");
  });

  it("is in the help of the program", () => {
    expect(INJECT_USAGE).toContain("crest-gateway inject --policy FILE --upstream URL");
    const columns = [...INJECT_USAGE.matchAll(/^ {2}--\S+(?: [A-Z/=]+)? {2,}(?=\S)/gm)].map(
      ([left]) => left.length,
    );
    expect(columns).toHaveLength(INJECT_OPTIONS.length);
    expect(new Set(columns).size).toBe(1);
    expect(INJECT_USAGE).toMatch(/--drain-limit DURATION .*\(default: 20s\)/);
  });
});

describe("the command line", () => {
  it.each([
    [["--upstream", "https://h"], "--policy is needed"],
    [["--policy", "x"], "--upstream is needed"],
    [usual({ policy: "-" }), "--policy: name a file; standard input is for the manifests"],
    [usual({ upstream: "https://h/path" }), "--upstream: the address has a path; expected https://h alone"],
    [[...USUAL, "--image="], "--image is needed"],
    [[...USUAL, "--listen-port", "0"], `--listen-port "0": expected a number from 1 to 65535`],
    [[...USUAL, "--admin-port", "65536"], `--admin-port "65536": expected a number from 1 to 65535`],
    [[...USUAL, "--admin-port", "8080"], "--listen-port and --admin-port are both 8080: choose two"],
    [[...USUAL, "--memory", "256MB"], `--memory "256MB": expected e.g. 256Mi or 1Gi, at least 64Mi`],
    [[...USUAL, "--memory", "63Mi"], `--memory "63Mi": expected e.g. 256Mi or 1Gi, at least 64Mi`],
    [
      [...USUAL, "--log-level", "loud"],
      `--log-level "loud": expected one of trace, debug, info, warn, error, silent`,
    ],
    [[...USUAL, "--drain-limit", "20"], `--drain-limit "20": expected e.g. 20s`],
    [[...USUAL, "--env", "A"], `--env "A": expected NAME=VALUE`],
    [[...USUAL, "--env", "LISTEN=:1"], "--env LISTEN: the sidecar's command line would overrule it"],
    [usual({ upstream: "https://ten\nant " }), '--upstream "https://ten\\nant ": there is white space in it'],
    [[...USUAL, "--image", "a b"], '--image "a b": there is white space in it'],
    [[...USUAL, "--env", "NODE_OPTIONS=x"], "--env NODE_OPTIONS: it follows from --memory"],
    [[...USUAL, "--tls-secret", "My_Secret"], '--tls-secret "My_Secret": expected the name of a Secret'],
    [[...USUAL, "--upstream-ca-secret="], '--upstream-ca-secret "": expected the name of a Secret'],
    [
      [...USUAL, "--tls-client-ca-secret", "ca"],
      "--tls-client-ca-secret asks for certificates, which takes TLS: give --tls-secret too",
    ],
    [
      [...USUAL, "--tls-secret", "tls", "--env", "TLS_KEY_FILE=/x"],
      "--env TLS_KEY_FILE: the sidecar's command line would overrule it",
    ],
    [[...USUAL, "a", "b"], "one FILE can be read, not 2"],
    [[...USUAL, "--polic", "x"], "there is no flag --polic; did you mean --policy?"],
  ])("%j", (args, problem) => {
    expect(readInjectOptions(args)).toMatchObject({ problems: [problem] });
  });

  it("names Secrets, and leaves variables of files alone that none brings", () => {
    const secrets = ["--tls-secret", "gateway-tls", "--tls-client-ca-secret=callers"];
    const variable = ["--env", "UPSTREAM_CA_FILE=/ours/ca.pem"];
    expect(readInjectOptions([...USUAL, ...secrets, ...variable])).toHaveProperty("settings", {
      ...settings(),
      policy: undefined,
      image: `crest-gateway:${VERSION}`,
      version: VERSION,
      secrets: { "tls-secret": "gateway-tls", "tls-client-ca-secret": "callers" },
      env: { UPSTREAM_CA_FILE: "/ours/ca.pem" },
    });
  });

  it("has all its mistakes told at once", async () => {
    const { status, stderr } = await here(
      ...[...USUAL, "--image", "a b", "--listen-port", "0", "--memory", "1", "--env", "A", "--env", "B"],
      ...["--log-level", "loud"],
    );
    expect(status).toBe(2);
    expect(stderr.trimEnd().split("\n")).toEqual([
      'crest-gateway inject: --image "a b": there is white space in it',
      'crest-gateway inject: --listen-port "0": expected a number from 1 to 65535',
      'crest-gateway inject: --memory "1": expected e.g. 256Mi or 1Gi, at least 64Mi',
      'crest-gateway inject: --log-level "loud": expected one of trace, debug, info, warn, error, silent',
      'crest-gateway inject: --env "A": expected NAME=VALUE',
      'crest-gateway inject: --env "B": expected NAME=VALUE',
      "Run crest-gateway inject --help to see the flags.",
    ]);
  });

  it("of a terminal that nobody pipes anything into gets a hint, and nothing hangs", async () => {
    const { isTTY } = process.stdin;
    process.stdin.isTTY = true;
    const { status, stderr } = await here(...USUAL);
    process.stdin.isTTY = isTTY;
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^crest-gateway inject: manifests are expected on standard input, or name a FILE\n/,
    );
  });
});
