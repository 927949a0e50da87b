/** The sidecar as an application's chart gets it: the container to the last key, where it stands, and what comes along. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { parse } from "yaml";
import { requireTool } from "../support/tools.ts";
import {
  at,
  copyOf,
  EXAMPLE_FOLDER,
  HELM_FOLDER,
  installable,
  listAt,
  MAJORS,
  only,
  readDocuments,
  render,
  run,
  scratch,
} from "./helm.ts";
import type { Manifest } from "./manifests.ts";

const VERSION: string = JSON.parse(readFileSync(join(HELM_FOLDER, "../package.json"), "utf8")).version;

type Rendered = { readonly spec: unknown; readonly documents: readonly Manifest[] };

async function application(context: TestContext, ...values: readonly string[]): Promise<Rendered> {
  const set = ["upstream=https://tenant.example.com", ...values].map(
    (each) => `crest-gateway-sidecar.${each}`,
  );
  const documents = await render(context, "helm", { chart: "crest-gateway-sidecar", set, release: "shop" });
  return { spec: at(only(documents, "Deployment"), "spec", "template", "spec"), documents };
}

async function sidecar(context: TestContext, ...values: readonly string[]): Promise<Manifest> {
  const { spec } = await application(context, ...values);
  const all = [...listAt(spec, "initContainers"), ...listAt(spec, "containers")];
  const found = all.find(({ name }) => name === "crest-gateway");
  if (found === undefined) throw new Error("there is no sidecar");
  return found;
}

const names = (spec: unknown, list: string) => listAt(spec, list).map(({ name }) => name);
const variable = (container: Manifest, name: string) =>
  listAt(container, "env").find((each) => each.name === name)?.value;

describe("the native sidecar", () => {
  it("is this container, among the init containers", async (context) => {
    const { spec } = await application(context);
    expect(names(spec, "containers")).toEqual(["app"]);
    expect(at(spec, "initContainers")).toEqual([
      {
        name: "crest-gateway",
        image: `crest-gateway:${VERSION}`,
        imagePullPolicy: "IfNotPresent",
        restartPolicy: "Always",
        args: [
          "serve",
          "--upstream=https://tenant.example.com",
          "--listen=127.0.0.1:8080",
          "--admin=:9090",
          "--policy=/etc/crest-gateway/policy.yaml",
          "--log-level=info",
          "--drain-delay=0s",
          "--drain-limit=20s",
        ],
        env: [{ name: "NODE_OPTIONS", value: "--max-old-space-size=153 --max-semi-space-size=4" }],
        ports: [{ name: "gateway-admin", containerPort: 9090, protocol: "TCP" }],
        startupProbe: {
          httpGet: { path: "/readyz", port: "gateway-admin" },
          periodSeconds: 1,
          failureThreshold: 30,
        },
        readinessProbe: {
          httpGet: { path: "/readyz", port: "gateway-admin" },
          periodSeconds: 5,
          failureThreshold: 2,
        },
        livenessProbe: {
          httpGet: { path: "/livez", port: "gateway-admin" },
          periodSeconds: 10,
          failureThreshold: 6,
          timeoutSeconds: 5,
        },
        resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "256Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          privileged: false,
          readOnlyRootFilesystem: true,
          runAsGroup: 65532,
          runAsNonRoot: true,
          runAsUser: 65532,
          seccompProfile: { type: "RuntimeDefault" },
        },
        volumeMounts: [{ name: "crest-gateway-policy", mountPath: "/etc/crest-gateway", readOnly: true }],
      },
    ]);
    expect(at(spec, "volumes")).toEqual([
      { name: "crest-gateway-policy", configMap: { name: "shop-crest-gateway" } },
    ]);
  });

  it("brings its policy in a ConfigMap with one key", async (context) => {
    const { documents } = await application(context);
    const configMap = only(documents, "ConfigMap", "shop-crest-gateway");
    const values = parse(readFileSync(join(EXAMPLE_FOLDER, "values.yaml"), "utf8"));
    expect(configMap.data).toEqual({ "policy.yaml": values["crest-gateway-sidecar"].policy });
  });
});

describe("a policy as text", () => {
  it.for([
    ["with a comment that is set in", "  # set in\nversion: 1\n"],
    ["with Windows' line ends and trailing spaces", "version: 1  \r\nextends: aic\t\r\n"],
    ["without a line end", "version: 1"],
    ["with what looks like a template", "version: 1 # {{ .Values.x }} $X {{y}}\n"],
  ] as const)("%s arrives as it is, with a line end", async ([, policy], context) => {
    const file = join(scratch, "policy-values.yaml");
    writeFileSync(file, JSON.stringify({ "crest-gateway-sidecar": { policy } }));
    for (const helm of MAJORS) {
      const from = installable("crest-gateway-sidecar");
      const { stdout } = await run(requireTool(context, helm), ["template", "shop", from, "--values", file]);
      const configMap = only(readDocuments(stdout), "ConfigMap");
      expect(at(configMap, "data", "policy.yaml")).toBe(`${policy.replace(/\n$/, "")}\n`);
    }
  });
});

describe("the classic sidecar", () => {
  it("is the same container beside the application's, and goes on serving while the pod stops", async (context) => {
    const [native, classic] = [await sidecar(context), await sidecar(context, "native=false")];
    const { spec } = await application(context, "native=false");
    expect(names(spec, "initContainers")).toEqual([]);
    expect(names(spec, "containers")).toEqual(["app", "crest-gateway"]);
    const { restartPolicy: _, ...expected } = native;
    const args = listAt(expected, "args").map((arg) =>
      String(arg).replace("--drain-delay=0s", "--drain-delay=5s"),
    );
    expect(classic).toEqual({ ...expected, args });
  });
});

describe("a sidecar that is switched off", () => {
  it("leaves nothing behind", async (context) => {
    const { spec, documents } = await application(context, "enabled=false", "podMonitor.enabled=true");
    expect(documents.map(({ kind }) => kind).toSorted()).toEqual(["Deployment", "Service"]);
    expect(names(spec, "containers")).toEqual(["app"]);
    expect(names(spec, "initContainers")).toEqual([]);
    expect(names(spec, "volumes")).toEqual([]);
  });
});

describe("the heap", () => {
  it.for([
    ["64Mi", 38, 1],
    ["128Mi", 76, 2],
    ["256Mi", 153, 4],
    ["262144Ki", 153, 4],
    ["1Gi", 614, 16],
    ["1.5Gi", 921, 16],
    ["2Gi", 1228, 16],
    ["256M", 146, 3],
    ["1G", 572, 14],
    ["500000k", 286, 7],
    ["268435456", 153, 4],
  ] as const)(
    "of a container with %s is %d MiB, half of its young part %d",
    async ([limit, old, young], context) => {
      const set = `resources.limits.memory=${limit},crest-gateway-sidecar.resources.requests.memory=64Mi`;
      const container = await sidecar(context, set);
      expect(variable(container, "NODE_OPTIONS")).toBe(
        `--max-old-space-size=${old} --max-semi-space-size=${young}`,
      );
    },
  );

  it("is Node's own affair without a limit", async (context) => {
    const container = await sidecar(context, "resources.limits=null");
    expect(container.env).toBeUndefined();
    expect(container.resources).toEqual({ requests: { cpu: "50m", memory: "256Mi" } });
  });
});

describe("variables of the user's", () => {
  it("come after the heap's limit, and join it where they are Node's options", async (context) => {
    const container = await sidecar(
      context,
      "extraEnv[0].name=REALM",
      "extraEnv[0].value=alpha",
      "extraEnv[1].name=NODE_OPTIONS",
      "extraEnv[1].value=--max-old-space-size=200 --enable-source-maps",
    );
    expect(container.env).toEqual([
      {
        name: "NODE_OPTIONS",
        value:
          "--max-old-space-size=153 --max-semi-space-size=4 --max-old-space-size=200 --enable-source-maps",
      },
      { name: "REALM", value: "alpha" },
    ]);
  });
});

describe("the policy's checksum", () => {
  const TEMPLATE = '{{ include "crest-gateway-sidecar.policyChecksum" . | quote }}';

  it("changes with the policy and with nothing else, for those who want pods to restart", async (context) => {
    const chart = copyOf("crest-gateway-sidecar", "with-checksum");
    const deployment = join(chart, "templates/deployment.yaml");
    const labels = "      labels:\n        app.kubernetes.io/name: app\n";
    const annotated = `      annotations:\n        checksum/policy: ${TEMPLATE}\n${labels}`;
    writeFileSync(deployment, readFileSync(deployment, "utf8").replace(labels, annotated));
    const checksum = async (...set: readonly string[]): Promise<unknown> => {
      const values = set.map((each) => `crest-gateway-sidecar.${each}`);
      const documents = await render(context, "helm", {
        chart: "crest-gateway-sidecar",
        from: chart,
        set: values,
      });
      return at(
        only(documents, "Deployment"),
        "spec",
        "template",
        "metadata",
        "annotations",
        "checksum/policy",
      );
    };
    const before = await checksum();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await checksum("logLevel=debug")).toBe(before);
    expect(await checksum("policy=version: 1")).not.toBe(before);
  });
});

describe("an application's chart", () => {
  it.for(MAJORS)("gets the library by `%s dependency update`, as the README says", async (helm, context) => {
    const program = requireTool(context, helm);
    const checkout = join(scratch, `checkout-${helm}`);
    cpSync(join(HELM_FOLDER, "crest-gateway-sidecar"), join(checkout, "helm/crest-gateway-sidecar"), {
      recursive: true,
    });
    const example = join(checkout, "examples/sidecar-helm");
    const isMade = (path: string): boolean => /\/(charts|Chart\.lock)$/.test(path);
    cpSync(EXAMPLE_FOLDER, example, { recursive: true, filter: (path) => !isMade(path) });
    expect(await run(program, ["dependency", "update", example])).toMatchObject({ code: 0 });
    const { stdout, stderr } = await run(program, ["template", "shop", example]);
    expect(stderr).toBe("");
    expect(only(readDocuments(stdout), "ConfigMap", "shop-crest-gateway")).toBeDefined();
  });

  it("is told when the library goes by an alias there, under which nobody would find its values", async (context) => {
    const chart = copyOf("crest-gateway-sidecar", "aliased");
    const file = join(chart, "Chart.yaml");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(/(- name: crest-gateway-sidecar\n)/, "$1    alias: gateway\n"),
    );
    writeFileSync(join(chart, "values.yaml"), "image: app:1\nport: 3000\n");
    const { stderr } = await run(requireTool(context, "helm"), ["template", "shop", chart]);
    expect(stderr).toMatch(
      /crest-gateway-sidecar is not among this chart's dependencies, or goes by an alias/,
    );
  });
});
