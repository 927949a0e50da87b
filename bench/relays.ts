/**
 * nginx and HAProxy, where they are installed: nginx as the upstream that costs least, and each as a relay to compare
 * with. One worker and no log each. They run as one process of their own, so that ending it leaves nobody behind.
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import net from "node:net";
import { here, installed, launch } from "./processes.ts";
import { type Answer, FOUND, MISSING, PAGE, SAID, SHAKY, SHAKY_PERCENT, UNAVAILABLE } from "./requests.ts";

export type Listening = { readonly child: ChildProcess; readonly url: string; readonly tlsUrl: string };

const LONGEST_START_MS = 10_000;

/** A port that nobody listened at a moment ago: neither of the two takes port 0 and says which one it got. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

/** Resolves when it takes connections, rejects when it ends before. */
async function listens(child: ChildProcess, port: number, name: string): Promise<void> {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  for (const until = performance.now() + LONGEST_START_MS; performance.now() < until; ) {
    if (child.exitCode !== null) break;
    if (await canConnect(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${name} does not listen:\n${text}`);
}

const nginxText = (folder: string, servers: string): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ")}
  ${servers}
}
`;

async function startNginx(folder: string, port: number, servers: string): Promise<ChildProcess> {
  const nginx = installed("nginx") ?? "nginx";
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/nginx.conf`, nginxText(folder, servers));
  const child = launch(nginx, ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"]);
  await listens(child, port, "nginx");
  return child;
}

const says = ({ status, body }: Answer): string => `return ${status} '${body}';`;

/** The upstream of requests.ts, with and without TLS. */
export async function nginxUpstream(folder: string): Promise<Listening> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const child = await startNginx(
    folder,
    tlsPort,
    `
  split_clients $request_id $unavailable { ${SHAKY_PERCENT}% 1; * ""; }
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${tlsPort} ssl;
    ssl_certificate ${here("../test/fixtures/tls/server.pem")};
    ssl_certificate_key ${here("../test/fixtures/tls/server.key.pem")};
    default_type "${FOUND.type}";
    ${Object.entries(SAID)
      .map(([name, value]) => `add_header ${name} '${value}' always;`)
      .join(" ")}
    location / { ${says(FOUND)} }
    location ${SHAKY} { if ($unavailable) { ${says(UNAVAILABLE)} } ${says(FOUND)} }
    location ${MISSING} { default_type ${PAGE.type}; ${says(PAGE)} }
  }`,
  );
  return { child, url: `http://127.0.0.1:${port}`, tlsUrl: `https://localhost:${tlsPort}` };
}

/** nginx passing on, with kept connections on both sides. */
export async function nginxRelay(
  folder: string,
  upstream: string,
): Promise<{ child: ChildProcess; url: string }> {
  const port = await freePort();
  const child = await startNginx(
    folder,
    port,
    `
  upstream tenant { server ${new URL(upstream).host}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://tenant; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }`,
  );
  return { child, url: `http://127.0.0.1:${port}` };
}

/** HAProxy passing on, on one thread, with kept connections on both sides. */
export async function haproxyRelay(
  folder: string,
  upstream: string,
): Promise<{ child: ChildProcess; url: string }> {
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    `${folder}/haproxy.cfg`,
    `
global
  nbthread 1
defaults
  mode http
  timeout connect 3s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend callers
  bind 127.0.0.1:${port}
  default_backend tenant
backend tenant
  server tenant ${new URL(upstream).host}
`,
  );
  const child = launch(installed("haproxy") ?? "haproxy", ["-db", "-f", `${folder}/haproxy.cfg`]);
  await listens(child, port, "haproxy");
  return { child, url: `http://127.0.0.1:${port}` };
}
