/** Everything that `inject` refuses: each time one line that names the place and the cure, and nothing is written. */
import { describe, expect, it } from "vitest";
import { documentsOf, injected, refused } from "./settings.ts";

/** A Deployment called `app`; `metadata` and `spec` (of its pod) in YAML's flow style. */
const deployment = (spec: string, metadata = "{name: app}") =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: ${metadata}\nspec: {template: {spec: ${spec}}}\n`;
const APP = "{name: app, image: a}";
const GOOD = deployment(`{containers: [${APP}]}`);
const port = (text: string) => deployment(`{containers: [{name: app, ports: [${text}]}]}`);
const job = GOOD.replace("apps/v1", "batch/v1").replace("Deployment", "Job");

describe("the text", () => {
  it.each([
    ["that is no YAML", "a: b: c\n", "line 1, column 4 (document 1): not YAML: Nested mappings"],
    [
      "in a later document",
      `${GOOD}---\nx: 1\ny: [\n`,
      "line 8, column 1 (document 2): not YAML: Flow sequence",
    ],
    [
      "after comments and an end mark",
      "# a\nx: 1\n...\n# b\n---\nx: '\n",
      "line 7, column 1 (document 2): not YAML",
    ],
    [
      "with a key twice",
      "a: 1\na: 2\n",
      "line 2, column 1 (document 1): this key stands twice in one map: keep one",
    ],
    [
      "that is still a template",
      "{{- if .Values.a }}\na: 1\n{{- end }}\n",
      "Render it first: helm template)",
    ],
    [
      "with a template for a value",
      "a: {{ .Values.a }}\n",
      "line 1, column 5 (document 1): a key has to be a plain text (a template",
    ],
    ["of two JSON objects", "{}\n{}\n", "line 2, column 1 (document 1): not YAML"],
    ["with an alias of nothing", `${GOOD}x: *y\n`, "line 1 (document 1): its aliases cannot be followed: "],
    [
      "with an alias inside itself",
      "&a {x: *a}",
      "its aliases cannot be followed: one stands inside what it names",
    ],
  ])("%s", (_, source, problem) => {
    expect(refused(source)).toEqual([expect.stringContaining(problem)]);
  });
});

it("a number that JSON would not keep, where YAML does", () => {
  const more = `{containers: [${APP}], activeDeadlineSeconds: 12345678901234567890}`;
  const yaml = deployment(more);
  expect(refused(JSON.stringify(documentsOf(yaml)[0]).replace(/12345\d+/, "12345678901234567890"))).toEqual([
    "the number 12345678901234567890 would come out changed in JSON: give the manifests as YAML",
  ]);
  const lines = yaml.replace(
    /spec: \{template.*/s,
    "spec:\n  x: 12345678901234567890\n  template:\n    spec:\n",
  );
  expect(injected(`${lines}      containers:\n      - ${APP}\n`).text).toContain("x: 12345678901234567890\n");
});

describe("the choice", () => {
  const KINDS =
    "expected Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Pod";
  it.each([
    ["nothing at all", "", `there is no workload to inject into: the input is empty; ${KINDS}`],
    [
      "no workload",
      "kind: Service\n---\nkind: Service\n---\nx: 1\n",
      `seen Service, something without a kind; ${KINDS}`,
    ],
    [
      "a workload of somebody else's",
      GOOD.replace("apps/v1", "example.com/v1"),
      "seen Deployment; expected Deployment",
    ],
    ["an empty list", "kind: List\nitems: []\n", "the input is empty"],
    [
      "nothing but what others made",
      GOOD.replace("{name: app}", "{name: app, ownerReferences: [{kind: Shop, name: s, controller: true}]}"),
      "Deployment/app belongs to Shop/s: inject into what that came from",
    ],
  ])("%s", (_, source, problem) => {
    expect(refused(source)).toEqual([expect.stringContaining(problem)]);
  });

  it.each(["other", "Job/app", "Deployment/ap", "deploymentx/app"])("--only %s", (wanted) => {
    expect(refused(GOOD, {}, ["app", wanted])).toEqual([
      `--only ${wanted} matches nothing; there is: Deployment/app`,
    ]);
  });
});

describe("a workload", () => {
  it.each([
    [
      "with generateName",
      deployment(`{containers: [${APP}]}`, "{generateName: app-}"),
      "Deployment without a name (its metadata has generateName): give it a metadata.name",
    ],
    [
      "without a name",
      deployment(`{containers: [${APP}]}`, "{}"),
      "Deployment without a name: give it a metadata.name",
    ],
    [
      "with too long a name",
      deployment(`{containers: [${APP}]}`, `{name: ${"a".repeat(240)}}`),
      "254 characters; Kubernetes takes 253: shorten the workload's name",
    ],
    [
      "without a pod",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
      "Pod/p: it has no pod: spec is not a map",
    ],
    ["whose template is a text", deployment("x"), "it has no pod: spec.template.spec is not a map"],
    ["without containers", deployment("{}"), "Deployment/app: its pod has no containers"],
    [
      "whose containers are a map",
      deployment(`{containers: {app: ${APP}}}`),
      "its pod's containers is not a list of maps",
    ],
    [
      "whose volumes are texts",
      deployment(`{containers: [${APP}], volumes: [x]}`),
      "its pod's volumes is not a list of maps",
    ],
    [
      "on the gateway's port",
      port("{containerPort: 8080}"),
      "port 8080 is taken by container app: choose another with --listen-port",
    ],
    [
      "on its admin port",
      port("{containerPort: 9090}"),
      "port 9090 is taken by container app: choose another with --admin-port",
    ],
    [
      "with a port of its name",
      port("{containerPort: 1, name: gateway-admin}"),
      "container app calls a port gateway-admin",
    ],
    [
      "with a container of the sidecar's name that is something else",
      deployment(`{containers: [${APP}, {name: crest-gateway, image: theirs}]}`),
      "Deployment/app: its pod has a container crest-gateway that is not the sidecar (it mounts no volume crest-gateway-policy): rename it",
    ],
    [
      "with such an init container",
      deployment(
        `{containers: [${APP}], initContainers: [{name: crest-gateway, volumeMounts: [{name: x}]}]}`,
      ),
      "has a container crest-gateway that is not the sidecar",
    ],
    [
      "with a volume of the policy's name that is something else",
      deployment(`{containers: [${APP}], volumes: [{name: crest-gateway-policy, emptyDir: {}}]}`),
      "its pod has a volume crest-gateway-policy that is no ConfigMap: rename it",
    ],
    [
      "with a volume of a name for files of TLS that is something else",
      deployment(`{containers: [${APP}], volumes: [{name: crest-gateway-callers, emptyDir: {}}]}`),
      "its pod has a volume crest-gateway-callers that is no Secret: rename it",
    ],
    [
      "whose ConfigMap would take the place of another",
      `${GOOD}---\nkind: ConfigMap\nmetadata: {name: app-crest-gateway}\ndata: {theirs: x}\n`,
      "Deployment/app: there is a ConfigMap app-crest-gateway without policy.yaml, which is somebody else's: rename it",
    ],
    [
      "that gets too little time",
      deployment(`{containers: [${APP}], terminationGracePeriodSeconds: 20}`),
      "its pod gets 20 s to end (terminationGracePeriodSeconds), which is not longer than the gateway's drain of 20 s: raise the one or lower --drain-limit",
    ],
    [
      "that says its time as a text",
      deployment(`{containers: [${APP}], terminationGracePeriodSeconds: "60"}`),
      "is not a number",
    ],
  ])("%s", (_, source, problem) => {
    expect(refused(source)).toEqual([expect.stringContaining(problem)]);
  });

  it("that would never end", () => {
    const problem =
      "Job/app: its pods would never end beside a classic sidecar: leave --classic out, or this workload with --only";
    expect(refused(job, { native: false })).toEqual([problem]);
    expect(injected(job).done).toHaveLength(1);
  });

  it("whose usual 30 s are not enough, with the delay of the classic form", () => {
    expect(refused(GOOD, { drainLimitMs: 30_000 })).toHaveLength(1);
    expect(injected(GOOD, { drainLimitMs: 29_999 }).done).toHaveLength(1);
    expect(refused(GOOD, { drainLimitMs: 25_000, native: false })).toEqual([
      expect.stringContaining(
        "gets 30 s to end (terminationGracePeriodSeconds), which is not longer than the gateway's drain of 5 s of delay and 25 s",
      ),
    ]);
    expect(injected(GOOD, { drainLimitMs: 25_000 }).done).toHaveLength(1);
  });

  it("does not clash with the sidecar that it has already", () => {
    const once = injected(GOOD).text;
    expect(injected(once, { listenPort: 9090, adminPort: 8080 }).done).toHaveLength(1);
  });

  it("is named with all others that are refused", () => {
    const source = `${port("{containerPort: 8080}, {containerPort: 9090}")}---\n${job.replace(`[${APP}]`, "[]")}`;
    expect(refused(source).map((each) => each.slice(0, 20))).toEqual([
      "Deployment/app: port",
      "Deployment/app: port",
      "Job/app: its pod has",
    ]);
  });
});

it("a policy larger than a ConfigMap", () => {
  expect(refused(GOOD, { policy: "#".repeat(1024 ** 2) })).toEqual([
    "the policy has 1048587 bytes, and a ConfigMap holds 1048576: make it smaller",
  ]);
});

it("a pod on the node's own network is no refusal, but a warning", () => {
  expect(injected(deployment(`{hostNetwork: true, containers: [${APP}]}`)).warnings).toEqual([
    "Deployment/app: its pod is on the node's own network: every process of the node can use the gateway on " +
      "127.0.0.1:8080, and ports 8080 and 9090 have to be free on each node",
  ]);
});
