/**
 * What Kubernetes takes and yet goes wrong later: names that are too long, names that stand twice, images that change
 * under one's feet, files that never update, Services that find no pod. Says nothing about security.
 */
import { at, listAt } from "./helm.ts";
import type { Manifest } from "./manifests.ts";
import { containersOf, podSpecOf } from "./pod-security.ts";

const LONGEST_NAME = 63;
const LONGEST_PORT_NAME = 15;

const nameOf = (document: Manifest): string => `${document.kind} ${at(document, "metadata", "name")}`;

/** One line for each thing that is wrong in what one release renders. */
export function practiceProblems(documents: readonly Manifest[]): string[] {
  return [
    ...repeated(documents.map(nameOf)).map((name) => `${name} stands twice`),
    ...documents.flatMap((document) =>
      [
        ...metadataProblems(document),
        ...podProblems(podSpecOf(document)),
        ...selectorProblems(document, documents),
      ].map((problem) => `${nameOf(document)}: ${problem}`),
    ),
  ];
}

function metadataProblems(document: Manifest): string[] {
  const name = String(at(document, "metadata", "name"));
  const pod = document.kind === "Deployment" ? at(document, "spec", "template", "metadata", "labels") : {};
  const labels = { ...Object(at(document, "metadata", "labels")), ...Object(pod) };
  return [
    ...(name.length > LONGEST_NAME ? [`its name has ${name.length} characters`] : []),
    ...(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) ? [] : ["its name is not one for DNS"]),
    ...Object.entries(labels)
      .filter(([, value]) => !/^(?!.{64})([A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?$/.test(String(value)))
      .map(([key, value]) => `label ${key}: ${value}`),
  ];
}

function podProblems(spec: unknown): string[] {
  const volumes = listAt(spec, "volumes").map(({ name }) => String(name));
  const containers = containersOf(spec);
  return [
    ...repeated(volumes).map((name) => `volume ${name} stands twice`),
    ...repeated(containers.map(({ name }) => String(name))).map((name) => `container ${name} stands twice`),
    ...repeated(
      containers.flatMap((each) => listAt(each, "ports").map((port) => String(port.containerPort))),
    ).map((port) => `port ${port} stands twice`),
    ...containers.flatMap((container) => containerProblems(container, volumes)),
  ];
}

function containerProblems(container: Manifest, volumes: readonly string[]): string[] {
  const mounts = listAt(container, "volumeMounts");
  const image = String(container.image);
  const env = listAt(container, "env").map(({ name }) => String(name));
  return [
    ...(/(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image) ? [] : [`image ${image}`]),
    ...repeated(env).map((name) => `variable ${name} stands twice`),
    ...repeated(mounts.map(({ mountPath }) => String(mountPath))).map((path) => `two mounts at ${path}`),
    ...mounts
      .filter((mount) => "subPath" in mount || "subPathExpr" in mount)
      .map(({ name }) => `subPath of ${name}`),
    ...mounts.filter(({ name }) => !volumes.includes(String(name))).map(({ name }) => `no volume ${name}`),
    ...listAt(container, "ports")
      .filter(({ name }) => String(name).length > LONGEST_PORT_NAME)
      .map(({ name }) => `port name ${name}`),
  ].map((problem) => `${container.name}: ${problem}`);
}

/** Services, budgets and policies that choose pods have to choose those of the Deployment, and none besides. */
function selectorProblems(document: Manifest, documents: readonly Manifest[]): string[] {
  const selector =
    document.kind === "Service"
      ? at(document, "spec", "selector")
      : (at(document, "spec", "selector", "matchLabels") ??
        at(document, "spec", "podSelector", "matchLabels"));
  if (selector === undefined || document.kind === "ServiceMonitor") return [];
  const chosen = documents.filter((each) =>
    each.kind === "Deployment"
      ? matches(selector, at(each, "spec", "template", "metadata", "labels"))
      : each.kind === "Pod" && matches(selector, at(each, "metadata", "labels")),
  );
  return chosen.length === 1 && chosen[0]?.kind === "Deployment"
    ? []
    : [`chooses ${chosen.map(nameOf).join(", ") || "no pod"}`];
}

function matches(selector: unknown, labels: unknown): boolean {
  return Object.entries(Object(selector)).every(([key, value]) => at(labels, key) === value);
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
