/**
 * Writes the files that are made from code: `npm run generate`. A test holds each equal to what this would write.
 */
import { writeFileSync } from "node:fs";
import { policyJsonSchema } from "../src/policy/written/json-schema.ts";
import { dashboard } from "./dashboard.ts";
import { meaningsPage } from "./meanings-page.ts";
import { metricsPage } from "./metrics-page.ts";
import { policyPage } from "./policy-page.ts";
import { reasonsPage } from "./reasons-page.ts";
import { meaningSentences, pageScript } from "./status-page-script.ts";

type Generated = { readonly file: string; readonly text: () => string | Promise<string> };

/** Each generated file by its path from the repository's root, and what makes its text; later ones may read earlier. */
export const GENERATED: readonly Generated[] = [
  { file: "config/policy.schema.json", text: () => `${JSON.stringify(policyJsonSchema(), null, 2)}\n` },
  { file: "docs/meanings.md", text: meaningsPage },
  { file: "docs/metrics.md", text: metricsPage },
  { file: "docs/policy.md", text: policyPage },
  { file: "docs/why-not-retried.md", text: reasonsPage },
  { file: "helm/crest-gateway/files/dashboard.json", text: dashboard },
  { file: "src/admin/page/meanings.generated.ts", text: meaningSentences },
  { file: "src/admin/page-script.generated.ts", text: pageScript },
];

if (import.meta.main) {
  for (const { file, text } of GENERATED) writeFileSync(new URL(`../${file}`, import.meta.url), await text());
}
