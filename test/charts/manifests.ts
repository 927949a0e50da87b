/**
 * Whether Kubernetes would take a manifest, as far as its published schemas say. Two looks are needed: the models'
 * validators find missing fields, wrong types and wrong values, but let unknown keys pass; so each document is also
 * written down as a typed literal, and the compiler looks at all of them at once. Says nothing about good practice.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type Manifest = { readonly [key: string]: unknown };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TSC = join(ROOT, "node_modules/.bin/tsc");

/** Which package has the models of an API group; the groups of Kubernetes itself are in the last. */
const PACKAGES: readonly (readonly [group: RegExp, name: string])[] = [
  [/^monitoring\.coreos\.com\//, "@kubernetes-models/prometheus-operator"],
  [/^gateway\.networking\.k8s\.io\//, "@kubernetes-models/gateway-api"],
  [/^/, "kubernetes-models"],
];

type ModelClass = new (data: unknown) => { validate(): void };

/** A document whose model has been found. */
type Known = {
  readonly doc: unknown;
  readonly label: string;
  readonly module: string;
  readonly kind: string;
  readonly Model: ModelClass;
};

/** One line for each thing that is wrong, with the kind and name of its document; none when all is well. */
export async function validateManifests(docs: readonly unknown[]): Promise<string[]> {
  const identified = await Promise.all(docs.map((doc) => identify(withoutNulls(doc))));
  const strange = identified.filter((each) => typeof each === "string");
  const known = identified.filter((each) => typeof each !== "string");
  return [...strange, ...known.flatMap(validate), ...(await compile(known))];
}

/** An explicit null is the same as nothing where Kubernetes reads it. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNulls(member)]));
}

/** The document with its model, or why there is none. */
async function identify(doc: unknown): Promise<Known | string> {
  if (typeof doc !== "object" || doc === null) return `not an object: ${JSON.stringify(doc)}`;
  const { apiVersion, kind, metadata } = doc as Manifest;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || !/^[A-Z]\w*$/.test(kind))
    return `without apiVersion and kind: ${JSON.stringify(doc).slice(0, 200)}`;
  const label = `${kind} ${(metadata as Manifest | undefined)?.name}`;
  const module = `${PACKAGES.find(([group]) => group.test(apiVersion))?.[1]}/${apiVersion}/${kind}`;
  try {
    const exports: Record<string, ModelClass> = await import(module);
    const Model = exports[kind];
    if (Model !== undefined) return { doc, label, module, kind, Model };
  } catch {
    // The same as a module without it.
  }
  return `${label}: there is no ${kind} in ${module}`;
}

function validate({ doc, label, Model }: Known): string[] {
  try {
    new Model(doc).validate();
    return [];
  } catch (error) {
    return [`${label}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** One file for each document, in a folder from which the models can be found, and one run of the compiler. */
async function compile(literals: readonly Known[]): Promise<string[]> {
  if (literals.length === 0) return [];
  const cache = join(ROOT, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "manifests-"));
  try {
    literals.forEach(({ module, kind, doc }, at) => {
      const source = `import type { I${kind} } from "${module}";\nexport const manifest: I${kind} = ${JSON.stringify(doc)};\n`;
      writeFileSync(join(folder, `d${at}.ts`), source);
    });
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      module: "nodenext",
      target: "es2024",
    };
    const files = literals.map((_, at) => `d${at}.ts`);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const output = await run(TSC, ["--pretty", "false", "--project", folder], dirname(folder));
    return readComplaints(output, (at) => literals[at]?.label ?? "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The compiler's complaints by document; what it complains about elsewhere stands as it is. */
function readComplaints(output: string, labelOf: (at: number) => string): string[] {
  const complaints = output.split("\n").filter((line) => /error TS\d+/.test(line));
  return complaints.map((line) => {
    const inDocument = /(?:^|\/)d(\d+)\.ts\(.*?error TS\d+: (.*)$/.exec(line);
    return inDocument ? `${labelOf(Number(inDocument[1]))}: ${inDocument[2]}` : line;
  });
}

function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // The compiler ends with 1 or 2 when it finds something; without a word something else is wrong.
      if (error && stdout === "") reject(new Error(`${program} failed: ${stderr || error.message}`));
      else resolve(stdout);
    });
  });
}
