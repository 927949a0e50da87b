/**
 * The charts as Helm renders them, both majors of it, and the values files that show one feature each. Helm keeps what it
 * caches in a folder of the test's own. Says nothing about what is rendered.
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, type TestContext } from "vitest";
import { parseAllDocuments } from "yaml";
import { requireTool } from "../support/tools.ts";
import type { Manifest } from "./manifests.ts";

export const MAJORS = ["helm", "helm3"] as const;
export type Helm = (typeof MAJORS)[number];

/** The library renders nothing by itself, so it is seen through an application that takes it in. */
export type ChartName = "crest-gateway" | "crest-gateway-sidecar";

export type Case = { readonly chart: ChartName; readonly name: string; readonly file: string };

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const fromRoot = (path: string): string => join(ROOT, path);

const LIBRARY = "crest-gateway-sidecar";

export const HELM_FOLDER = fromRoot("helm");
export const EXAMPLE_FOLDER = fromRoot("examples/sidecar-helm");

/** Removed when the tests of a file are over. */
export const scratch = mkdtempSync(join(tmpdir(), "crest-gateway-charts-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Every file in the charts' `ci/` folders. */
export const CASES: readonly Case[] = (["crest-gateway", "crest-gateway-sidecar"] as const).flatMap((chart) =>
  readdirSync(join(HELM_FOLDER, chart, "ci"))
    .toSorted()
    .map((file) => ({
      chart,
      name: file.replace(/-values\.yaml$/, ""),
      file: join(HELM_FOLDER, chart, "ci", file),
    })),
);

/** The chart's own text of a file. */
export const chartFile = (chart: ChartName, path: string): string =>
  readFileSync(join(HELM_FOLDER, chart, path), "utf8");

/** Runs a program of Helm's; its failure is an outcome like any other. */
export function run(program: string, args: readonly string[]): Promise<Outcome> {
  const home = join(scratch, "helm");
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return new Promise((resolve) => {
    execFile(program, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Where the chart is that Helm is given. */
export function installable(chart: ChartName): string {
  if (chart === "crest-gateway") return join(HELM_FOLDER, chart);
  const copy = join(scratch, "application");
  return existsSync(copy) ? copy : copyOf(chart, "application");
}

/** A copy that a test may change: of the chart, or of the application that takes it in, with the library in `charts/`. */
export function copyOf(chart: ChartName, name: string): string {
  const copy = join(scratch, name);
  const original = chart === "crest-gateway" ? join(HELM_FOLDER, chart) : EXAMPLE_FOLDER;
  // Not what is in `charts/` there: a link that leads back into the project, or what a developer's own
  // `helm dependency update` has left.
  const isDependency = (path: string): boolean => /^(charts|Chart\.lock)/.test(relative(original, path));
  cpSync(original, copy, { recursive: true, filter: (path) => !isDependency(path) });
  cpSync(join(HELM_FOLDER, LIBRARY), join(copy, "charts", LIBRARY), { recursive: true });
  return copy;
}

export type Wanted = {
  readonly chart: ChartName;
  /** A values file, and what `--set` changes. */
  readonly file?: string;
  readonly set?: readonly string[];
  readonly release?: string;
  /** Another folder or archive instead of the chart in this project. */
  readonly from?: string;
};

const asked = new Map<string, Promise<Outcome>>();

/** `helm template`; asked twice for the same, it answers from memory. */
export function template(context: TestContext, helm: Helm, wanted: Wanted): Promise<Outcome> {
  const args = [
    "template",
    wanted.release ?? "gw",
    wanted.from ?? installable(wanted.chart),
    "--namespace=identity",
    ...(wanted.file === undefined ? [] : ["--values", wanted.file]),
    ...(wanted.set ?? []).flatMap((value) => ["--set", value]),
  ];
  const key = [helm, ...args].join("\n");
  const outcome = asked.get(key) ?? run(requireTool(context, helm), args);
  asked.set(key, outcome);
  return outcome;
}

/** The documents that Helm renders; it has to succeed. */
export async function render(context: TestContext, helm: Helm, wanted: Wanted): Promise<Manifest[]> {
  const { code, stdout, stderr } = await template(context, helm, wanted);
  if (code !== 0) throw new Error(`${helm} cannot render ${wanted.file ?? wanted.chart}:\n${stderr}`);
  return readDocuments(stdout);
}

/** The documents of a YAML stream, without empty ones. Keys that stand twice are an error, as they are for Kubernetes. */
export function readDocuments(text: string): Manifest[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    if (problem) throw problem;
    const value: Manifest | null = document.toJS();
    return value === null ? [] : [value];
  });
}

/** The one document of a kind; its name where a kind has several. */
export function only(documents: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = documents.filter(
    (each) => each.kind === kind && (name === undefined || at(each, "metadata", "name") === name),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} of ${kind} ${name ?? ""}`);
  return first;
}

/** What stands at a path inside a document; undefined when there is nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (inner as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

/** The same for a list; nothing is an empty list. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly Manifest[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
