/** The chart of the gateway on its own: what exists when, what never changes, and what things are called. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { at, CASES, copyOf, listAt, only, render } from "./helm.ts";
import type { Manifest } from "./manifests.ts";
import { podSpecOf } from "./pod-security.ts";
import { practiceProblems } from "./practice.ts";

const CHART = "crest-gateway";
const UPSTREAM = "upstream=https://tenant.example.com";

const gateway = (context: TestContext, ...set: readonly string[]): Promise<Manifest[]> =>
  render(context, "helm", { chart: CHART, set: [UPSTREAM, ...set] });

const kinds = (documents: readonly Manifest[]) => documents.map(({ kind }) => kind).toSorted();
const ALWAYS = ["ConfigMap", "Deployment", "Pod", "Service", "ServiceAccount"];

describe("what exists", () => {
  it.for([
    ["by default, with two pods", [], ["PodDisruptionBudget"]],
    ["with one pod", ["replicaCount=1"], []],
    ["with none", ["replicaCount=0"], []],
    ["without a budget", ["podDisruptionBudget.enabled=false"], []],
    ["when it scales", ["autoscaling.enabled=true"], ["HorizontalPodAutoscaler", "PodDisruptionBudget"]],
    [
      "when it scales down to one",
      ["autoscaling.enabled=true", "autoscaling.minReplicas=1"],
      ["HorizontalPodAutoscaler"],
    ],
    ["with a ServiceMonitor", ["monitor.kind=ServiceMonitor", "replicaCount=1"], ["ServiceMonitor"]],
    ["with a PodMonitor", ["monitor.kind=PodMonitor", "replicaCount=1"], ["PodMonitor"]],
  ] as const)("%s", async ([, set, more], context) => {
    expect(kinds(await gateway(context, ...set))).toEqual([...ALWAYS, ...more].toSorted());
  });

  it("leaves the number of pods to the autoscaler when there is one", async (context) => {
    const replicas = async (...set: readonly string[]) =>
      at(only(await gateway(context, ...set), "Deployment"), "spec", "replicas");
    expect(await replicas()).toBe(2);
    expect(await replicas("autoscaling.enabled=true")).toBeUndefined();
  });
});

describe("the container", () => {
  it("listens to the pod's whole network, drains long enough, and names its ports", async (context) => {
    const spec = podSpecOf(only(await gateway(context), "Deployment"));
    const [container] = listAt(spec, "containers");
    expect(container?.args).toEqual([
      "serve",
      "--upstream=https://tenant.example.com",
      "--listen=:8080",
      "--admin=:9090",
      `--admin-host=${["", ".identity", ".identity.svc", ".identity.svc.cluster.local"].map((end) => `gw-crest-gateway${end}`)}`,
      "--policy=/etc/crest-gateway/policy.yaml",
      "--log-level=info",
      "--drain-delay=5s",
      "--drain-limit=30s",
    ]);
    expect(container?.ports).toEqual([
      { name: "http", containerPort: 8080, protocol: "TCP" },
      { name: "gateway-admin", containerPort: 9090, protocol: "TCP" },
    ]);
    expect(container?.restartPolicy).toBeUndefined();
    expect(at(spec, "terminationGracePeriodSeconds")).toBe(45);
  });
});

describe("the admin port", () => {
  it("is in the Service as long as that stays inside", async (context) => {
    const service = only(await gateway(context), "Service");
    expect(listAt(service, "spec", "ports").map(({ name, port }) => [name, port])).toEqual([
      ["http", 80],
      ["gateway-admin", 9090],
    ]);
  });

  it.for(["ClusterIP", "NodePort", "LoadBalancer"])(
    "is what a ServiceMonitor finds, in one Service, with %s",
    async (type, context) => {
      const documents = await gateway(context, `service.type=${type}`, "monitor.kind=ServiceMonitor");
      const { spec } = only(documents, "ServiceMonitor");
      const [endpoint] = listAt(spec, "endpoints");
      const found = documents.filter(
        (each) =>
          each.kind === "Service" &&
          Object.entries(Object(at(spec, "selector", "matchLabels"))).every(
            ([key, value]) => at(each, "metadata", "labels", key) === value,
          ) &&
          listAt(each, "spec", "ports").some(({ name }) => name === endpoint?.port),
      );
      expect(found).toHaveLength(1);
      expect(at(spec, "namespaceSelector")).toBeUndefined();
    },
  );

  it("may be the port for callers too, where each has a Service of its own", async (context) => {
    const documents = await gateway(context, "service.type=LoadBalancer", "service.port=9090");
    const [port] = listAt(only(documents, "Service", "gw-crest-gateway"), "spec", "ports");
    expect(port).toMatchObject({ name: "http", port: 9090 });
  });

  it.for(["NodePort", "LoadBalancer"])(
    "is in a Service of its own, and inside, with %s",
    async (type, context) => {
      const documents = await gateway(context, `service.type=${type}`);
      const ports = (name: string) => {
        const { spec } = only(documents, "Service", name);
        return [at(spec, "type"), ...listAt(spec, "ports").map((port) => port.name)];
      };
      expect(ports("gw-crest-gateway")).toEqual([type, "http"]);
      expect(ports("gw-crest-gateway-admin")).toEqual(["ClusterIP", "gateway-admin"]);
      const [tester] = listAt(only(documents, "Pod"), "spec", "containers");
      expect(tester?.args).toEqual(["healthcheck", "--admin=gw-crest-gateway-admin:9090"]);
    },
  );
});

describe("the pod of `helm test`", () => {
  it("has the gateway's account, its labels but not its name, and goes when it was well", async (context) => {
    const set = ["commonLabels.team=identity", "serviceAccount.create=false", "serviceAccount.name=gateways"];
    const { metadata, spec } = only(await gateway(context, ...set), "Pod");
    expect(at(spec, "serviceAccountName")).toBe("gateways");
    expect(at(metadata, "labels")).toMatchObject({
      "app.kubernetes.io/name": "crest-gateway-test",
      "app.kubernetes.io/instance": "gw",
      team: "identity",
    });
    expect(at(metadata, "annotations")).toEqual({
      "helm.sh/hook": "test",
      "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    });
  });
});

describe("names", () => {
  /** 53 characters, the most that Helm takes. */
  const release = "a-release-whose-name-is-as-long-as-helm-will-take-one";

  it.for(
    CASES.filter(({ name }) => ["everything", "load-balancer", "pod-monitor", "classic"].includes(name)),
  )("of $chart stay within 63 characters for the longest release: $name", async (each, context) => {
    const documents = await render(context, "helm", { ...each, release });
    expect(practiceProblems(documents)).toEqual([]);
  });

  it("of objects with an ending keep it, however long the rest", async (context) => {
    const documents = await gateway(context, `fullnameOverride=${"x".repeat(80)}`, "service.type=NodePort");
    const all = documents.map((document) => String(at(document, "metadata", "name")));
    expect(new Set(all.map((name) => name.length))).toEqual(new Set([63]));
    expect(all.map((name) => name.slice(-6))).toEqual(expect.arrayContaining(["x-test", "-admin"]));
  });

  it("do not repeat a release that is called like the chart", async (context) => {
    const documents = await render(context, "helm", { chart: CHART, set: [UPSTREAM], release: CHART });
    expect(at(only(documents, "Deployment"), "metadata", "name")).toBe(CHART);
  });
});

