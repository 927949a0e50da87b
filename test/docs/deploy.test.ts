/**
 * docs/deploy.md is followed to the letter, as far as a machine without a cluster can: its commands are run in the order
 * in which they stand there, its files are taken by the programs they are for, its numbers are those of the charts.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { VERSION } from "../../scripts/version.ts";
import { validateManifests } from "../charts/manifests.ts";
import { requireTool } from "../support/tools.ts";
import { codeBlocks, fromRoot, table, textOf } from "./markdown.ts";

const DEPLOY = textOf("docs/deploy.md");

/** The code blocks of a section, in their order. */
function blocksOf(heading: string): readonly { readonly language: string; readonly code: string }[] {
  const [, after] = DEPLOY.split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`docs/deploy.md has no section "${heading}"`);
  return codeBlocks(after.split("\n## ")[0] ?? "");
}

/** A folder that looks like a checkout, in which a reader's own files do no harm. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), "crest-gateway-deploy-"));
  for (const name of ["bin", "src", "config", "package.json"])
    cpSync(fromRoot(name), join(folder, name), { recursive: true });
  symlinkSync(fromRoot("node_modules"), join(folder, "node_modules"));
  return folder;
}

const manifestsOf = (text: string) => parseAllDocuments(text).map((each) => each.toJS());

describe("a sidecar without Helm", () => {
  // What needs a cluster, and what a checkout has done before the test runs.
  const elsewhere = /^(npm ci|kubectl )/;
  const commands = blocksOf("A sidecar without Helm")
    .filter(({ language, code }) => language === "sh" && !elsewhere.test(code))
    .map(({ code }) => code);

  it("leads, command by command, to valid manifests with the sidecar in", async () => {
    expect(commands).toHaveLength(3);
    const folder = checkout();
    for (const command of commands)
      execFileSync("bash", ["-euc", command], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const manifests = manifestsOf(readFileSync(join(folder, "with-sidecar.yaml"), "utf8"));
    expect(await validateManifests(manifests)).toEqual([]);
    expect(manifests.map(({ kind }) => kind)).toEqual(["ConfigMap", "Deployment"]);
    const [, deployment] = manifests;
    const [sidecar] = deployment.spec.template.spec.initContainers;
    expect(sidecar).toMatchObject({
      name: "crest-gateway",
      image: `registry.example.com/crest-gateway:${VERSION}`,
      restartPolicy: "Always",
    });
    expect(deployment.spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual([
      "app",
    ]);
  });

  it("pipes what a cluster has through the same program", () => {
    const piped =
      blocksOf("A sidecar without Helm").find(({ code }) => code.startsWith("kubectl get"))?.code ?? "";
    const [, inject = "", apply] = piped.trim().split(" | ");
    expect(apply).toBe("kubectl apply -f -");
    const folder = checkout();
    for (const command of commands.slice(0, 2)) execFileSync("bash", ["-euc", command], { cwd: folder });
    const input = readFileSync(join(folder, "deployment.yaml"));
    const out = execFileSync("bash", ["-euc", inject], {
      cwd: folder,
      input,
      stdio: "pipe",
      encoding: "utf8",
    });
    expect(manifestsOf(out)).toHaveLength(2);
  });
});

describe("a sidecar with Helm", () => {
  it("has the four lines of the example chart", () => {
    const includes = (text: string) =>
      [...text.matchAll(/include "crest-gateway-sidecar\.\w+" \.[^}]*/g)].map(([it]) => it.trim());
    const [template] = blocksOf("A sidecar with Helm");
    expect(includes(template?.code ?? "")).toHaveLength(4);
    expect(includes(template?.code ?? "")).toEqual(
      includes(textOf("examples/sidecar-helm/templates/deployment.yaml")),
    );
  });

  it("names the version of the chart, and values that the chart has", () => {
    const [, chart, values] = blocksOf("A sidecar with Helm").map(({ code }) => code);
    const library = parse(textOf("helm/crest-gateway-sidecar/Chart.yaml"));
    expect(parse(chart ?? "").dependencies).toMatchObject([{ name: library.name, version: library.version }]);
    const known = Object.keys(parse(textOf("helm/crest-gateway-sidecar/values.yaml")));
    const named = Object.keys(parse(values ?? "")["crest-gateway-sidecar"]);
    expect(known).toEqual(expect.arrayContaining(named));
  });
});

