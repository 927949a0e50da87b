/**
 * The charts inside a larger one, as many people deploy: several applications that each take the sidecar in, and the
 * gateway twice, by its name and by an alias, each switched on and off by a condition. All share one release.
 */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { stringify } from "yaml";
import { at, copyOf, listAt, MAJORS, only, readDocuments, render, scratch, template } from "./helm.ts";
import type { Manifest } from "./manifests.ts";
import { containersOf, podSpecOf } from "./pod-security.ts";

const UMBRELLA = join(scratch, "umbrella");
/** To Helm a mere `*` does not mean versions such as 1.0.0-rc.1. */
const ANY_VERSION = ">=0.0.0-0";

beforeAll(() => {
  const shop = copyOf("crest-gateway-sidecar", "umbrella/charts/shop");
  renameChart(shop, "shop");
  const admin = join(UMBRELLA, "charts/admin");
  cpSync(shop, admin, { recursive: true });
  renameChart(admin, "admin");
  copyOf("crest-gateway", "umbrella/charts/crest-gateway");
  const version = ANY_VERSION;
  const dependencies = [
    { name: "shop", version },
    { name: "admin", version },
    { name: "crest-gateway", version, condition: "crest-gateway.enabled" },
    { name: "crest-gateway", version, alias: "second", condition: "second.enabled" },
  ];
  const chart = { apiVersion: "v2", name: "umbrella", version: "1.0.0", dependencies };
  writeFileSync(join(UMBRELLA, "Chart.yaml"), stringify(chart));
  const values = {
    global: { imageRegistry: "registry.example.com" },
    "crest-gateway": {
      enabled: true,
      upstream: "https://one.example.com",
      dashboard: { enabled: true },
      prometheusRule: { enabled: true },
    },
    second: { upstream: "https://two.example.com", logLevel: "warn" },
  };
  writeFileSync(join(UMBRELLA, "values.yaml"), stringify(values));
});

function renameChart(folder: string, name: string): void {
  const dependencies = [{ name: "crest-gateway-sidecar", version: ANY_VERSION }];
  writeFileSync(
    join(folder, "Chart.yaml"),
    stringify({ apiVersion: "v2", name, version: "1.0.0", dependencies }),
  );
}

const inside = (...set: readonly string[]) =>
  ({ chart: "crest-gateway", from: UMBRELLA, release: "rel", set }) as const;

/** Volumes and ConfigMaps of the policies: which of them a pod reads, and which there are. */
function policies(documents: readonly Manifest[]) {
  const read = documents
    .filter(({ kind }) => kind === "Deployment")
    .flatMap((each) => listAt(podSpecOf(each), "volumes").map((volume) => at(volume, "configMap", "name")));
  const made = documents
    .filter((each) => at(each, "data", "policy.yaml") !== undefined)
    .map((each) => at(each, "metadata", "name"));
  return { read: read.toSorted(), made: made.toSorted() };
}

describe.each(MAJORS)("in a larger chart, by %s", (helm) => {
  const documentsOf = (context: TestContext, ...set: readonly string[]) =>
    render(context, helm, inside(...set));

  it("each application and each gateway has a policy of its own", async (context) => {
    const names = ["rel-admin-crest-gateway", "rel-crest-gateway", "rel-second", "rel-shop-crest-gateway"];
    expect(policies(await documentsOf(context))).toEqual({ read: names, made: names });
  });

  it("values reach the one they are meant for", async (context) => {
    const documents = await documentsOf(context, "shop.crest-gateway-sidecar.logLevel=debug");
    const levels = documents
      .filter(({ kind }) => kind === "Deployment")
      .flatMap((each) => containersOf(podSpecOf(each)))
      .flatMap(({ args }) => listAt(args).filter((arg) => String(arg).startsWith("--log-level=")));
    expect(levels.toSorted()).toEqual([
      "--log-level=debug",
      "--log-level=info",
      "--log-level=info",
      "--log-level=warn",
    ]);
  });

  it("the gateway finds its files, and goes by its condition", async (context) => {
    const on = await documentsOf(context);
    expect(listAt(only(on, "PrometheusRule"), "spec", "groups")).not.toHaveLength(0);
    expect(only(on, "ConfigMap", "rel-crest-gateway-dashboard")).toBeDefined();
    const off = await documentsOf(context, "crest-gateway.enabled=false", "second.enabled=false");
    expect(off.map(({ kind }) => kind).toSorted()).toEqual([
      "ConfigMap",
      "ConfigMap",
      "Deployment",
      "Deployment",
      "Service",
      "Service",
    ]);
  });

  it("what nobody reads is still refused", async (context) => {
    for (const [value, message] of [
      ["second.upstreem=x", /second:\n- at '': additional properties 'upstreem' not allowed/],
      ["second.crest-gateway-sidecar.adminPort=1", /adminPort.*value must be 9090/],
      ["shop.crest-gateway-sidecar.nativ=true", /additional properties 'nativ' not allowed/],
    ] as const) {
      const { code, stderr } = await template(context, helm, inside(value));
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
    }
  });

  it("names that are cut stay different", async (context) => {
    const release = "a-release-whose-name-is-as-long-as-helm-will-take-one";
    const set = ["crest-gateway.enabled=false", "second.enabled=false"];
    const { stdout } = await template(context, helm, { ...inside(...set), release });
    const { read, made } = policies(readDocuments(stdout));
    expect(read).toEqual(made);
    expect(new Set(made).size).toBe(2);
    for (const name of made) expect(name).toMatch(/^a-release-[-a-z]+-[0-9a-f]{8}-crest-gateway$/);
  });
});
