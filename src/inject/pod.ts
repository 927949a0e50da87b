/**
 * A pod with the sidecar in, and what speaks against putting it there. It takes the `spec` of a pod and gives another;
 * where that stands, and in what text, it does not know.
 */
import { isRecord, memberOf } from "../json.ts";
import {
  ADMIN_PORT_NAME,
  drainDelayMs,
  isSidecar,
  POLICY_VOLUME,
  SIDECAR_NAME,
  type SidecarSettings,
  sidecarContainer,
  sidecarVolumes,
} from "./sidecar.ts";
import { TLS_VOLUMES } from "./tls-files.ts";
import type { Manifest } from "./workloads.ts";

/** What Kubernetes takes when a pod does not say. */
const DEFAULT_GRACE_SECONDS = 30;

/** Kinds whose pods are to end by themselves. */
const ENDING = ["Job", "CronJob"];

/**
 * `spec` with the sidecar in. One that is there already, in either form, gives way. A native one stands first, so that
 * the application's own init containers can use it; a classic one last, so that the application stays the pod's first.
 */
export function podWithSidecar(spec: Manifest, settings: SidecarSettings, configMapName: string): Manifest {
  const container = sidecarContainer(settings);
  const { native } = settings;
  const lists: Readonly<Record<string, unknown>> = {
    initContainers: native
      ? placed(spec.initContainers, container, "first")
      : removed(spec.initContainers, SIDECAR_NAME),
    containers: native ? removed(spec.containers, SIDECAR_NAME) : placed(spec.containers, container, "last"),
    volumes: withVolumes(spec.volumes, sidecarVolumes(configMapName, settings)),
  };
  // In the order in which people write them, and what is there already keeps its place.
  const before = Object.keys(spec).flatMap((key) =>
    key === "containers" && !Object.hasOwn(spec, "initContainers") ? ["initContainers", key] : [key],
  );
  const keys = before.includes("volumes") ? before : [...before, "volumes"];
  const entries = keys.map((key) => [key, Object.hasOwn(lists, key) ? lists[key] : spec[key]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** What an earlier sidecar had mounted and this one does not goes. */
function withVolumes(list: unknown, volumes: readonly Manifest[]): unknown {
  const unused = TLS_VOLUMES.filter((name) => !volumes.some((volume) => volume.name === name));
  return volumes.reduce((all, volume) => placed(all, volume, "last"), unused.reduce(removed, list));
}

function placed(list: unknown, item: Manifest, where: "first" | "last"): readonly unknown[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const others = items.filter((each) => memberOf(each, "name") !== item.name);
  const at = items.findIndex((each) => memberOf(each, "name") === item.name);
  if (at >= 0) return others.toSpliced(at, 0, item);
  return where === "first" ? [item, ...others] : [...others, item];
}

/** Undefined when nothing is left: an empty list is no list. */
function removed(list: unknown, name: string): unknown {
  if (!Array.isArray(list)) return list;
  const others = list.filter((each) => memberOf(each, "name") !== name);
  return others.length === 0 && list.length > 0 ? undefined : others;
}

/** Every reason why the sidecar cannot go into this pod, each with its cure. */
export function podProblems(kind: string, spec: Manifest, settings: SidecarSettings): string[] {
  const listed = (["containers", "initContainers", "volumes"] as const).filter(
    (key) => !isListOfRecords(spec[key] ?? []),
  );
  if (listed.length > 0) return listed.map((key) => `its pod's ${key} is not a list of maps`);
  if (containersOf(spec, ["containers"]).length === 0)
    return ["its pod has no containers: what should use the gateway?"];
  return [...nameProblems(spec), ...portProblems(spec, settings), ...drainProblems(kind, spec, settings)];
}

/** What is possible, and worth knowing. */
export function podWarnings(spec: Manifest, { listenPort, adminPort }: SidecarSettings): string[] {
  return spec.hostNetwork === true
    ? [
        `its pod is on the node's own network: every process of the node can use the gateway on 127.0.0.1:${listenPort}, ` +
          `and ports ${listenPort} and ${adminPort} have to be free on each node`,
      ]
    : [];
}

/** What has the sidecar's name, or its volume's, and is neither. */
function nameProblems(spec: Manifest): string[] {
  const containers = itemsOf(spec, ["initContainers", "containers"]).filter(
    (each) => each.name === SIDECAR_NAME && !isSidecar(each),
  );
  const volumes = itemsOf(spec, ["volumes"]).filter(
    (each) => each.name === POLICY_VOLUME && !isRecord(each.configMap),
  );
  return [
    ...containers.map(
      () =>
        `its pod has a container ${SIDECAR_NAME} that is not the sidecar (it mounts no volume ${POLICY_VOLUME}): rename it`,
    ),
    ...volumes.map(() => `its pod has a volume ${POLICY_VOLUME} that is no ConfigMap: rename it`),
    ...itemsOf(spec, ["volumes"])
      .filter(({ name, secret }) => TLS_VOLUMES.includes(String(name)) && !isRecord(secret))
      .map(({ name }) => `its pod has a volume ${name} that is no Secret: rename it`),
  ];
}

function portProblems(spec: Manifest, { listenPort, adminPort }: SidecarSettings): string[] {
  const wanted = [
    { port: listenPort, flag: "--listen-port" },
    { port: adminPort, flag: "--admin-port" },
  ];
  return containersOf(spec, ["initContainers", "containers"]).flatMap(({ name, ports }) =>
    (Array.isArray(ports) ? ports : []).flatMap((port) => {
      const clash = wanted.find((each) => each.port === memberOf(port, "containerPort"));
      if (clash)
        return [`port ${clash.port} is taken by container ${name}: choose another with ${clash.flag}`];
      return memberOf(port, "name") === ADMIN_PORT_NAME
        ? [`container ${name} calls a port ${ADMIN_PORT_NAME}, as the sidecar does: rename it`]
        : [];
    }),
  );
}

function drainProblems(kind: string, spec: Manifest, { native, drainLimitMs }: SidecarSettings): string[] {
  if (!native && ENDING.includes(kind))
    return [
      "its pods would never end beside a classic sidecar: leave --classic out, or this workload with --only",
    ];
  const graceSeconds = spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  if (typeof graceSeconds !== "number") return ["its pod's terminationGracePeriodSeconds is not a number"];
  const delayMs = drainDelayMs(native);
  if (graceSeconds * 1000 > delayMs + drainLimitMs) return [];
  const drain =
    delayMs > 0 ? `${delayMs / 1000} s of delay and ${drainLimitMs / 1000} s` : `${drainLimitMs / 1000} s`;
  return [
    `its pod gets ${graceSeconds} s to end (terminationGracePeriodSeconds), which is not longer than the gateway's drain of ${drain}: ` +
      "raise the one or lower --drain-limit",
  ];
}

/** The application's own, without a sidecar that is there already. */
function containersOf(
  spec: Manifest,
  keys: readonly ("containers" | "initContainers")[],
): readonly Manifest[] {
  return itemsOf(spec, keys).filter(({ name }) => name !== SIDECAR_NAME);
}

function itemsOf(spec: Manifest, keys: readonly string[]): readonly Manifest[] {
  return keys.flatMap((key) => (Array.isArray(spec[key]) ? spec[key].filter(isRecord) : []));
}

function isListOfRecords(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord);
}