describe("a gateway of its own", () => {
  it("is what the command renders, under the name that callers are told", async (context) => {
    requireTool(context, "helm");
    const [install] = blocksOf("A gateway of its own").filter(({ language }) => language === "sh");
    const command = install?.code.replace(/^helm install /, "helm template ");
    const root = fileURLToPath(fromRoot("."));
    const rendered = execFileSync("bash", ["-euc", command ?? ""], {
      cwd: root,
      stdio: "pipe",
      encoding: "utf8",
    });
    const manifests = manifestsOf(rendered);
    expect(await validateManifests(manifests)).toEqual([]);
    const service = manifests.find(({ kind }) => kind === "Service");
    expect(DEPLOY).toContain(`\`http://${service.metadata.name}\``);
    expect(service.spec.ports).toContainEqual(expect.objectContaining({ port: 80 }));
  });
});

describe("TLS for callers", () => {
  const [certificate, values] = blocksOf("TLS").filter(({ language }) => language === "yaml");

  it("is a certificate for the names by which callers find the gateway, in the Secret that the chart mounts", async (context) => {
    const helm = requireTool(context, "helm");
    const { spec } = parse(certificate?.code ?? "");
    const given = ["template", "gateway", "helm/crest-gateway", "--namespace=default", "--values=-"];
    const root = fileURLToPath(fromRoot("."));
    const rendered = execFileSync(helm, given, { cwd: root, input: values?.code, encoding: "utf8" });
    const manifests = manifestsOf(rendered);
    expect(await validateManifests(manifests)).toEqual([]);
    const service = manifests.find(({ kind }) => kind === "Service");
    expect(spec.dnsNames).toEqual([service.metadata.name, `${service.metadata.name}.default.svc`]);
    expect(DEPLOY).toContain(`\`https://${service.metadata.name}\``);
    expect(service.spec.ports).toContainEqual(expect.objectContaining({ name: "https", port: 443 }));
    const { volumes } = manifests.find(({ kind }) => kind === "Deployment").spec.template.spec;
    const secrets = volumes.flatMap(
      ({ secret }: { secret?: { secretName: string } }) => secret?.secretName ?? [],
    );
    expect(secrets).toEqual([spec.secretName, spec.secretName]);
  });
});

describe("the service of systemd", () => {
  it("starts the program that package.json names, with variables that it reads", () => {
    const [unit] = blocksOf("Node alone").filter(({ language }) => language === "ini");
    expect(unit?.code).toContain(`/${JSON.parse(textOf("package.json")).bin["crest-gateway"]}\n`);
    const given = [...(unit?.code ?? "").matchAll(/^Environment="?(\w+)=/gm)].map(([, name]) => name);
    expect(given).toEqual(["UPSTREAM_URL", "POLICY_FILE", "NODE_OPTIONS"]);
    for (const name of given.slice(0, 2)) expect(textOf("src/cli/options.ts")).toContain(`"${name}"`);
  });
});

describe("numbers", () => {
  const seconds = (cell: string | undefined): number => Number(/^(\d+) s$/.exec(cell ?? "")?.[1]);
  const forms = table(DEPLOY, "form").map(([form, delay, limit, grace]) => ({
    form,
    told: [delay, limit, grace].map(seconds),
  }));
  const defaults = (chart: string) => parse(textOf(`helm/${chart}/values.yaml`));

  it("of stopping are the charts' defaults", () => {
    const sidecar = defaults("crest-gateway-sidecar");
    const own = defaults("crest-gateway");
    const rest = [sidecar.drainLimitSeconds, sidecar.terminationGracePeriodSeconds];
    expect(sidecar.drainDelaySeconds).toBeNull();
    expect(forms).toEqual([
      { form: "native sidecar", told: [0, ...rest] },
      { form: "classic sidecar", told: [5, ...rest] },
      {
        form: "gateway of its own",
        told: [own.drainDelaySeconds, own.drainLimitSeconds, own.terminationGracePeriodSeconds],
      },
    ]);
  });
});

describe("alerts", () => {
  it("are those of the rules, with their severities", () => {
    const told = table(DEPLOY, "alert").map(([alert = "", severity]) => [
      /^\[(\w+)\]/.exec(alert)?.[1],
      severity,
    ]);
    const { groups } = parse(textOf("helm/crest-gateway/files/alerts.yaml"));
    const rules = groups.flatMap(
      (group: { rules: { alert: string; labels: { severity: string } }[] }) => group.rules,
    );
    const real = rules.map((rule: { alert: string; labels: { severity: string } }) => [
      rule.alert,
      rule.labels.severity,
    ]);
    expect(told.toSorted()).toEqual(real.toSorted());
  });
});
