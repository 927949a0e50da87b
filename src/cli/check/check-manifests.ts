/**
 * The policies within manifests, as a chart or kustomize renders them: every ConfigMap that holds one. It finds them and
 * knows nothing of what they say.
 */

import { manifestsIn } from "../../inject/manifests.ts";
import { POLICY_KEY } from "../../inject/sidecar.ts";
import { readDocuments } from "../../inject/stream.ts";
import { nameOf } from "../../inject/workloads.ts";
import { memberOf } from "../../json.ts";

export type PolicyInManifest = {
  /** `ConfigMap/app-crest-gateway`, to stand where a file's name would. */
  readonly name: string;
  readonly text: string;
};

/** In their order, at least one; or why there is none. */
export function policiesIn(
  source: string,
): { readonly policies: readonly PolicyInManifest[] } | { readonly problem: string } {
  const documents = readDocuments(source);
  if ("problems" in documents) return { problem: documents.problems.join("\n") };
  const policies = documents
    .flatMap(({ value }) => manifestsIn(value))
    .flatMap((manifest) => {
      const text = memberOf(manifest.data, POLICY_KEY);
      return manifest.kind === "ConfigMap" && typeof text === "string"
        ? [{ name: `ConfigMap/${nameOf(manifest).name ?? "?"}`, text }]
        : [];
    });
  if (policies.length > 0) return { policies };
  return { problem: `there is no ConfigMap with the key ${POLICY_KEY}: is the gateway in these manifests?` };
}
