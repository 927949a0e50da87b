/**
 * The image, built from the real Dockerfile by Buildah and run by Podman and runc as a hardened pod would run it: no
 * capabilities, no privileges to gain, a root file system that cannot be written, the memory that the charts give it.
 *
 * Its two base images are stand-ins (`.ci/base-images`), since a test must not depend on a registry of images. So this
 * does not show that the real ones can be pulled, nor how large they are, nor what else is in them.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, type TestContext } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { heldBytesThatFit } from "../../src/guard/held-memory.ts";
import { mountConfigMap } from "../support/config-map.ts";
import { ask } from "../support/gateway.ts";
import { CONFINED, LOOK } from "./confinement.ts";
import {
  type Container,
  IMAGE,
  MEMORY_MIB,
  podman,
  RUN_BASE,
  requireImage,
  runToEnd,
  start,
  withMemory,
} from "./containers.ts";

const MIB = 1024 * 1024;
const PROGRAM = ["/nodejs/bin/node", "/app/dist/bin/crest-gateway.mjs"];
const READ = "/openidm/managed/alpha_user?_queryFilter=true";
const MANIFEST = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8"),
);

const policyText = (route: string): string =>
  `version: 1\nextends: aic\nroutes: [{ name: ${route}, match: { path: '/openidm/**' } }]\n`;

const cleanUp: (() => unknown)[] = [];
afterAll(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

/** A policy with one route, and how a container mounts it. */
function mountedPolicy(route: string): { readonly mount: string; update(route: string): void } {
  const { folder, update } = mountConfigMap("policy.yaml", policyText(route));
  cleanUp.push(() => rmSync(folder, { recursive: true }));
  return {
    mount: `--volume=${folder}:/etc/crest-gateway:ro`,
    update: (to) => update(policyText(to)),
  };
}

/** A kernel that has no such family of addresses: socket(AF_INET6, …) fails with EAFNOSUPPORT. */
const WITHOUT_IPV6 = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [
    {
      names: ["socket"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 97,
      args: [{ index: 0, value: 10, op: "SCMP_CMP_EQ" }],
    },
  ],
};

type Serving = {
  readonly container: Container;
  readonly tenant: Tenant;
  readonly url: string;
  readonly admin: string;
  readonly policy: ReturnType<typeof mountedPolicy>;
};

/** A container that serves in front of a simulated tenant of its own. */
async function serving(...options: readonly string[]): Promise<Serving> {
  const tenant = await startTenant({ clock: systemClock });
  cleanUp.push(() => tenant.close());
  const policy = mountedPolicy("first");
  const container = start(
    [policy.mount, ...options],
    [
      "serve",
      `--upstream=${tenant.url}`,
      "--listen=127.0.0.1:0",
      "--admin=127.0.0.1:0",
      "--policy=/etc/crest-gateway/policy.yaml",
    ],
  );
  cleanUp.push(() => container.remove());
  const ready = await container.printed(
    /callers at (http:\/\/\S+) and for operators at (http:\/\/[^/\s]+)[\s\S]*"msg":"ready"/,
  );
  return { container, tenant, policy, url: ready[1] ?? "", admin: ready[2] ?? "" };
}

let mountedAt: Promise<string> | undefined;
/** The folder where the image's files can be looked at. */
async function files(context: TestContext): Promise<string> {
  await requireImage(context);
  if (!mountedAt) cleanUp.push(() => podman("image", "unmount", "--force", IMAGE));
  mountedAt ??= podman("image", "mount", IMAGE);
  return (await mountedAt).trim();
}

let shared: Promise<Serving> | undefined;
/** The one container that most tests look at. */
async function running(context: TestContext): Promise<Serving> {
  await requireImage(context);
  shared ??= serving();
  return shared;
}

