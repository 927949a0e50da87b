/**
 * What `inject` makes is what the library chart makes. The example's application is rendered by the real Helm, its sidecar
 * is taken out again, `inject` puts one in with the same settings, and the two are compared to the last key.
 *
 * Only in the ConfigMap's labels may they differ, and only in who says to manage it: `app.kubernetes.io/managed-by` is
 * another word, and `helm.sh/chart` is there from Helm alone.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { parse, stringify } from "yaml";
import { VERSION } from "../../src/cli/version.ts";
import type { SidecarSettings } from "../../src/inject/sidecar.ts";
import type { Manifest } from "../../src/inject/workloads.ts";
import { at, EXAMPLE_FOLDER, render } from "../charts/helm.ts";
import { documentsOf, injected } from "./settings.ts";

const POLICY = at(
  parse(readFileSync(join(EXAMPLE_FOLDER, "values.yaml"), "utf8")),
  "crest-gateway-sidecar",
  "policy",
);

/** The chart's version is the program's. */
const USUAL = { policy: String(POLICY), version: VERSION, image: `crest-gateway:${VERSION}` };

const CASES: readonly (readonly [
  name: string,
  set: readonly string[],
  settings: Partial<SidecarSettings>,
])[] = [
  ["native", [], {}],
  ["classic", ["native=false"], { native: false }],
  ["on other ports", ["listenPort=1080", "adminPort=1090"], { listenPort: 1080, adminPort: 1090 }],
  ["with another amount of memory", memory("1Gi"), { memory: "1Gi", memoryMebibytes: 1024 }],
  ["with one in decimal units", memory("500M"), { memory: "500M", memoryMebibytes: 500e6 / 1024 ** 2 }],
  ["with another drain", ["drainLimitSeconds=9"], { drainLimitMs: 9000 }],
  [
    "classic, with another drain",
    ["native=false", "drainLimitSeconds=24"],
    { native: false, drainLimitMs: 24_000 },
  ],
  ["with another tenant", ["upstream=http://10.0.0.1:8443"], { upstream: "http://10.0.0.1:8443" }],
  ["with another level of the log", ["logLevel=debug"], { logLevel: "debug" }],
  [
    "with another image",
    ["image.repository=r.example.com/g", "image.tag=v2"],
    { image: "r.example.com/g:v2" },
  ],
  [
    "with files of TLS for both sides",
    [
      "upstreamTls.caSecret=private-ca",
      "upstreamTls.clientSecret=gateway-client",
      "callerTls.secret=gateway-tls",
      "callerTls.clientCaSecret=gateway-tls",
    ],
    {
      secrets: {
        "upstream-ca-secret": "private-ca",
        "upstream-client-secret": "gateway-client",
        "tls-secret": "gateway-tls",
        "tls-client-ca-secret": "gateway-tls",
      },
    },
  ],
  [
    "with a proxy",
    ["upstreamProxy.url=http://proxy.example.com:3128"],
    { upstreamProxy: { url: "http://proxy.example.com:3128" } },
  ],
  [
    "with a proxy from a Secret, and variables",
    ["upstreamProxy.secret=egress", "extraEnv[0].name=A", "extraEnv[0].value=b"],
    { upstreamProxy: { secret: "egress" }, env: { A: "b" } },
  ],
  ["with variables", ["extraEnv[0].name=A", "extraEnv[0].value=b"], { env: { A: "b" } }],
];

function memory(amount: string): string[] {
  return [`resources.limits.memory=${amount}`, `resources.requests.memory=${amount}`];
}

/** A List, as it would come back from the cluster: there each object says its namespace. */
async function rendered(context: TestContext, set: readonly string[]): Promise<readonly Manifest[]> {
  const documents = await render(context, "helm", {
    chart: "crest-gateway-sidecar",
    release: "shop",
    set: set.map((value) => `crest-gateway-sidecar.${value}`),
  });
  return documents.map((each) => {
    const metadata = { ...(at(each, "metadata") as object), namespace: "identity" };
    return withoutNulls({ ...each, metadata });
  });
}

/** Nothing and an explicit nothing are one to Kubernetes. */
function withoutNulls(manifest: Manifest): Manifest {
  return JSON.parse(JSON.stringify(manifest, (_, value) => value ?? undefined));
}

function withoutSidecar(documents: readonly Manifest[]): readonly Manifest[] {
  const text = JSON.stringify(
    documents.filter(({ kind }) => kind !== "ConfigMap"),
    (key, value) => {
      if (!["initContainers", "containers", "volumes"].includes(key)) return value;
      const others = value.filter(({ name }: { name: string }) => !name.startsWith("crest-gateway"));
      return others.length === 0 ? undefined : others;
    },
  );
  return JSON.parse(text);
}

/** One of each kind. */
function byKind(documents: readonly Manifest[]): Readonly<Record<string, Manifest>> {
  return Object.fromEntries(documents.map((each) => [String(each.kind), each]));
}

describe.each(CASES)("the sidecar %s", (_, set, settings) => {
  it("is the chart's", async (context) => {
    const documents = await rendered(context, set);
    const chart = byKind(documents);
    const application = withoutSidecar(documents);
    expect(JSON.stringify(application)).not.toContain("crest-gateway");

    const source = application.map((each) => `---\n${stringify(each)}`).join("");
    const own = byKind(documentsOf(injected(source, { ...USUAL, ...settings }).text));

    expect(Object.keys(own).sort()).toEqual(["ConfigMap", "Deployment", "Service"]);
    expect(own.Deployment).toEqual(chart.Deployment);
    expect(own.Service).toEqual(chart.Service);
    expect(labels(own.ConfigMap)).toEqual({
      ...labels(chart.ConfigMap),
      "app.kubernetes.io/managed-by": "crest-gateway-inject",
      "helm.sh/chart": undefined,
    });
    expect(withLabels(own.ConfigMap, {})).toEqual(withLabels(chart.ConfigMap, {}));
  });
});

function labels(manifest: unknown): object {
  return { ...(at(manifest, "metadata", "labels") as object) };
}

function withLabels(manifest: unknown, labels: object): unknown {
  return { ...(manifest as object), metadata: { ...(at(manifest, "metadata") as object), labels } };
}
