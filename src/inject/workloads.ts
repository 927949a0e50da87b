/**
 * Which manifests hold pods, where the pod stands in each, and how people name them. It knows nothing of the sidecar.
 */
import { isRecord, memberOf } from "../json.ts";

/** Any document that Kubernetes takes. */
export type Manifest = Readonly<Record<string, unknown>>;

type Kind = {
  /** What its `apiVersion` begins with. */
  readonly api: string;
  readonly path: readonly string[];
  /** As `kubectl` abbreviates it. */
  readonly short: readonly string[];
};

const TEMPLATE = ["spec", "template", "spec"];

export const WORKLOAD_KINDS: Readonly<Record<string, Kind>> = {
  Deployment: { api: "apps/", path: TEMPLATE, short: ["deploy"] },
  StatefulSet: { api: "apps/", path: TEMPLATE, short: ["sts"] },
  DaemonSet: { api: "apps/", path: TEMPLATE, short: ["ds"] },
  ReplicaSet: { api: "apps/", path: TEMPLATE, short: ["rs"] },
  ReplicationController: { api: "v1", path: TEMPLATE, short: ["rc"] },
  Job: { api: "batch/", path: TEMPLATE, short: [] },
  CronJob: { api: "batch/", path: ["spec", "jobTemplate", ...TEMPLATE], short: ["cj"] },
  Pod: { api: "v1", path: ["spec"], short: ["po"] },
};

export type Workload = {
  readonly manifest: Manifest;
  readonly kind: string;
  /** Undefined when it has none, or leaves it to the cluster. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** Where the pod's own `spec` stands. */
  readonly path: readonly string[];
  /** `ReplicaSet/app-7d4f`, when that one made this one and would undo any change. */
  readonly owner: string | undefined;
};

/** What `manifest` runs, or undefined when it is of another kind. */
export function workloadOf(manifest: Manifest): Workload | undefined {
  const kind = textOf(manifest.kind) ?? "";
  const known = Object.hasOwn(WORKLOAD_KINDS, kind) ? WORKLOAD_KINDS[kind] : undefined;
  if (!known || !textOf(manifest.apiVersion)?.startsWith(known.api)) return undefined;
  const owners = memberOf(manifest.metadata, "ownerReferences");
  const owner = Array.isArray(owners)
    ? owners.find((each) => memberOf(each, "controller") === true)
    : undefined;
  return {
    manifest,
    kind,
    ...nameOf(manifest),
    path: known.path,
    owner: isRecord(owner) ? `${owner.kind}/${owner.name}` : undefined,
  };
}

/** Name and namespace of any manifest. */
export function nameOf({ metadata }: Manifest): Pick<Workload, "name" | "namespace"> {
  return { name: textOf(memberOf(metadata, "name")), namespace: textOf(memberOf(metadata, "namespace")) };
}

/** Whether `wanted` means this one: `app`, `Deployment/app`, `deployments/app` or `deploy/app`. */
export function isMeant(wanted: string, { kind, name }: Workload): boolean {
  const slash = wanted.indexOf("/");
  if (wanted.slice(slash + 1) !== name) return false;
  if (slash < 0) return true;
  const said = wanted.slice(0, slash).toLowerCase();
  const long = kind.toLowerCase();
  return [long, `${long}s`, ...(WORKLOAD_KINDS[kind]?.short ?? [])].includes(said);
}

/** `Deployment/app`, for people. */
export function shownWorkload({ kind, name }: Pick<Workload, "kind" | "name">): string {
  return name === undefined ? `a ${kind} without a name` : `${kind}/${name}`;
}

/** The value at `path`, or undefined. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(memberOf, value);
}

/** A copy of `manifest` with `value` at `path`; what is on the way there is kept. */
export function withValueAt(manifest: Manifest, path: readonly string[], value: unknown): Manifest {
  const [first, ...rest] = path;
  if (first === undefined) return manifest;
  const below = manifest[first];
  return {
    ...manifest,
    [first]: rest.length === 0 ? value : withValueAt(isRecord(below) ? below : {}, rest, value),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
