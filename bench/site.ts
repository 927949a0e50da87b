/**
 * The programs of a run, each in a process of its own: the upstream, and whatever stands in front of it. All Node
 * programs get the heap that the charts give to a gateway of 256 MiB, so that none has more room than another.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "./cases.ts";
import { here, installed, start } from "./processes.ts";
import { haproxyRelay, nginxRelay, nginxUpstream } from "./relays.ts";

export const NODE_OPTIONS = "--max-old-space-size=153 --max-semi-space-size=4";
export const BUNDLE = here("../dist/bin/crest-gateway.mjs");
export const READY = /callers at (http:\S+) and for operators at (http:\S+)\/status\n/;

export type Site = { readonly folder: string; readonly url: string; readonly tlsUrl: string };

export type Serving = { readonly child: ChildProcess; readonly url: string; readonly adminUrl: string };

export const upstreamIs = installed("nginx") === undefined ? "bench/upstream.ts" : "nginx";

/** A folder that is gone when we are, and the upstream. */
export async function openSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "crest-gateway-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  if (upstreamIs === "nginx") return { folder, ...(await nginxUpstream(join(folder, "upstream"))) };
  const [plain, tls] = [
    await start([here("upstream.ts")], /(http:\S+)/),
    await start([here("upstream.ts"), "tls"], /(https:\S+)/),
  ];
  return { folder, url: plain.said[1] ?? "", tlsUrl: tls.said[1] ?? "" };
}

/** What the gateway is started with, whichever way. */
export function gatewayFlags(site: Site, { tls, policy, name }: Omit<Case, "title" | "asks">): string[] {
  const flags = ["--listen=127.0.0.1:0", "--admin=127.0.0.1:0"];
  if (tls) flags.push(`--upstream=${site.tlsUrl}`, `--upstream-ca=${here("../test/fixtures/tls/ca.pem")}`);
  else flags.push(`--upstream=${site.url}`);
  if (policy !== undefined) {
    const file = join(site.folder, `${name}.yaml`);
    writeFileSync(file, policy);
    flags.push(`--policy=${file}`);
  }
  return flags;
}

/** Starts what a case measures; undefined when it is not installed. */
export async function serve(site: Site, what: Case): Promise<Serving | undefined> {
  const { program } = what;
  const upstream = what.tls ? site.tlsUrl : site.url;
  if (program === "nginx" || program === "haproxy") {
    if (installed(program) === undefined) return undefined;
    const relay = program === "nginx" ? nginxRelay : haproxyRelay;
    return { ...(await relay(join(site.folder, what.name), upstream)), adminUrl: "" };
  }
  const { child, said } =
    program === "gateway"
      ? await start([BUNDLE, ...gatewayFlags(site, what)], READY, { NODE_OPTIONS })
      : await start([here(`rivals/${program}.ts`), upstream], /(http:\S+)/, { NODE_OPTIONS });
  return { child, url: said[1] ?? "", adminUrl: said[2] ?? "" };
}
