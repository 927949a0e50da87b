/**
 * Buildah and Podman for tests: the image built from the real Dockerfile, and containers that get what Kubernetes gives
 * a hardened pod. They keep their images in a store of their own, so that the stand-ins for base images
 * (`.ci/base-images`) never meet the real ones in somebody's own store.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestContext } from "vitest";
import { requireTool } from "../support/tools.ts";

export const IMAGE = "localhost/crest-gateway:test";
export const RUN_BASE = "gcr.io/distroless/nodejs24-debian13:nonroot";
const PAUSE = "localhost/crest-gateway-pause:test";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STORE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "crest-gateway", "containers");
/** What may be lost when the machine restarts, but not between two runs: the store refers to it. */
const STATE = join(process.env.XDG_RUNTIME_DIR || "/tmp", `crest-gateway-containers-${userInfo().uid}`);

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
infra_image = "${PAUSE}"
tmp_dir = "${STATE}/tmp"
[network]
network_config_dir = "${STATE}/networks"
`;

/** What holds a pod together while its containers come and go; Podman's own would be one more program to install. */
const PAUSE_FILE = `FROM ${RUN_BASE}
ENTRYPOINT ["/nodejs/bin/node", "--eval", "process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1e9)"]
`;

/** The memory limit that the charts set; three fifths of it are for the heap. */
export const MEMORY_MIB = 256;

/** A limit without swap behind it; the heap is told of it, since Node does not see it. Given twice, the last one counts. */
export function withMemory(mebibytes: number): readonly string[] {
  return [
    `--memory=${mebibytes}m`,
    `--memory-swap=${mebibytes}m`,
    `--env=NODE_OPTIONS=--max-old-space-size=${Math.floor(mebibytes * 0.6)} --max-semi-space-size=${mebibytes / 64}`,
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
  // No timers of systemd for what a manifest calls a liveness probe.
  DISABLE_HC_SYSTEMD: "true",
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

/** One at a time, whoever asks: two test files that start together would both build everything. */
const inTurn = (program: string, args: readonly string[]): Promise<string> =>
  must("flock", [join(STATE, "lock"), program, ...args]);

/** At once, since others may be reading it. */
function put(file: string, text: string): void {
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

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
  put(environment.CONTAINERS_STORAGE_CONF, STORAGE_CONF);
  put(environment.CONTAINERS_CONF, CONTAINERS_CONF);
  await inTurn(join(ROOT, ".ci/base-images"), []);
  // Layers of older builds; those of this week keep the next build quick.
  await inTurn("podman", ["image", "prune", "--force", "--filter", "until=168h"]);
  // HEALTHCHECK is a word of Docker's format only.
  const options = ["--quiet", "--pull=never", "--layers", "--format=docker", "--build-arg=REVISION=0123abc"];
  await inTurn("buildah", ["build", ...options, `--tag=${IMAGE}`, ROOT]);
}

/** The same, and what `podman kube play` needs besides. */
export async function requirePods(context: TestContext): Promise<void> {
  await requireImage(context);
  const folder = join(STORE, "pause");
  mkdirSync(folder, { recursive: true });
  put(join(folder, "Dockerfile"), PAUSE_FILE);
  await inTurn("buildah", ["build", "--quiet", "--pull=never", "--layers", `--tag=${PAUSE}`, folder]);
}

/** Runs the image to its end. `options` are Podman's, `args` the program's. */
export function runToEnd(options: readonly string[], args: readonly string[]): Promise<Ran> {
  return attempt("podman", ["run", "--rm", ...AS_KUBERNETES_DOES, ...options, IMAGE, ...args]);
}

let count = 0;

/** What a container prints. */
export type Listening = {
  stdout(): string;
  stderr(): string;
  /** Until what it has printed, to either stream, matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
};

export type Container = Listening & {
  readonly name: string;
  /** Runs a program in it. */
  exec(...command: readonly string[]): Promise<Ran>;
  /** Until it has ended: its exit code. */
  readonly ended: Promise<number | null>;
  remove(): Promise<void>;
};

/** Runs a program in a container. */
export const execIn = (name: string, ...command: readonly string[]): Promise<Ran> =>
  attempt("podman", ["exec", name, ...command]);

/** Starts a container of the image; whoever starts it removes it. */
export function start(options: readonly string[], args: readonly string[]): Container {
  const name = `crest-gateway-test-${process.pid}-${++count}`;
  const command = ["run", `--name=${name}`, ...AS_KUBERNETES_DOES, ...options, IMAGE, ...args];
  const { child, ...listening } = listen(command);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    ...listening,
    name,
    exec: (...command) => execIn(name, ...command),
    ended,
    remove: async () => {
      await podman("rm", "--force", "--ignore", "--time=0", name);
      await ended;
    },
  };
}

/** What a container that Podman runs in the background has printed and goes on to print, until `close`. */
export function follow(name: string): Listening & { close(): void } {
  const { child, ...listening } = listen(["logs", "--follow", name]);
  return { ...listening, close: () => child.kill() };
}

function listen(command: readonly string[]): Listening & { readonly child: ChildProcess } {
  const child = spawn("podman", command, { cwd: STATE, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  return {
    child,
    stdout: () => said.out,
    stderr: () => said.err,
    printed: (pattern) => whenPrinted(child, () => said.err + said.out, pattern),
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
