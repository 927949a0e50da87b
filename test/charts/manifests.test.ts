/** The validator of manifests itself: it takes what Kubernetes takes, and finds each kind of mistake. */
import { describe, expect, it } from "vitest";
import { type Manifest, validateManifests } from "./manifests.ts";

const labels = { app: "a" };

function deployment(spec: Manifest = {}, container: Manifest = {}): Manifest {
  const containers = [{ name: "app", image: "app:1", ...container }];
  const template = { metadata: { labels }, spec: { containers } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a" },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  };
}

const monitor = (endpoint: Manifest): Manifest => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PodMonitor",
  metadata: { name: "m" },
  spec: { selector: { matchLabels: labels }, podMetricsEndpoints: [{ port: "x", ...endpoint }] },
});

const route = (spec: Manifest): Manifest => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "r" },
  spec: { parentRefs: [{ name: "g" }], ...spec },
});

describe("validateManifests", () => {
  it("finds nothing where nothing is wrong, and takes null for nothing", async () => {
    const documents = [
      deployment({ replicas: 2, strategy: null }, { ports: [{ containerPort: 80 }], env: null }),
      monitor({ interval: "15s" }),
      route({ hostnames: ["a.example.com"] }),
    ];
    expect(await validateManifests(documents)).toEqual([]);
  });

  it("finds every mistake of several documents at once, and says in which", async () => {
    const found = await validateManifests([
      deployment({ replicsa: 2 }),
      deployment({}, { imagePulPolicy: "Always" }),
      deployment({ replicas: "two" }),
      deployment({ selector: null }),
      deployment({}, { ports: [{ containerPort: "80" }] }),
      monitor({ intervall: "15s" }),
      monitor({ interval: "soon" }),
      route({ hostname: ["a.example.com"] }),
      { apiVersion: "apps/v1", kind: "Deploymint", metadata: { name: "d" } },
      { apiVersion: "apps/v9", kind: "Deployment", metadata: { name: "d" } },
      { kind: "Deployment" },
      "text",
    ]);
    for (const expected of [
      /^Deployment a: .*'"replicsa"' does not exist/,
      /^Deployment a: .*'"imagePulPolicy"' does not exist/,
      /^Deployment a: .*replicas.*must be integer/s,
      /^Deployment a: .*selector/s,
      /^Deployment a: .*containerPort.*must be integer/s,
      /^PodMonitor m: .*'"intervall"' does not exist/,
      /^PodMonitor m: .*interval.*pattern/s,
      /^HTTPRoute r: .*'"hostname"' does not exist/,
      /^Deploymint d: there is no Deploymint/,
      /^Deployment d: there is no Deployment in kubernetes-models\/apps\/v9/,
      /^without apiVersion and kind/,
      /^not an object/,
    ])
      expect(found).toContainEqual(expect.stringMatching(expected));
  });

  it("has nothing to say about nothing", async () => {
    expect(await validateManifests([])).toEqual([]);
  });
});
