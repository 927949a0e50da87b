/**
 * Buildah and Podman for tests: the image built from the real Dockerfile, and containers that get what Kubernetes gives
 * a hardened pod. They keep their images in a store of their own, so that the stand-ins for base images
 * (`.ci/base-images`) never meet the real ones in somebody's own store.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestContext } from "vitest";
import { requireTool } from "../support/tools.ts";

export const IMAGE = "localhost/crest-gateway:test";
export const RUN_BASE = "gcr.io/distroless/nodejs24-debian13:nonroot";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STORE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "crest-gateway", "containers");
/** What may be lost when the machine restarts. */
const STATE = join(tmpdir(), `crest-gateway-containers-${userInfo().uid}`);

const STORAGE_CONF = `[storage]
driver = "overlay"
graphroot = "${STORE}/images"
runroot = "${STATE}/run"
`;

/**
 * A machine that is itself a container has no systemd to make cgroups, and may not raise limits beyond those it has.
 * Networks stay out of it: containers have the host's, and what is configured for others would only be complained of.
 */
const CONTAINERS_CONF = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "${existsSync("/run/systemd/system") ? "systemd" : "cgroupfs"}"
events_logger = "file"
tmp_dir = "${STATE}/tmp"
[network]
network_config_dir = "${STATE}/networks"
`;

/** The memory limit that the charts set; three fifths of it are for the heap. */
export const MEMORY_MIB = 256;

/** A limit without swap behind it; the heap is told of it, since Node does not see it. Given twice, the last one counts. */
export function withMemory(mebibytes: number): readonly string[] {
  return [
    `--memory=${mebibytes}m`,
    `--memory-swap=${mebibytes}m`,
    `--env=NODE_OPTIONS=--max-old-space-size=${Math.floor(mebibytes * 0.6)}`,
  ];
}

/** As the chart's security context has it; the host's network, since test and tenant are on its loopback. */
const AS_KUBERNETES_DOES = [
  "--network=host",
  "--read-only",
  "--read-only-tmpfs=false",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--user=65532",
  ...withMemory(MEMORY_MIB),
  // The kubelet knows no HEALTHCHECK; and Podman would need systemd for its timer.
  "--no-healthcheck",
];

const environment = {
  ...process.env,
  CONTAINERS_STORAGE_CONF: join(STORE, "storage.conf"),
  CONTAINERS_CONF: join(STORE, "containers.conf"),
  // What a step may do in a container that is itself in one.
  BUILDAH_ISOLATION: "chroot",
};

type Ran = { readonly code: number; readonly out: string; readonly err: string };

const execute = promisify(execFile);

/** What a program of the container world printed; an error says all of it. */
async function must(program: string, args: readonly string[], cwd = STATE): Promise<string> {
  const { code, out, err } = await attempt(program, args, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${err || out}`);
  return out;
}

/** In a folder of no value: where memory runs out, Podman's helper leaves a file in the one it was started in. */
async function attempt(program: string, args: readonly string[], cwd = STATE): Promise<Ran> {
  try {
    const ran = await execute(program, args, { cwd, env: environment, maxBuffer: 64 << 20 });
    return { code: 0, out: ran.stdout, err: ran.stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { code, out: stdout ?? "", err: stderr ?? "" };
  }
}

export const podman = (...args: readonly string[]): Promise<string> => must("podman", args);

let built: Promise<void> | undefined;

/** Builds the image, once for all tests of a file; without the tools the running test is skipped. */
export function requireImage(context: TestContext): Promise<void> {
  requireTool(context, "buildah");
  requireTool(context, "podman");
  built ??= build();
  return built;
}

async function build(): Promise<void> {
  mkdirSync(STORE, { recursive: true });
  mkdirSync(STATE, { recursive: true, mode: 0o700 });
  writeFileSync(environment.CONTAINERS_STORAGE_CONF, STORAGE_CONF);
  writeFileSync(environment.CONTAINERS_CONF, CONTAINERS_CONF);
  await must(".ci/base-images", [], ROOT);
  // Layers of older builds; those of this week keep the next build quick.
  await podman("image", "prune", "--force", "--filter", "until=168h");
  // HEALTHCHECK is a word of Docker's format only.
  const options = ["--quiet", "--pull=never", "--layers", "--format=docker", "--build-arg=REVISION=0123abc"];
  await must("buildah", ["build", ...options, `--tag=${IMAGE}`, ROOT]);
}

/** Runs the image to its end. `options` are Podman's, `args` the program's. */
export function runToEnd(options: readonly string[], args: readonly string[]): Promise<Ran> {
  return attempt("podman", ["run", "--rm", ...AS_KUBERNETES_DOES, ...options, IMAGE, ...args]);
}

let count = 0;

export type Container = {
  readonly name: string;
  stdout(): string;
  stderr(): string;
  /** Until what it has printed, to either stream, matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Runs a program in it. */
  exec(...command: readonly string[]): Promise<Ran>;
  /** Until it has ended: its exit code. */
  readonly ended: Promise<number | null>;
  remove(): Promise<void>;
};

/** Starts a container of the image; whoever starts it removes it. */
export function start(options: readonly string[], args: readonly string[]): Container {
  const name = `crest-gateway-test-${process.pid}-${++count}`;
  const command = ["run", `--name=${name}`, ...AS_KUBERNETES_DOES, ...options, IMAGE, ...args];
  const child = spawn("podman", command, { cwd: STATE, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    name,
    stdout: () => said.out,
    stderr: () => said.err,
    printed: (pattern) => whenPrinted(child, () => said.err + said.out, pattern),
    exec: (...command) => attempt("podman", ["exec", name, ...command]),
    ended,
    remove: async () => {
      await podman("rm", "--force", "--ignore", "--time=0", name);
      await ended;
    },
  };
}

function whenPrinted(child: ChildProcess, said: () => string, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const match = pattern.exec(said());
      if (match) resolve(match);
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.on("close", (code) =>
      reject(new Error(`it ended with ${code} before ${pattern} came:\n${said()}`)),
    );
    look();
  });
}
