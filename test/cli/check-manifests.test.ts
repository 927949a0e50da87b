/** The command `check` for what is not a file of its own: standard input, and policies within rendered manifests. */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { policiesIn } from "../../src/cli/check/check-manifests.ts";
import { requireTool } from "../support/tools.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** By the real program, with `input` on its standard input. */
function ran(input: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`${ROOT}bin/crest-gateway`, "check", ...args],
    {
      input,
      encoding: "utf8",
      env: { PATH: process.env.PATH ?? "" },
    },
  );
  return { status, stdout, stderr };
}

const configMap = (name: string, policy: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata:\n  policy.yaml: |\n${policy.replaceAll(/^/gm, "    ")}\n`;

describe("a policy on standard input", () => {
  it("is checked as a file is", () => {
    expect(ran("version: 1\n", "-")).toMatchObject({ status: 0, stderr: "" });
    const bad = ran("version: 1\nretyr: {}\n", "-");
    expect(bad.status).toBe(1);
    expect(bad.stdout).toMatch(/^standard input:2:1 retyr: .*retry/);
    expect(bad.stdout).toMatch(/^NOT OK standard input: 1 mistake/m);
  });
});

describe("policies in manifests", () => {
  const TWO = [
    configMap("one-crest-gateway", "version: 1\ndeadline: 20s"),
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\ndata: { key: value }\n",
    configMap("two-crest-gateway", "version: 1\ndeadline: soon"),
  ].join("---\n");

  it("are found, each by the name of its ConfigMap", () => {
    expect(policiesIn(TWO)).toEqual({
      policies: [
        { name: "ConfigMap/one-crest-gateway", text: "version: 1\ndeadline: 20s\n" },
        { name: "ConfigMap/two-crest-gateway", text: "version: 1\ndeadline: soon\n" },
      ],
    });
  });

  it("are found in a List, and in JSON", () => {
    const item = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "x" },
      data: { "policy.yaml": "a" },
    };
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: [item] });
    expect(policiesIn(list)).toEqual({ policies: [{ name: "ConfigMap/x", text: "a" }] });
  });

  it("are all checked, and one that is bad is told with its place in the policy", () => {
    const { status, stdout } = ran(TWO, "--manifests", "-");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ok ConfigMap\/one-crest-gateway: /m);
    expect(stdout).toMatch(/^ConfigMap\/two-crest-gateway:2:11 deadline: expected a duration/m);
    expect(stdout).toMatch(/^NOT OK ConfigMap\/two-crest-gateway: 1 mistake/m);
  });

  it.each([
    ["that has none", "kind: Service\n", /there is no ConfigMap with the key policy\.yaml/],
    ["that is empty", "", /there is no ConfigMap with the key policy\.yaml/],
    ["that is not YAML", "a: [\n", /line \d+, column \d+ \(document 1\): not YAML/],
    ["that is a template", "a: {{ .Values.x }}\n", /Render it first: helm template/],
  ])("in text %s end with 1 and a sentence", (_, text, says) => {
    const { status, stdout, stderr } = ran(text, "--manifests", "-");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(says);
  });

  it("in a file that is not there, or without a file, are a mistake of the command", () => {
    expect(ran("", "--manifests", "none.yaml")).toMatchObject({
      status: 1,
      stderr: "crest-gateway check: none.yaml: there is no such file\n",
    });
    expect(ran("", "--manifests")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("exactly one file of manifests is needed"),
    });
  });

  it("are those that the real charts render", (context) => {
    const helm = requireTool(context, "helm");
    const render = (policy: string): string =>
      execFileSync(
        helm,
        ["template", "gw", "helm/crest-gateway", "--set", "upstream=https://t.example.com", "--set", policy],
        { cwd: ROOT, encoding: "utf8", stdio: "pipe" },
      );
    expect(ran(render("policy.deadline=20s"), "--manifests", "-")).toMatchObject({ status: 0, stderr: "" });
    const bad = ran(render("policy.deadlin=20s"), "--manifests", "-");
    expect(bad.status).toBe(1);
    expect(bad.stdout).toMatch(/ConfigMap\/gw-crest-gateway:\d+:1 deadlin: .*deadline/);
  });
});
