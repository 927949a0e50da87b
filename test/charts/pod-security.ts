/**
 * What Pod Security "restricted" forbids, found in a pod's spec: every field of the standard's baseline and restricted
 * profiles that a Linux pod can break. Knows nothing of the gateway.
 */
import { at, listAt } from "./helm.ts";
import type { Manifest } from "./manifests.ts";

type Check = { readonly field: string; readonly breaks: (value: unknown) => boolean };

const VOLUME_TYPES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** Host namespaces, and settings of the kernel that reach beyond the pod. */
const OF_PODS: readonly Check[] = [
  { field: "hostNetwork", breaks: (value) => value === true },
  { field: "hostPID", breaks: (value) => value === true },
  { field: "hostIPC", breaks: (value) => value === true },
  { field: "securityContext.sysctls", breaks: (value) => listAt(value).length > 0 },
];

/** May stand in the pod, in its containers, or in both. */
const OF_BOTH: readonly Check[] = [
  { field: "securityContext.runAsUser", breaks: (value) => value === 0 },
  { field: "securityContext.seLinuxOptions", breaks: (value) => value !== undefined },
  { field: "securityContext.windowsOptions.hostProcess", breaks: (value) => value === true },
  {
    field: "securityContext.appArmorProfile.type",
    breaks: (value) => value !== undefined && value !== "RuntimeDefault" && value !== "Localhost",
  },
];

const OF_CONTAINERS: readonly Check[] = [
  { field: "securityContext.privileged", breaks: (value) => value === true },
  { field: "securityContext.allowPrivilegeEscalation", breaks: (value) => value !== false },
  { field: "securityContext.capabilities.drop", breaks: (value) => !listAt(value).some(is("ALL")) },
  {
    field: "securityContext.capabilities.add",
    breaks: (value) => listAt(value).some((each) => !is("NET_BIND_SERVICE")(each)),
  },
  {
    field: "securityContext.procMount",
    breaks: (value) => value !== undefined && value !== "Default",
  },
  { field: "ports", breaks: (value) => listAt(value).some((port) => Boolean(port.hostPort)) },
  ...["startupProbe", "readinessProbe", "livenessProbe", "lifecycle.preStop", "lifecycle.postStart"].flatMap(
    (hook) =>
      ["httpGet", "tcpSocket"].map((how) => ({
        field: `${hook}.${how}.host`,
        breaks: (value: unknown) => Boolean(value),
      })),
  ),
];

/** Has to hold for every container: said there, or else by the pod. */
const INHERITED: readonly Check[] = [
  { field: "securityContext.runAsNonRoot", breaks: (value) => value !== true },
  {
    field: "securityContext.seccompProfile.type",
    breaks: (value) => value !== "RuntimeDefault" && value !== "Localhost",
  },
];

const is = (word: string) => (value: unknown) => value === word;

/** One line for each field that breaks the profile; none for a pod that may run. */
export function restrictedProblems(spec: unknown): string[] {
  const broken = (checks: readonly Check[], where: unknown, label: string): string[] =>
    checks
      .filter(({ field, breaks }) => breaks(at(where, ...field.split("."))))
      .map(({ field }) => `${label}${field}`);
  const ofContainer = (container: Manifest): string[] => {
    const label = `${container.name}: `;
    const inherited = INHERITED.filter(({ field, breaks }) => {
      const own = at(container, ...field.split("."));
      return breaks(own === undefined ? at(spec, ...field.split(".")) : own);
    });
    return [
      ...broken([...OF_BOTH, ...OF_CONTAINERS], container, label),
      ...inherited.map(({ field }) => `${label}${field}`),
    ];
  };
  const volumes = listAt(spec, "volumes").filter(
    (volume) => !Object.keys(volume).some((key) => VOLUME_TYPES.includes(key)),
  );
  return [
    ...broken([...OF_PODS, ...OF_BOTH], spec, ""),
    ...volumes.map(({ name }) => `volumes: ${name}`),
    ...containersOf(spec).flatMap(ofContainer),
  ];
}

/** All containers of a pod, of whichever sort. */
export function containersOf(spec: unknown): readonly Manifest[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((sort) => listAt(spec, sort));
}

/** The pod's spec in a document that makes pods; undefined in any other. */
export function podSpecOf(document: Manifest): unknown {
  return document.kind === "Pod" ? document.spec : at(document, "spec", "template", "spec");
}
