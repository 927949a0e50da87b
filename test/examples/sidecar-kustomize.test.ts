/**
 * The kustomize component, built by the real kustomize: what it makes of a Deployment is what `inject` makes of it with
 * its defaults. Two things may differ: the ConfigMap has one name for all Deployments, and the volume may stand anywhere
 * in its list.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, type TestContext } from "vitest";
import { parse } from "yaml";
import { checkFile } from "../../src/cli/check/check.ts";
import { isGood } from "../../src/cli/check/check-report.ts";
import { readInjectOptions } from "../../src/cli/inject/inject-options.ts";
import { VERSION } from "../../src/cli/version.ts";
import { inject } from "../../src/inject/inject.ts";
import type { SidecarSettings } from "../../src/inject/sidecar.ts";
import type { Manifest } from "../../src/inject/workloads.ts";
import { validateManifests } from "../charts/manifests.ts";
import { restrictedProblems } from "../charts/pod-security.ts";
import { documentsOf } from "../inject/settings.ts";
import { requireTool } from "../support/tools.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/sidecar-kustomize/", import.meta.url));
const POLICY_FILE = join(EXAMPLE, "component/policy.yaml");
const UPSTREAM = "https://tenant.example.com";

const scratch = mkdtempSync(join(tmpdir(), "kustomize-"));
afterAll(() => rmSync(scratch, { recursive: true }));
cpSync(join(EXAMPLE, "component"), join(scratch, "component"), { recursive: true });

function build(context: TestContext, folder: string): readonly Manifest[] {
  const kustomize = requireTool(context, "kustomize");
  return documentsOf(execFileSync(kustomize, ["build", folder], { encoding: "utf8" }));
}

/** A kustomization of `source` and what else it says, in a folder of its own. */
function folderOf(source: string, rest: object = {}): string {
  const folder = mkdtempSync(join(scratch, "app-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "base.yaml"), source);
  writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify({ resources: ["base.yaml"], ...rest }));
  return folder;
}

const withComponent = (rest: object = {}) => ({ components: ["../component"], ...rest });

/** As the command line has them when nothing else is said. */
function defaults(): SidecarSettings {
  const read = readInjectOptions(["--policy", POLICY_FILE, "--upstream", UPSTREAM]);
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return { ...read.settings, policy: readFileSync(POLICY_FILE, "utf8") };
}

function injectInto(
  documents: readonly Manifest[],
  only: readonly string[],
  image?: string,
): readonly Manifest[] {
  const source = documents.map((each) => `---\n${JSON.stringify(each)}\n`).join("");
  const done = inject(source, { ...defaults(), ...(image === undefined ? {} : { image }) }, only);
  if ("problems" in done) throw new Error(done.problems.join("\n"));
  return documentsOf(done.text);
}

/** With one name for the ConfigMap, volumes in the order of their names, and without the labels that only `inject` gives. */
function comparable(documents: readonly Manifest[]): unknown {
  const text = JSON.stringify(documents, (key, value) =>
    key === "volumes" ? value.toSorted((a: Named, b: Named) => a.name.localeCompare(b.name)) : value,
  );
  const all: Manifest[] = JSON.parse(text.replaceAll(/"[a-z]+-crest-gateway"/g, '"crest-gateway-policy"'));
  const maps = all.filter(({ kind }) => kind === "ConfigMap").map(({ data }) => data);
  return {
    others: all.filter(({ kind }) => kind !== "ConfigMap"),
    // One for all, here; one for each, there.
    policies: [...new Set(maps.map((each) => JSON.stringify(each)))],
  };
}

type Named = { readonly name: string };

const deployment = (name: string, spec: object, labels: object = { "crest-gateway": "sidecar" }) =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec },
    },
  });

const APP = { containers: [{ name: "app", image: "app:1", ports: [{ containerPort: 3000 }] }] };
const FULL = {
  ...APP,
  initContainers: [
    { name: "migrate", image: "migrate:1" },
    { name: "warm", image: "warm:1" },
  ],
  volumes: [
    { name: "data", emptyDir: {} },
    { name: "access", emptyDir: {} },
  ],
};

describe("a Deployment gets from the component what it gets from `inject`", () => {
  it.for([
    ["without init containers and volumes", [deployment("bare", APP)], ["bare"]],
    ["with both", [deployment("full", FULL)], ["full"]],
    [
      "with empty lists of both",
      [deployment("empty", { ...APP, initContainers: [], volumes: [] })],
      ["empty"],
    ],
    [
      "beside others, of which only the labelled ones are meant",
      [deployment("bare", APP), deployment("full", FULL), deployment("other", APP, {})],
      ["bare", "full"],
    ],
  ] as const)("%s", ([, sources, only], context) => {
    const source = sources.join("\n---\n");
    const plain = build(context, folderOf(source));
    const own = build(context, folderOf(source, withComponent()));
    expect(comparable(own)).toEqual(comparable(injectInto(plain, only)));
  });
});

describe("the example", () => {
  it("is its own application with the sidecar, and the image from where it was pushed to", (context) => {
    const built = build(context, join(EXAMPLE, "app"));
    const plain = ["deployment.yaml", "service.yaml"].map(
      (file): Manifest => parse(readFileSync(join(EXAMPLE, "app", file), "utf8")),
    );
    const own = injectInto(plain, [], `registry.example.com/crest-gateway:${VERSION}`);
    const inOrder = (documents: readonly Manifest[]) =>
      documents.toSorted((a, b) => String(a.kind).localeCompare(String(b.kind)));
    expect(comparable(inOrder(built))).toEqual(comparable(inOrder(own)));
  });

  it("is what Kubernetes takes, and what Pod Security `restricted` allows", async (context) => {
    const built = build(context, join(EXAMPLE, "app"));
    expect(await validateManifests(built)).toEqual([]);
    const found = built.find(({ kind }) => kind === "Deployment") as {
      spec: { template: { spec: unknown } };
    };
    expect(restrictedProblems(found.spec.template.spec)).toEqual([]);
  });

  it("has a policy that the gateway takes", () => {
    expect(isGood(checkFile(POLICY_FILE, {}, 0))).toBe(true);
  });

  it("keeps the ConfigMap's name when the policy changes, so that pods do not restart", (context) => {
    const folder = folderOf(deployment("app", APP), withComponent());
    const before = build(context, folder);
    const file = join(scratch, "component/policy.yaml");
    const policy = readFileSync(file, "utf8");
    writeFileSync(file, `${policy}deadline: 20s\n`);
    const after = build(context, folder);
    writeFileSync(file, policy);
    const pods = (documents: readonly Manifest[]) => documents.filter(({ kind }) => kind === "Deployment");
    expect(pods(after)).toEqual(pods(before));
    expect(after).not.toEqual(before);
  });

  it("follows a prefix and a namespace of the application's kustomization", (context) => {
    const rest = withComponent({ namePrefix: "pre-", namespace: "shop" });
    const [map, app] = build(context, folderOf(deployment("app", APP), rest));
    expect(map).toMatchObject({
      kind: "ConfigMap",
      metadata: { name: "pre-crest-gateway-policy", namespace: "shop" },
    });
    expect(app).toHaveProperty("spec.template.spec.volumes.0.configMap.name", "pre-crest-gateway-policy");
  });
});