describe("selectors", () => {
  let later = "";
  beforeAll(() => {
    later = copyOf(CHART, "later");
    for (const file of ["Chart.yaml", "charts/crest-gateway-sidecar/Chart.yaml"].map((path) =>
      join(later, path),
    )) {
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.replaceAll(/(ersion: "?)\d[-\w.]*/g, "$19.8.7"));
    }
  });

  const selectorsOf = (documents: readonly Manifest[]) =>
    documents.map((document) => [
      document.kind,
      document.kind === "Service"
        ? at(document, "spec", "selector")
        : (at(document, "spec", "selector") ?? at(document, "spec", "podSelector")),
    ]);

  it("have the name and the instance only", async (context) => {
    const deployment = only(await gateway(context, "commonLabels.team=identity"), "Deployment");
    expect(at(deployment, "spec", "selector")).toEqual({
      matchLabels: { "app.kubernetes.io/name": CHART, "app.kubernetes.io/instance": "gw" },
    });
  });

  it("are the same in the next version, which changes other labels and the image", async (context) => {
    const set = [UPSTREAM, "networkPolicy.enabled=true", "monitor.kind=ServiceMonitor"];
    const [now, then] = [
      await render(context, "helm", { chart: CHART, set }),
      await render(context, "helm", { chart: CHART, set, from: later }),
    ];
    expect(selectorsOf(then)).toEqual(selectorsOf(now));
    expect(at(only(then, "Deployment"), "metadata", "labels", "app.kubernetes.io/version")).toBe("9.8.7");
    expect(listAt(podSpecOf(only(then, "Deployment")), "containers")[0]?.image).toBe("crest-gateway:9.8.7");
  });
});

describe("annotations of the pods", () => {
  it("are the user's and the policy's checksum, each once", async (context) => {
    const set = ["policyChecksum=true", "podAnnotations.a=b", "podAnnotations.checksum/policy=theirs"];
    const deployment = only(await gateway(context, ...set), "Deployment");
    expect(at(deployment, "spec", "template", "metadata", "annotations")).toEqual({
      a: "b",
      "checksum/policy": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe("pods that spread", () => {
  it("count their own kind, unless the values say whom to count", async (context) => {
    const file = CASES.find(({ name }) => name === "scheduling")?.file ?? "";
    const spec = podSpecOf(only(await render(context, "helm", { chart: CHART, file }), "Deployment"));
    const [own, given] = listAt(spec, "topologySpreadConstraints").map(({ labelSelector }) => labelSelector);
    expect(own).toEqual({
      matchLabels: { "app.kubernetes.io/name": CHART, "app.kubernetes.io/instance": "gw" },
    });
    expect(given).toEqual({ matchLabels: { tier: "gateways" } });
  });
});

describe("the tenant's port in the network policy", () => {
  it.for([
    ["https://tenant.example.com", 443],
    ["http://tenant.example.com", 80],
    ["https://tenant.example.com:8443", 8443],
    ["http://[::1]:8081", 8081],
    ["http://[::1]", 80],
  ] as const)("of %s is %d", async ([upstream, port], context) => {
    const documents = await gateway(context, `upstream=${upstream}`, "networkPolicy.enabled=true");
    const [, tenant] = listAt(only(documents, "NetworkPolicy"), "spec", "egress");
    expect(tenant).toEqual({ ports: [{ port, protocol: "TCP" }] });
  });
});
