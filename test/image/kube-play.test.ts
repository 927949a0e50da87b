/**
 * What Helm renders, run: `podman kube play` makes pods of the charts' Deployment and ConfigMap, with the image built
 * from the real Dockerfile, in front of a simulated tenant on this machine's loopback.
 *
 * Two things are changed in what Helm rendered. `hostNetwork: true` is added, since tenant and test are on the host's
 * loopback. Then `ports` has to go: Podman publishes whatever is called a containerPort, which it refuses on the host's
 * network; there those lines change nothing. The example has no program of its own: a few lines made up here are its
 * application, which finds the sidecar at a free port instead of 8080. What listens on all addresses of a pod listens on
 * all of the machine's meanwhile.
 *
 * What Podman 4.3 takes from the manifests, so that it is shown here: image, args, environment, memory (the request as a
 * reservation), runAsUser, runAsGroup, readOnlyRootFilesystem, capabilities, allowPrivilegeEscalation, privileged, the
 * restart policy, and the ConfigMap as a volume that can only be read. What it leaves out: startup and readiness probes,
 * runAsNonRoot, seccompProfile (its own default profile is in force anyway), terminationGracePeriodSeconds (so it is told
 * when it stops the pod), CPU requests, updates of the ConfigMap, and everything about where pods go. A liveness probe
 * becomes a command line for a shell and curl, which the image has not, and is switched off.
 *
 * Not shown: the sidecar's native form. Podman 4.3 refuses an init container that has probes, and would wait for its
 * end. The classic form has the same container.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, type TestContext } from "vitest";
import { stringify } from "yaml";
import { systemClock } from "../../src/clock.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { at, type ChartName, listAt, only, render, scratch } from "../charts/helm.ts";
import type { Manifest } from "../charts/manifests.ts";
import { freePorts } from "../support/free-ports.ts";
import { ask } from "../support/gateway.ts";
import { CONFINED, LOOK } from "./confinement.ts";
import { execIn, follow, IMAGE, type Listening, podman, requirePods } from "./containers.ts";

const READ = "/openidm/managed/alpha_user?_queryFilter=true";
const [REPOSITORY, TAG] = IMAGE.split(/:(?=[^:]*$)/);

const cleanUp: (() => unknown)[] = [];
afterAll(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function simulatedTenant(): Promise<Tenant> {
  const tenant = await startTenant({ clock: systemClock });
  cleanUp.push(() => tenant.close());
  return tenant;
}

type Rendering = {
  readonly chart: ChartName;
  readonly release: string;
  readonly values: Manifest;
  /** What the application's container is to be instead of what was rendered. */
  readonly application?: (rendered: Manifest) => Manifest;
};

/** What `podman kube play` is given, and the pod's name and grace period. */
async function playable(context: TestContext, { chart, release, values, application }: Rendering) {
  const file = join(scratch, `${release}.json`);
  writeFileSync(file, JSON.stringify(values));
  const documents = await render(context, "helm", { chart, release, file });
  const deployment = structuredClone(only(documents, "Deployment"));
  const configMap = only(documents, "ConfigMap");
  const spec = at(deployment, "spec", "template", "spec") as Record<string, unknown>;
  spec.hostNetwork = true;
  spec.containers = listAt(spec, "containers").map(({ ports: _, ...container }) =>
    container.name === "app" && application ? application(container) : container,
  );
  return {
    manifests: [configMap, deployment].map((document) => stringify(document)).join("---\n"),
    pod: `${at(deployment, "metadata", "name")}-pod-0`,
    volume: String(at(configMap, "metadata", "name")),
    graceSeconds: Number(spec.terminationGracePeriodSeconds),
  };
}

type Played = {
  /** Podman's name for a container of the pod. */
  containerOf(name: string): string;
  readonly gateway: Listening;
  /** Stops the pod as the kubelet would. */
  stop(): Promise<void>;
  /** `podman kube down`; says which pods and containers of these are there before and after. */
  down(): Promise<{ readonly before: readonly string[]; readonly after: readonly string[] }>;
};

let releases = 0;

