/** Manifests in, manifests out: the text of a stream becomes the same text with the sidecar in, or every reason why not. */
import { injectAll, type Refused } from "./manifests.ts";
import type { SidecarSettings } from "./sidecar.ts";
import { readDocuments, writeDocuments } from "./stream.ts";

export type InjectedText = {
  readonly text: string;
  readonly done: readonly string[];
  readonly warnings: readonly string[];
};

/** `only` names the workloads that are meant; when it is empty, all are. */
export function inject(
  source: string,
  settings: SidecarSettings,
  only: readonly string[] = [],
): InjectedText | Refused {
  const documents = readDocuments(source);
  if ("problems" in documents) return documents;
  const injected = injectAll(
    documents.map(({ value }) => value),
    settings,
    only,
  );
  if ("problems" in injected) return injected;
  const written = writeDocuments(documents, injected.documents);
  return "problems" in written ? written : { ...written, done: injected.done, warnings: injected.warnings };
}
