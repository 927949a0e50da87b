/**
 * The sidecar as Kubernetes is told of it: its container and its volumes, from a handful of settings.
 *
 * The Helm chart makes the same container; a test renders both and compares them. It knows nothing of the pod it goes to.
 */
import { memberOf } from "../json.ts";
import { type Secrets, tlsArguments, tlsMounts, tlsVolumes } from "./tls-files.ts";
import type { Manifest } from "./workloads.ts";

export type SidecarSettings = {
  readonly image: string;
  readonly upstream: string;
  /** The proxy on the way to it: an address without credentials, or the Secret that has one under the key `url`. */
  readonly upstreamProxy: { readonly url: string } | { readonly secret: string } | undefined;
  /** An init container that restarts always (Kubernetes 1.29 and newer), or one of the pod's containers. */
  readonly native: boolean;
  readonly listenPort: number;
  readonly adminPort: number;
  /** The memory limit as Kubernetes writes it, and the same as a number. */
  readonly memory: string;
  readonly memoryMebibytes: number;
  readonly logLevel: string;
  readonly drainLimitMs: number;
  /** Variables of the container's environment besides its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Secrets with files of TLS. */
  readonly secrets: Secrets;
  /** The policy file's text. */
  readonly policy: string;
  /** Of this program, for labels. */
  readonly version: string;
};

export const SIDECAR_NAME = "crest-gateway";
export const POLICY_VOLUME = "crest-gateway-policy";
export const ADMIN_PORT_NAME = "gateway-admin";

const POLICY_FOLDER = "/etc/crest-gateway";
export const POLICY_KEY = "policy.yaml";

/** The rest is for what a heap is not: buffers, sockets, the program itself. Node does not see small limits by itself. */
const HEAP_SHARE = 0.6;
/** Of one half of the young generation: what Node takes in a small container is so little that it collects all the time. */
const YOUNG_SHARE = 1 / 64;
const MOST_YOUNG_MEBIBYTES = 16;

function heapOptions(memoryMebibytes: number): string {
  const old = Math.floor(memoryMebibytes * HEAP_SHARE);
  const young = Math.min(MOST_YOUNG_MEBIBYTES, Math.max(1, Math.floor(memoryMebibytes * YOUNG_SHARE)));
  return `--max-old-space-size=${old} --max-semi-space-size=${young}`;
}

/**
 * A native sidecar is told to stop after the application has ended, so nobody is left to wait for. A classic one is told
 * at the same time as the application, and has to serve it while it ends.
 */
export const drainDelayMs = (native: boolean): number => (native ? 0 : 5000);

/** The container, in the form that `settings` ask for. */
export function sidecarContainer(settings: SidecarSettings): Manifest {
  const { native, listenPort, adminPort, memory, upstreamProxy: proxy } = settings;
  const probe = (path: string) => ({ httpGet: { path, port: ADMIN_PORT_NAME } });
  return {
    name: SIDECAR_NAME,
    image: settings.image,
    imagePullPolicy: "IfNotPresent",
    ...(native ? { restartPolicy: "Always" } : {}),
    args: [
      "serve",
      `--upstream=${settings.upstream}`,
      `--listen=127.0.0.1:${listenPort}`,
      `--admin=:${adminPort}`,
      `--policy=${POLICY_FOLDER}/${POLICY_KEY}`,
      `--log-level=${settings.logLevel}`,
      `--drain-delay=${inSeconds(drainDelayMs(native))}`,
      `--drain-limit=${inSeconds(settings.drainLimitMs)}`,
      ...tlsArguments(settings.secrets),
      ...(proxy && "url" in proxy ? [`--upstream-proxy=${proxy.url}`] : []),
    ],
    env: [
      { name: "NODE_OPTIONS", value: heapOptions(settings.memoryMebibytes) },
      ...(proxy && "secret" in proxy
        ? [{ name: "UPSTREAM_PROXY", valueFrom: { secretKeyRef: { name: proxy.secret, key: "url" } } }]
        : []),
      ...Object.entries(settings.env).map(([name, value]) => ({ name, value: asLiteral(value) })),
    ],
    ports: [{ name: ADMIN_PORT_NAME, containerPort: adminPort, protocol: "TCP" }],
    startupProbe: { ...probe("/readyz"), periodSeconds: 1, failureThreshold: 30 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...probe("/livez"), periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 },
    resources: { requests: { cpu: "50m", memory }, limits: { memory } },
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
    // The folder, never the file alone: a file mounted by `subPath` never changes, and the policy could not be reloaded.
    volumeMounts: [
      { name: POLICY_VOLUME, mountPath: POLICY_FOLDER, readOnly: true },
      ...tlsMounts(settings.secrets),
    ],
  };
}

/** The volumes that bring the ConfigMap `configMapName` and Secrets to the container. */
export function sidecarVolumes(configMapName: string, { secrets }: SidecarSettings): Manifest[] {
  return [{ name: POLICY_VOLUME, configMap: { name: configMapName } }, ...tlsVolumes(secrets)];
}

/** Whether a container of the sidecar's name is one, however old, and not somebody else's. */
export function isSidecar(container: unknown): boolean {
  const mounts = memberOf(container, "volumeMounts");
  return Array.isArray(mounts) && mounts.some((mount) => memberOf(mount, "name") === POLICY_VOLUME);
}

/** Kubernetes replaces `$(NAME)` in a variable's value, and makes one `$` of two. */
function asLiteral(value: string): string {
  return /\$[$(]/.test(value) ? value.replaceAll("$", "$$$$") : value;
}

const inSeconds = (ms: number): string => `${ms / 1000}s`;
