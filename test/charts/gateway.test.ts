/** The chart of the gateway on its own: what exists when, what never changes, and what is passed on untouched. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { parse } from "yaml";
import { requireTool } from "../support/tools.ts";
import {
  at,
  CASES,
  chartFile,
  copyOf,
  HELM_FOLDER,
  installable,
  listAt,
  MAJORS,
  only,
  render,
  run,
  scratch,
} from "./helm.ts";
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
      writeFileSync(file, text.replaceAll(/(ersion: "?)[\d.]+/g, "$19.8.7"));
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

describe("alerts", () => {
  const groups = listAt(parse(chartFile(CHART, "files/alerts.yaml")), "groups");
  const rulesOf = (all: readonly Manifest[]) => all.flatMap((group) => listAt(group, "rules"));

  it("reach the cluster as they stand in the file", async (context) => {
    const documents = await gateway(context, "prometheusRule.enabled=true");
    expect(rulesOf(groups).length).toBeGreaterThan(0);
    expect(at(only(documents, "PrometheusRule"), "spec", "groups")).toEqual(groups);
  });

  it("can be left out, labelled for routing, and linked to a runbook elsewhere", async (context) => {
    const file = CASES.find(({ name }) => name === "prometheus-rule")?.file ?? "";
    const documents = await render(context, "helm", { chart: CHART, file });
    const rules = rulesOf(listAt(only(documents, "PrometheusRule"), "spec", "groups"));
    const expected = rulesOf(groups)
      .filter(({ alert }) => alert !== "CrestGatewayThrottled")
      .map((rule) => ({
        ...rule,
        labels: { ...Object(rule.labels), team: "identity" },
        annotations: {
          ...Object(rule.annotations),
          runbook_url: `https://wiki.example.com/crest-gateway/runbook#${String(rule.alert).toLowerCase()}`,
        },
      }));
    expect(rules).toEqual(expected);
    expect(rules).toHaveLength(rulesOf(groups).length - 1);
  });
});

describe("the dashboard", () => {
  it("reaches the cluster byte for byte", async (context) => {
    const documents = await gateway(context, "dashboard.enabled=true");
    const { metadata, data } = only(documents, "ConfigMap", "gw-crest-gateway-dashboard");
    expect(at(data, "crest-gateway.json")).toBe(chartFile(CHART, "files/dashboard.json"));
    expect(at(metadata, "labels", "grafana_dashboard")).toBe("1");
  });
});

describe("a packaged chart", () => {
  it.for(MAJORS)(
    "of %s has the library in it, and renders what the folder renders",
    async (helm, context) => {
      const program = requireTool(context, helm);
      const target = join(scratch, `packages-${helm}`);
      const packed = await run(program, ["package", join(HELM_FOLDER, CHART), "--destination", target]);
      expect(packed).toMatchObject({ code: 0 });
      const archive = /saved it to: (.+\.tgz)/.exec(packed.stdout)?.[1] ?? "";
      const file = CASES.find(({ name }) => name === "everything")?.file ?? "";
      const fromFolder = await render(context, helm, { chart: CHART, file });
      expect(await render(context, helm, { chart: CHART, file, from: archive })).toEqual(fromFolder);
    },
  );
});

describe("NOTES.txt", () => {
  const notes = async (context: TestContext, ...set: readonly string[]): Promise<string> => {
    const values = [UPSTREAM, ...set].flatMap((each) => ["--set", each]);
    const args = ["install", "gw", installable(CHART), "--dry-run=client", "--namespace=identity", ...values];
    const { stdout } = await run(requireTool(context, "helm"), args);
    return stdout.slice(stdout.indexOf("NOTES:"));
  };

  it("says how to test, what address to use, and where to look", async (context) => {
    const text = await notes(context);
    expect(text).toContain("helm test gw --namespace identity");
    expect(text).toMatch(/http:\/\/gw-crest-gateway\.identity$/m);
    expect(text).toContain("port-forward service/gw-crest-gateway 9090");
    expect(text).toContain("Nobody collects its metrics yet");
    expect(text).not.toContain("from outside the cluster");
  });

  it("warns where the world can come in, and knows other ports and ConfigMaps", async (context) => {
    const text = await notes(
      context,
      "service.type=LoadBalancer",
      "service.port=8000",
      "existingConfigMap=ours",
      "monitor.kind=PodMonitor",
    );
    expect(text).toMatch(/http:\/\/gw-crest-gateway\.identity:8000$/m);
    expect(text).toContain("port-forward service/gw-crest-gateway-admin 9090");
    expect(text).toContain("The policy is in your ConfigMap ours.");
    expect(text).toContain("from outside the cluster");
    expect(text).not.toContain("Nobody collects");
  });
});