// The first test builds; without anything in the cache, that is a minute on a slow machine.
describe("the image", { timeout: 300_000 }, () => {
  it("adds at most 5 MiB to its base, and is at most 150 MB", async (context) => {
    await requireImage(context);
    const sizeOf = async (image: string) =>
      Number(await podman("image", "inspect", "--format={{.Size}}", image));
    const [whole, base] = [await sizeOf(IMAGE), await sizeOf(RUN_BASE)];
    expect(whole - base).toBeGreaterThan(0);
    expect(whole - base).toBeLessThanOrEqual(5 * MIB);
    expect(whole).toBeLessThanOrEqual(150_000_000);
  });

  it("says what it is, who it runs as and how it is asked", async (context) => {
    await requireImage(context);
    const [image] = JSON.parse(await podman("image", "inspect", IMAGE));
    expect(image.Config).toMatchObject({
      User: "65532:65532",
      Entrypoint: PROGRAM,
      ExposedPorts: { "8080/tcp": {}, "9090/tcp": {} },
      Env: expect.arrayContaining(["LISTEN=:8080", "ADMIN=:9090"]),
      Labels: expect.objectContaining({
        "org.opencontainers.image.title": MANIFEST.name,
        "org.opencontainers.image.description": MANIFEST.description,
        "org.opencontainers.image.version": MANIFEST.version,
        "org.opencontainers.image.revision": "0123abc",
        "org.opencontainers.image.base.name": RUN_BASE,
      }),
    });
    expect(image.Config.Cmd ?? []).toEqual([]);
    expect(image.Healthcheck.Test).toEqual(["CMD", ...PROGRAM, "healthcheck"]);
  });

  it("holds one program, Node, and of ours what it needs and nothing else", async (context) => {
    const folder = await files(context);
    const find = (...args: string[]) =>
      execFileSync("find", [folder, "-xdev", ...args, "-printf", "/%P\n"], { encoding: "utf8" })
        .trim()
        .split("\n")
        .filter((path) => path !== "/")
        .toSorted();
    expect(find("-type", "f", "-perm", "/111", "!", "-name", "*.so*")).toEqual(["/nodejs/bin/node"]);
    expect(find("(", "-type", "f", "-o", "-type", "l", ")", "-path", `${folder}/app/*`)).toEqual([
      "/app/config/policy.yaml",
      "/app/config/profiles/aic.yaml",
      "/app/config/profiles/crest.yaml",
      "/app/config/profiles/none.yaml",
      "/app/dist/THIRD-PARTY-NOTICES.txt",
      "/app/dist/bin/crest-gateway.mjs",
      "/app/dist/sbom.cdx.json",
      "/app/package.json",
    ]);
    const notForAll = find("-path", `${folder}/app*`, "!", "-perm", "-444");
    const notRoots = find("-path", `${folder}/app*`, "(", "!", "-uid", "0", "-o", "-perm", "/022", ")");
    expect({ notForAll, notRoots }).toEqual({ notForAll: [""], notRoots: [""] });
  });

  it("names every library that is bundled, with its licence", async (context) => {
    const folder = await files(context);
    const notices = readFileSync(join(folder, "app/dist/THIRD-PARTY-NOTICES.txt"), "utf8");
    for (const library of ["cockatiel", "http-proxy-3", "pino", "@prometheus-io/client", "yaml", "zod"])
      expect(notices).toMatch(new RegExp(`^${library} \\d+\\.\\d+\\.\\d+\\n\\n(.*\\n)*?.*Copyright`, "m"));
  });

  it("serves callers in front of a tenant, by the policy of a directory that it can only read", async (context) => {
    const { url, admin, tenant } = await running(context);
    tenant.will(503);
    const answer = await ask(url, "GET", READ);
    expect([answer.status, answer.headers["x-gateway-attempts"]]).toEqual([200, "2"]);
    expect((await ask(admin, "GET", "/metrics")).text).toMatch(
      /crest_gateway_requests_total\{route="first",[^}]*code="200"\} 1/,
    );
    expect((await ask(admin, "GET", "/status")).status).toBe(200);
  });

  it("is as confined as the pod says", async (context) => {
    const { container } = await running(context);
    const { code, out } = await container.exec("/nodejs/bin/node", "-e", LOOK);
    expect({ code, ...JSON.parse(out) }).toEqual({ code: 0, ...CONFINED });
  });

  it("is healthy by its own HEALTHCHECK, asked within the container", async (context) => {
    const { container, admin } = await running(context);
    const [image] = JSON.parse(await podman("image", "inspect", IMAGE));
    const [, ...command] = image.Healthcheck.Test;
    const address = admin.replace("http://", "");
    expect(await container.exec(...command, "--admin", address)).toEqual({
      code: 0,
      out: "ready\n",
      err: "",
    });
  });

  it("takes a policy over when the mounted directory changes", async (context) => {
    const { container, url, policy } = await running(context);
    policy.update("second");
    await container.printed(/"msg":"policy reloaded"/);
    expect((await ask(url, "GET", READ)).status).toBe(200);
    await container.printed(/"route":"second"/);
  });

  it("lives through a load within its memory, of which held bodies get what leaves room for the rest", async (context) => {
    const { container, url, admin } = await running(context);
    const told = /^.*"less memory for held bodies than replay\.memory says.*$/m.exec(container.stdout())?.[0];
    expect(JSON.parse(told ?? "{}")).toMatchObject({
      memoryLimitBytes: MEMORY_MIB * MIB,
      roomBytes: heldBytesThatFit(MEMORY_MIB * MIB),
    });
    // As large as is held, so that it could be sent again.
    const body = JSON.stringify({ userName: "x", description: "x".repeat(MIB - 100) });
    const callers = Array.from({ length: 32 }, async (_, caller) => {
      for (let i = 0; i < 8; i++) {
        const path = `/openidm/managed/alpha_user/${caller}-${i}`;
        const answer = await ask(url, "PUT", path, { body, headers: { "if-none-match": "*" } });
        expect(answer.status).toBe(201);
      }
    });
    await Promise.all(callers);
    expect((await ask(admin, "GET", "/readyz")).status).toBe(200);
    expect(await podman("inspect", "--format={{.State.OOMKilled}} {{.RestartCount}}", container.name)).toBe(
      "false 0\n",
    );
  });

  it("with half that memory still answers; on SIGTERM finishes what is in flight and ends with 0, and has written nothing but JSON lines", async (context) => {
    await requireImage(context);
    const { container, tenant, url } = await serving(...withMemory(128));
    expect(JSON.parse(await podman("inspect", container.name))[0].HostConfig.Memory).toBe(128 * MIB);
    for (let i = 0; i < 100; i++) expect((await ask(url, "GET", READ)).status).toBe(200);
    tenant.hang();
    const inFlight = ask(url, "GET", READ);
    await tenant.waitFor(1);
    await podman("kill", "--signal=TERM", container.name);
    await container.printed(/"msg":"stopping"/);
    // The hanging request is dropped, and the one made in its place has nobody to go to.
    await tenant.close();
    expect((await inFlight).status).toBe(502);
    expect(await container.ended).toBe(0);
    for (const line of container.stdout().trim().split("\n"))
      expect(JSON.parse(line)).toHaveProperty("level");
    expect(container.stdout()).toMatch(/"msg":"stopped"\}\n$/);
    // Podman itself makes the places of its mounts.
    const changed = (await podman("diff", container.name)).trim().split("\n");
    expect(changed.filter((line) => !/^[AC] \/(etc|run|dev|proc|sys)(\/|$)/.test(line))).toEqual([]);
  });

  it("listens on IPv4 alone where there is no IPv6", async (context) => {
    await requireImage(context);
    const profile = join(mkdtempSync(join(tmpdir(), "crest-gateway-image-")), "seccomp.json");
    cleanUp.push(() => rmSync(dirname(profile), { recursive: true }));
    writeFileSync(profile, JSON.stringify(WITHOUT_IPV6));
    const args = ["--upstream=http://127.0.0.1:9", "--listen=:0", "--admin=:0"];
    const container = start([`--security-opt=seccomp=${profile}`], args);
    cleanUp.push(() => container.remove());
    const [, admin = ""] = await container.printed(/for operators at (http:\/\/[^/\s]+)[\s\S]*"msg":"ready"/);
    expect((await ask(admin, "GET", "/readyz")).status).toBe(200);
  });

  it.for<[args: string[], code: number, says: RegExp]>([
    [
      ["--version"],
      0,
      /^crest-gateway \d+\.\d+\.\d+ \((?:[0-9a-f]{7,12}|commit unknown)\), Node 24\.\d+\.\d+\n$/,
    ],
    [["check", "config/policy.yaml"], 0, /^ok config\/policy\.yaml/m],
    [["check", "/etc/crest-gateway/policy.yaml"], 0, /^ok \/etc\/crest-gateway\/policy\.yaml/m],
    [["check", "/etc/crest-gateway/none.yaml"], 1, /none\.yaml/],
    [["explain", "/etc/crest-gateway/policy.yaml", "GET /openidm/x", "--answer", "503"], 0, /route +mounted/],
    [["frobnicate"], 2, /there is no command "frobnicate"/],
  ])("runs %j and ends with %i", async ([args, code, says], context) => {
    await requireImage(context);
    const { mount } = mountedPolicy("mounted");
    const ran = await runToEnd([mount], args);
    expect(ran.code).toBe(code);
    expect(ran.out + ran.err).toMatch(says);
  });
});
