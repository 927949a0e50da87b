/** What comes out is what Kubernetes' schemas ask for and what its strictest Pod Security allows, for every workload. */
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { validateManifests } from "../charts/manifests.ts";
import { restrictedProblems } from "../charts/pod-security.ts";
import { documentsOf, injected } from "./settings.ts";

const RESTRICTED = { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } };
const POD = {
  restartPolicy: "Always",
  securityContext: RESTRICTED,
  containers: [
    {
      name: "app",
      image: "app:1",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};
const ENDING = { ...POD, restartPolicy: "OnFailure" };

const labelled = (spec: object) => ({ metadata: { labels: { app: "x" } }, spec });
const selector = { matchLabels: { app: "x" } };

const SPECS: readonly (readonly [apiVersion: string, kind: string, spec: object])[] = [
  ["apps/v1", "Deployment", { selector, template: labelled(POD) }],
  ["apps/v1", "StatefulSet", { selector, serviceName: "x", template: labelled(POD) }],
  ["apps/v1", "DaemonSet", { selector, template: labelled(POD) }],
  ["apps/v1", "ReplicaSet", { selector, template: labelled(POD) }],
  ["v1", "ReplicationController", { selector: { app: "x" }, template: labelled(POD) }],
  ["batch/v1", "Job", { template: labelled(ENDING) }],
  ["batch/v1", "CronJob", { schedule: "@daily", jobTemplate: { spec: { template: labelled(ENDING) } } }],
  ["v1", "Pod", POD],
];

const streamOf = (specs: typeof SPECS) =>
  specs
    .map(([apiVersion, kind, spec]) => ({
      apiVersion,
      kind,
      metadata: { name: `a-${kind.toLowerCase()}` },
      spec,
    }))
    .map((each) => `---\n${stringify(each)}`)
    .join("");

/** Every pod in what is written, wherever it stands. */
function podsIn(value: unknown): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return "containers" in value ? [value] : Object.values(value).flatMap(podsIn);
}

it("is what Kubernetes takes, in either form", async () => {
  const native = documentsOf(injected(streamOf(SPECS), { env: { A: "1" } }).text);
  const lasting = SPECS.filter(([, kind]) => !kind.endsWith("Job"));
  const classic = documentsOf(injected(streamOf(lasting), { native: false }).text);
  expect(native).toHaveLength(2 * SPECS.length);
  expect(classic).toHaveLength(2 * lasting.length);
  expect(await validateManifests([...native, ...classic])).toEqual([]);

  const pods = podsIn([...native, ...classic]);
  expect(pods).toHaveLength(SPECS.length + lasting.length);
  expect(pods.flatMap(restrictedProblems)).toEqual([]);
});
