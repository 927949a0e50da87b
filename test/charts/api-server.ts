/**
 * A real Kubernetes API server with an etcd of its own: what a cluster says to manifests, before any node is asked. It
 * has no controllers and no kubelet, so nothing that it takes ever runs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../support/free-ports.ts";
import { at } from "./helm.ts";
import type { Manifest } from "./manifests.ts";

export type Answer = {
  readonly status: number;
  /** Why not, or "". */
  readonly message: string;
  /** What it takes, but does not like. */
  readonly warnings: readonly string[];
};

export type ApiServer = {
  /** Server-side apply, with unknown and repeated fields as errors. */
  apply(manifest: Manifest): Promise<Answer>;
  stop(): Promise<void>;
};

/** Where each kind is; what belongs to operators is not known to a bare cluster. */
const PATHS: Readonly<Record<string, readonly [api: string, plural: string]>> = {
  ConfigMap: ["api/v1", "configmaps"],
  Pod: ["api/v1", "pods"],
  Service: ["api/v1", "services"],
  ServiceAccount: ["api/v1", "serviceaccounts"],
  Deployment: ["apis/apps/v1", "deployments"],
  HorizontalPodAutoscaler: ["apis/autoscaling/v2", "horizontalpodautoscalers"],
  Ingress: ["apis/networking.k8s.io/v1", "ingresses"],
  NetworkPolicy: ["apis/networking.k8s.io/v1", "networkpolicies"],
  PodDisruptionBudget: ["apis/policy/v1", "poddisruptionbudgets"],
};

export const isKnown = ({ kind }: Manifest): boolean =>
  typeof kind === "string" && Object.hasOwn(PATHS, kind);

/** Of whoever may do everything. It is made up here and is worth nothing elsewhere. */
const TOKEN = "for-this-test-alone";

/** Starts both; `namespace` is made and enforces Pod Security "restricted". */
export async function startApiServer(
  programs: { readonly etcd: string; readonly apiServer: string },
  namespace: string,
): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "crest-gateway-cluster-"));
  const [clients = 0, peers = 0, secure = 0] = await freePorts(3);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = join(folder, "service-accounts.pem");
  writeFileSync(key, privateKey.export({ type: "sec1", format: "pem" }));
  writeFileSync(join(folder, "tokens.csv"), `${TOKEN},admin,1,system:masters\n`);

  const children: ChildProcess[] = [];
  let said = "";
  const run = (program: string, ...args: string[]): void => {
    const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });
    children.push(child);
    // A test that gives up waiting does not come back to stop it.
    process.once("exit", () => child.kill("SIGKILL"));
  };
  run(
    programs.etcd,
    `--data-dir=${join(folder, "etcd")}`,
    "--unsafe-no-fsync",
    ...["listen-client", "advertise-client"].map((name) => `--${name}-urls=http://127.0.0.1:${clients}`),
    ...["listen-peer", "initial-advertise-peer"].map((name) => `--${name}-urls=http://127.0.0.1:${peers}`),
    `--initial-cluster=default=http://127.0.0.1:${peers}`,
  );
  run(
    programs.apiServer,
    `--etcd-servers=http://127.0.0.1:${clients}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${secure}`,
    `--cert-dir=${join(folder, "certificates")}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    // They ask for objects that a cluster has and this one lacks: a namespace's default account, priority classes.
    "--disable-admission-plugins=ServiceAccount,Priority",
  );

  const stop = async (): Promise<void> => {
    const ended = children.map(
      (child) =>
        new Promise<void>((resolve) =>
          child.exitCode === null ? child.on("exit", () => resolve()) : resolve(),
        ),
    );
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(ended);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (;;) {
      if (children.some(({ exitCode }) => exitCode !== null)) throw new Error(`it ended:\n${said}`);
      const ready = await ask(secure, "GET", "/readyz").catch(() => undefined);
      if (ready?.status === 200) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const labels = {
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    };
    const made = await applyAt(secure, "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels },
    });
    if (made.status !== 201) throw new Error(`no namespace: ${made.message}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    apply(manifest) {
      const [api, plural] = PATHS[String(manifest.kind)] ?? ["", ""];
      return applyAt(secure, `/${api}/namespaces/${namespace}/${plural}`, manifest);
    },
    stop,
  };
}

const HOW = "fieldManager=test&force=true&fieldValidation=Strict";

function applyAt(port: number, collection: string, manifest: Manifest): Promise<Answer> {
  return ask(port, "PATCH", `${collection}/${at(manifest, "metadata", "name")}?${HOW}`, manifest);
}

function ask(port: number, method: string, path: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/apply-patch+yaml" };
    // Its certificate is its own, made a moment ago.
    const options = {
      host: "127.0.0.1",
      port,
      method,
      path,
      headers,
      rejectUnauthorized: false,
      agent: false,
    };
    const request = https.request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        const warnings = [response.headers.warning ?? []].flat().map(String);
        resolve({ status, message: status < 300 ? "" : text, warnings });
      });
    });
    request.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}
