/** The ConfigMap that holds a workload's policy: how it is called, what it says, and when there can be none. */
import { isRecord } from "../json.ts";
import { POLICY_KEY, SIDECAR_NAME, type SidecarSettings } from "./sidecar.ts";
import type { Manifest, Workload } from "./workloads.ts";

/** What Kubernetes takes as the name of an object, as the value of a label, and as the data of a ConfigMap. */
const NAME_LIMIT = 253;
const LABEL_LIMIT = 63;
const DATA_LIMIT_BYTES = 1024 ** 2;

/** Its name for a workload of this name. */
export const configMapName = (workload: string): string => `${workload}-${SIDECAR_NAME}`;

/** Why there can be no ConfigMap for a workload of this name; undefined when there can. */
export function configMapProblem(workload: string): string | undefined {
  const name = configMapName(workload);
  return name.length > NAME_LIMIT
    ? `its ConfigMap would be called ${name}, ${name.length} characters; Kubernetes takes ${NAME_LIMIT}: shorten the workload's name`
    : undefined;
}

/** Why an existing ConfigMap of that name is not ours to change; undefined when it is. */
export function foreignProblem({ data }: Manifest, workload: string): string | undefined {
  return isRecord(data) && Object.keys(data).length > 0 && !Object.hasOwn(data, POLICY_KEY)
    ? `there is a ConfigMap ${configMapName(workload)} without ${POLICY_KEY}, which is somebody else's: rename it`
    : undefined;
}

/** Why this policy fits no ConfigMap; undefined when it fits. */
export function policySizeProblem(policy: string): string | undefined {
  const bytes = Buffer.byteLength(policy) + POLICY_KEY.length;
  return bytes > DATA_LIMIT_BYTES
    ? `the policy has ${bytes} bytes, and a ConfigMap holds ${DATA_LIMIT_BYTES}: make it smaller`
    : undefined;
}

/** The ConfigMap of a workload. `existing` is one of its name that is there already: what else it holds stays. */
export function configMap(
  { name = "", namespace }: Pick<Workload, "name" | "namespace">,
  settings: Pick<SidecarSettings, "policy" | "version">,
  existing: Manifest = {},
): Manifest {
  // What is immutable could not be given another policy.
  const { immutable: _, ...kept } = existing;
  const metadata = isRecord(kept.metadata) ? kept.metadata : {};
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    ...kept,
    metadata: {
      name: configMapName(name),
      ...(namespace === undefined ? {} : { namespace }),
      ...metadata,
      labels: {
        ...(isRecord(metadata.labels) ? metadata.labels : {}),
        "app.kubernetes.io/name": SIDECAR_NAME,
        "app.kubernetes.io/instance": labelValue(name),
        "app.kubernetes.io/version": settings.version,
        "app.kubernetes.io/component": "sidecar",
        "app.kubernetes.io/managed-by": `${SIDECAR_NAME}-inject`,
      },
    },
    data: { ...(isRecord(kept.data) ? kept.data : {}), [POLICY_KEY]: settings.policy },
  };
}

/** As much of a name as a label holds; it has to end with a letter or a digit. */
function labelValue(name: string): string {
  return name.slice(0, LABEL_LIMIT).replace(/[^A-Za-z0-9]+$/, "");
}
