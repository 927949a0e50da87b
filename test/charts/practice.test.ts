/** The check for what goes wrong later: a good release passes, and each mistake is found. */
import { describe, expect, it } from "vitest";
import type { Manifest } from "./manifests.ts";
import { practiceProblems } from "./practice.ts";

const labels = { app: "a" };

function deployment(container: Manifest = {}, spec: Manifest = {}, name = "d"): Manifest {
  const containers = [{ name: "c", image: "registry.example.com:5000/app:1.0", ...container }];
  const template = { metadata: { labels }, spec: { containers, ...spec } };
  return { kind: "Deployment", metadata: { name }, spec: { selector: { matchLabels: labels }, template } };
}

const service = (selector: Manifest): Manifest => ({
  kind: "Service",
  metadata: { name: "s" },
  spec: { selector },
});
const volumes = [{ name: "v", configMap: {} }];
const tester: Manifest = { kind: "Pod", metadata: { name: "t", labels }, spec: { containers: [] } };

describe("practiceProblems", () => {
  it.each([
    ["a Deployment and its Service", [deployment(), service(labels)]],
    ["a mount of a volume", [deployment({ volumeMounts: [{ name: "v", mountPath: "/v" }] }, { volumes })]],
    ["an image by its digest", [deployment({ image: `app@sha256:${"0".repeat(64)}` })]],
  ])("lets pass %s", (_, documents) => {
    expect(practiceProblems(documents)).toEqual([]);
  });

  it.each([
    ["Deployment d stands twice", [deployment(), { kind: "Deployment", metadata: { name: "d" } }]],
    [`Deployment ${"n".repeat(64)}: its name has 64 characters`, [deployment({}, {}, "n".repeat(64))]],
    ["Deployment d-: its name is not one for DNS", [deployment({}, {}, "d-")]],
    [
      "Service s: label x: a b",
      [deployment(), { ...service(labels), metadata: { name: "s", labels: { x: "a b" } } }],
    ],
    ["Deployment d: c: image app:latest", [deployment({ image: "app:latest" })]],
    ["Deployment d: c: image registry:5000/app", [deployment({ image: "registry:5000/app" })]],
    ["Deployment d: c: variable A stands twice", [deployment({ env: [{ name: "A" }, { name: "A" }] })]],
    ["Deployment d: c: no volume v", [deployment({ volumeMounts: [{ name: "v", mountPath: "/v" }] })]],
    [
      "Deployment d: c: subPath of v",
      [deployment({ volumeMounts: [{ name: "v", mountPath: "/v", subPath: "f" }] }, { volumes })],
    ],
    [
      "Deployment d: c: two mounts at /v",
      [deployment({ volumeMounts: ["v", "v"].map((name) => ({ name, mountPath: "/v" })) }, { volumes })],
    ],
    ["Deployment d: volume v stands twice", [deployment({}, { volumes: [...volumes, ...volumes] })]],
    [
      "Deployment d: container c stands twice",
      [deployment({}, { initContainers: [{ name: "c", image: "a:1" }] })],
    ],
    [
      "Deployment d: port 80 stands twice",
      [deployment({ ports: [{ containerPort: 80 }, { containerPort: 80 }] })],
    ],
    [
      "Deployment d: c: port name a-port-name-of-16",
      [deployment({ ports: [{ name: "a-port-name-of-16" }] })],
    ],
    ["Service s: chooses no pod", [deployment(), service({ app: "b" })]],
  ])("finds: %s", (problem, documents) => {
    expect(practiceProblems(documents)).toEqual([problem]);
  });

  it("finds a Service that would send callers to the pod of a test", () => {
    expect(practiceProblems([deployment(), service(labels), tester])).toContain(
      "Service s: chooses Deployment d, Pod t",
    );
  });
});
