/**
 * Every place that repeats the version of package.json, as a table; run, it writes the version there. `npm version` runs
 * it. CHANGELOG.md is written by hand, and what users of an earlier version have kept (`ci/previous-values.yaml`) stays.
 */
import { readFileSync, writeFileSync } from "node:fs";

/** A pattern matches what stands before the version. */
type Place = { readonly file: string; readonly before: RegExp };

const IMAGE = /crest-gateway:/;
const TAG = /newTag: /;
const CHART = /^(?:version: |appVersion: ")/;
/** The library chart among a chart's dependencies; links and comments may stand between name and version. */
const DEPENDENCY = /name: crest-gateway-sidecar\n\s+version: /;

export const PLACES: readonly Place[] = [
  { file: "Dockerfile", before: /ARG VERSION=/ },
  { file: "README.md", before: IMAGE },
  { file: "docs/deploy.md", before: IMAGE },
  { file: "docs/deploy.md", before: DEPENDENCY },
  { file: "examples/compose/compose.yaml", before: IMAGE },
  { file: "examples/sidecar-helm/Chart.yaml", before: DEPENDENCY },
  { file: "examples/sidecar-helm/README.md", before: DEPENDENCY },
  { file: "examples/sidecar-kustomize/app/kustomization.yaml", before: TAG },
  { file: "examples/sidecar-kustomize/component/sidecar.yaml", before: IMAGE },
  { file: "helm/crest-gateway/Chart.yaml", before: CHART },
  { file: "helm/crest-gateway/Chart.yaml", before: DEPENDENCY },
  { file: "helm/crest-gateway-sidecar/Chart.yaml", before: CHART },
];

const fromRoot = (file: string): URL => new URL(`../${file}`, import.meta.url);

export const VERSION: string = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")).version;

/** The versions that stand behind the pattern. */
export function versionsAt({ file, before }: Place): readonly string[] {
  const text = readFileSync(fromRoot(file), "utf8");
  return [...text.matchAll(behind(before))].map(([, , version = ""]) => version);
}

function write({ file, before }: Place): void {
  const text = readFileSync(fromRoot(file), "utf8");
  writeFileSync(fromRoot(file), text.replaceAll(behind(before), `$1${VERSION}`));
}

function behind(before: RegExp): RegExp {
  return new RegExp(String.raw`(${before.source})(\d+\.\d+\.\d+(?:-[\w.]+)?)`, "gm");
}

if (import.meta.main) for (const place of PLACES) write(place);
