/** Settings of a sidecar for tests, and what a stream of manifests says. */
import { parseAllDocuments } from "yaml";
import { inject } from "../../src/inject/inject.ts";
import type { SidecarSettings } from "../../src/inject/sidecar.ts";
import type { Manifest } from "../../src/inject/workloads.ts";

const SETTINGS: SidecarSettings = {
  image: "crest-gateway:0.1.0",
  upstream: "https://tenant.example.com",
  upstreamProxy: undefined,
  native: true,
  listenPort: 8080,
  adminPort: 9090,
  memory: "256Mi",
  memoryMebibytes: 256,
  logLevel: "info",
  drainLimitMs: 20_000,
  env: {},
  secrets: {},
  policy: "version: 1\nextends: aic\n",
  version: "0.1.0",
};

/** The usual ones, but for what is said. */
export const settings = (other: Partial<SidecarSettings> = {}): SidecarSettings => ({
  ...SETTINGS,
  ...other,
});

/** The text with the sidecar in; it fails where there is none. */
export function injected(source: string, other: Partial<SidecarSettings> = {}, only: readonly string[] = []) {
  const done = inject(source, settings(other), only);
  if ("problems" in done) throw new Error(done.problems.join("\n"));
  return done;
}

/** Why there is none; it fails where there is one. */
export function refused(source: string, other: Partial<SidecarSettings> = {}, only: readonly string[] = []) {
  const done = inject(source, settings(other), only);
  if ("problems" in done) return done.problems;
  throw new Error(`not refused: ${done.done.join(", ")}`);
}

/** The documents of a stream, as Kubernetes reads them. */
export function documentsOf(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text, { version: "1.1" }).filter((each) => each.toJS() !== null);
  return documents.map((each) => {
    if (each.errors.length > 0) throw new Error(String(each.errors[0]));
    return each.toJS();
  });
}

/** A pod of one container, with further lines of its spec. */
export function podOf(more: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: app
spec:
  containers:
  - name: app
    image: app:1
${more}`;
}
