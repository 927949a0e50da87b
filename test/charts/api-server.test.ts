/**
 * A real API server takes what the charts and `inject` make: every golden file, by server-side apply, with nothing unknown
 * in it and nothing that it warns of, into a namespace that enforces Pod Security "restricted". The files are applied one
 * over the other, as upgrades from each set of values to the next. What belongs to operators (monitors, rules, routes of
 * the Gateway API) is not known to it and is left to the other tests.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, type TestContext } from "vitest";
import { documentsOf, injected } from "../inject/settings.ts";
import { requireTool } from "../support/tools.ts";
import { type ApiServer, isKnown, startApiServer } from "./api-server.ts";
import { at, CASES } from "./helm.ts";
import type { Manifest } from "./manifests.ts";
import { podSpecOf } from "./pod-security.ts";

const GOLDEN = fileURLToPath(new URL("./golden/", import.meta.url));
const NAMESPACE = "identity";

let started: Promise<ApiServer> | undefined;
afterAll(async () => (await started)?.stop());
function cluster(context: TestContext): Promise<ApiServer> {
  const programs = { etcd: requireTool(context, "etcd"), apiServer: requireTool(context, "kube-apiserver") };
  started ??= startApiServer(programs, NAMESPACE);
  return started;
}

/** As a controller would make it of a workload. */
function podOf(workload: Manifest, spec: unknown): Manifest {
  const name = `${at(workload, "metadata", "name")}-pod`;
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: NAMESPACE }, spec };
}

/** Everything it says against them; pods too, since Pod Security only warns of what makes pods. */
async function objections(server: ApiServer, manifests: readonly Manifest[]): Promise<string[]> {
  const said: string[] = [];
  for (const manifest of manifests) {
    const spec = manifest.kind === "Pod" ? undefined : podSpecOf(manifest);
    for (const each of spec ? [manifest, podOf(manifest, spec)] : [manifest]) {
      // What runs cannot become another pod; each is asked about by itself.
      const asked = each.kind === "Pod" ? named(each, `pod-${count++}`) : each;
      const { status, message, warnings } = await server.apply(asked);
      const what = `${each.kind} ${at(each, "metadata", "name")}`;
      if (status >= 300) said.push(`${what}: ${message}`);
      said.push(...warnings.map((warning) => `${what}: ${warning}`));
    }
  }
  return said;
}

let count = 0;
const named = (pod: Manifest, name: string): Manifest => ({
  ...pod,
  metadata: { ...Object(pod.metadata), name },
});

const POD_SPEC = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "app",
      image: "app:1",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};
const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "plain", namespace: NAMESPACE },
  spec: {
    selector: { matchLabels: { app: "plain" } },
    template: { metadata: { labels: { app: "plain" } }, spec: POD_SPEC },
  },
};

describe("the API server", { timeout: 120_000 }, () => {
  it.for(CASES.map((each) => ({ ...each, title: `${each.chart} ${each.name}` })))(
    "takes $title",
    async ({ chart, name }, context) => {
      const server = await cluster(context);
      const kept = documentsOf(readFileSync(join(GOLDEN, `${chart}-${name}.yaml`), "utf8")).filter(isKnown);
      expect(kept.length).toBeGreaterThan(1);
      expect(await objections(server, kept)).toEqual([]);
    },
  );

  it.for([true, false])("takes what inject makes, native: %s", async (native, context) => {
    const server = await cluster(context);
    const { text } = injected(JSON.stringify(DEPLOYMENT), { native });
    expect(await objections(server, documentsOf(text).flatMap(itemsOf))).toEqual([]);
  });

  it.for<[what: string, manifest: Manifest, why: RegExp]>([
    [
      "a misspelt key",
      { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replica: 2 } },
      /field not declared|unknown field/,
    ],
    ["a wrong type", { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replicas: "two" } }, /replicas/],
    [
      "a variable that stands twice",
      withContainer({ env: ["1", "2"].map((value) => ({ name: "X", value })) }),
      /duplicate entries for key/,
    ],
    [
      "a pod that says nothing of its security",
      podOf(DEPLOYMENT, { containers: [{ name: "app", image: "app:1" }] }),
      /violates PodSecurity \\?"restricted/,
    ],
  ])("would have refused %s", async ([, manifest, why], context) => {
    const server = await cluster(context);
    expect((await objections(server, [manifest])).join()).toMatch(why);
  });
});

function withContainer(more: object): Manifest {
  const template = {
    ...DEPLOYMENT.spec.template,
    spec: { ...POD_SPEC, containers: [{ ...POD_SPEC.containers[0], ...more }] },
  };
  return { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, template } };
}

const itemsOf = (manifest: Manifest): readonly Manifest[] => {
  const items = at(manifest, "items");
  return Array.isArray(items) ? items : [manifest];
};