/** A pod in which a gateway is ready. */
async function play(context: TestContext, rendering: Omit<Rendering, "release">): Promise<Played> {
  const release = `kp-${process.pid}-${++releases}`;
  const { manifests, pod, volume, graceSeconds } = await playable(context, { ...rendering, release });
  // Podman writes down a network for pods, used or not; not among those that other tests see.
  const folder = mkdtempSync(join(tmpdir(), "crest-gateway-kube-"));
  const file = join(folder, "manifests.yaml");
  writeFileSync(file, manifests);
  const kube = (verb: string) => podman(`--network-config-dir=${folder}/networks`, "kube", verb, file);
  const containerOf = (name: string): string => `${pod}-${name}`;
  cleanUp.push(async () => {
    await podman("pod", "rm", "--force", "--ignore", "--time=0", pod);
    for (const left of (await volumes()).filter((name) => name === volume))
      await podman("volume", "rm", left);
    rmSync(folder, { recursive: true });
  });
  await kube("play");
  const gateway = follow(containerOf("crest-gateway"));
  cleanUp.push(gateway.close);
  // It would be started again and again, so that the log has no end.
  const [said] = await gateway.printed(/"msg":"ready"|^crest-gateway: .+$/m);
  expect(said).toBe('"msg":"ready"');
  return {
    containerOf,
    gateway,
    stop: async () => {
      await podman("pod", "stop", `--time=${graceSeconds}`, pod);
    },
    down: async () => {
      const before = await present(pod);
      await kube("down");
      return { before, after: await present(pod) };
    },
  };
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
const volumes = async () => lines(await podman("volume", "ls", "--quiet"));
/** A pod, and the containers that are called after it. */
const present = async (pod: string) =>
  [
    ...lines(await podman("pod", "ps", "--format={{.Name}}")),
    ...lines(await podman("ps", "--all", "--format={{.Names}}")),
  ]
    .filter((name) => name.startsWith(pod))
    .toSorted();
/** How a container's program has ended, and how often it was started again. */
const stateOf = async (name: string) =>
  (await podman("inspect", "--format={{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}", name)).trim();

const POLICY = { routes: [{ name: "played", match: { path: "/openidm/**" } }] };
const image = { repository: REPOSITORY, tag: TAG };

async function standalone(context: TestContext) {
  await requirePods(context);
  const tenant = await simulatedTenant();
  const [listenPort = 0, adminPort = 0] = await freePorts(2);
  const values = {
    image,
    upstream: tenant.url,
    replicaCount: 1,
    listenPort,
    adminPort,
    drainDelaySeconds: 1,
    policy: POLICY,
  };
  const played = await play(context, { chart: "crest-gateway", values });
  return { ...played, tenant, url: `http://127.0.0.1:${listenPort}`, admin: `http://127.0.0.1:${adminPort}` };
}

let shared: ReturnType<typeof standalone> | undefined;
/** The one pod of the standalone chart, which the last of its tests stops. */
function gatewayPod(context: TestContext): ReturnType<typeof standalone> {
  shared ??= standalone(context);
  return shared;
}

// Where nothing is in the cache, the first test builds the image.
describe("the standalone chart, played", { timeout: 300_000 }, () => {
  it("is ready, and serves callers by the ConfigMap's policy", async (context) => {
    const { url, admin, tenant } = await gatewayPod(context);
    expect((await ask(admin, "GET", "/readyz")).status).toBe(200);
    expect((await ask(admin, "GET", "/policy")).json()).toMatchObject({
      profile: "aic",
      file: "/etc/crest-gateway/policy.yaml",
      routes: [{ name: "played" }],
    });
    tenant.will(503);
    const answer = await ask(url, "GET", READ);
    expect([answer.status, answer.headers["x-gateway-attempts"]]).toEqual([200, "2"]);
    expect((await ask(admin, "GET", "/metrics")).text).toMatch(
      /crest_gateway_requests_total\{route="played",[^}]*code="200"\} 1/,
    );
  });

  it("is as confined, and has the memory, as the chart says", async (context) => {
    const { containerOf } = await gatewayPod(context);
    const gateway = containerOf("crest-gateway");
    const { code, out } = await execIn(gateway, "/nodejs/bin/node", "-e", LOOK);
    expect({ code, ...JSON.parse(out) }).toEqual({ code: 0, ...CONFINED });
  });

  it("ends with 0 within its grace period, never having been restarted, and `kube down` takes it away", async (context) => {
    const { containerOf, gateway, stop, down } = await gatewayPod(context);
    const container = containerOf("crest-gateway");
    await stop();
    expect(await stateOf(container)).toBe("exited 0 0");
    await gateway.printed(/"msg":"stopped"/);
    expect(await down()).toEqual({ before: [expect.any(String), container], after: [] });
  });
});

/** Asks its tenant for what it is asked, and passes on the answer and how many attempts it took. */
const APPLICATION = `
  const http = require("node:http");
  const server = http.createServer(async (request, response) => {
    const answer = await fetch(process.env.TENANT_URL + request.url);
    response.writeHead(answer.status, { attempts: answer.headers.get("x-gateway-attempts") ?? "none" });
    response.end(await answer.text());
  });
  server.listen(Number(process.argv[1]), "127.0.0.1", () => console.log("the application listens"));
  process.on("SIGTERM", () => process.exit(0));`;

describe("the sidecar of the example's chart, played in its classic form", { timeout: 300_000 }, () => {
  it("stands between the application in the same pod and the tenant, and both end with 0", async (context) => {
    await requirePods(context);
    const tenant = await simulatedTenant();
    const [port = 0, listenPort = 0, adminPort = 0] = await freePorts(3);
    const { containerOf, stop, down } = await play(context, {
      chart: "crest-gateway-sidecar",
      values: {
        image: IMAGE,
        port,
        "crest-gateway-sidecar": {
          image,
          native: false,
          upstream: tenant.url,
          listenPort,
          adminPort,
          drainDelaySeconds: 1,
          policy: POLICY,
        },
      },
      application: (rendered) => ({
        ...rendered,
        command: ["/nodejs/bin/node", "-e", APPLICATION, String(port)],
        env: listAt(rendered, "env").map(({ name, value }) => ({
          name,
          value: String(value).replace(/^(http:\/\/127\.0\.0\.1):8080$/, `$1:${listenPort}`),
        })),
      }),
    });
    const [app, sidecar] = [containerOf("app"), containerOf("crest-gateway")];
    const application = follow(app);
    cleanUp.push(application.close);
    await application.printed(/the application listens/);

    tenant.will(503);
    const answer = await ask(`http://127.0.0.1:${port}`, "GET", READ);
    expect([answer.status, answer.headers.attempts]).toEqual([200, "2"]);
    expect(answer.json()).toHaveProperty("result");
    expect((await ask(`http://127.0.0.1:${adminPort}`, "GET", "/policy")).json()).toMatchObject({
      routes: [{ name: "played" }],
    });

    await stop();
    expect(await Promise.all([app, sidecar].map(stateOf))).toEqual(["exited 0 0", "exited 0 0"]);
    expect(await down()).toEqual({ before: [expect.any(String), app, sidecar], after: [] });
  });
});
