/**
 * The command `serve`: reads what was asked for, wires the parts together, runs until a signal, stops in order.
 * Every mistake of the operator ends here as one clear line and an exit code.
 */
import type { Server } from "node:http";
import { createHistory } from "../../admin/history.ts";
import { createRecent } from "../../admin/recent.ts";
import { createAdmin } from "../../admin/server.ts";
import { every, systemClock } from "../../clock.ts";
import { startTenant } from "../../demo/tenant.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { RefusingCollections } from "../../gateway/lost/replayable-create.ts";
import { Families } from "../../guard/families.ts";
import { HeldMemory, heldBytesThatFit } from "../../guard/held-memory.ts";
import type { Observe } from "../../observe/events.ts";
import { createLog } from "../../observe/log.ts";
import { createMetrics } from "../../observe/metrics.ts";
import { tellAll } from "../../observe/observers.ts";
import { maskSecrets } from "../../observe/secrets.ts";
import { formatMistakes } from "../../policy/written/mistakes.ts";
import { drain } from "../../server/drain.ts";
import { createGatewayServer } from "../../server/server.ts";
import { createTenant } from "../../upstream/tenant.ts";
import { type Address, readServeOptions } from "../options.ts";
import { VERSION } from "../version.ts";
import { readCertificateFiles } from "./certificate-files.ts";
import { keepTraffic, type Traffic } from "./demo-traffic.ts";
import { demonstrate } from "./demonstration.ts";
import { egress } from "./egress.ts";
import { Live } from "./live.ts";
import { policySource, readPolicy } from "./policy-file.ts";
import { renewal } from "./renewal.ts";
import { readSettings } from "./serve-settings.ts";
import { nextSignal } from "./signals.ts";
import { watchFiles } from "./watch.ts";
import { tryThese, welcome } from "./welcome.ts";

/** How often slow callers are looked for: what they are allowed is counted in seconds. */
const LOOK_FOR_SLOW_MS = 1000;

const CANNOT_START = 1;
const USAGE_ERROR = 2;

/** Serves until told to stop; resolves with the exit code. */
export async function serve(args: readonly string[]): Promise<number> {
  const given = readServeOptions(args, process.env);
  if ("problem" in given)
    return complain(USAGE_ERROR, `${given.problem}\nRun crest-gateway --help to see the flags.`);
  const settings = readSettings(given.values, {
    isTerminal: process.stdout.isTTY,
    hasColours: process.stdout.isTTY && process.stdout.hasColors(),
  });
  if ("problem" in settings) return complain(USAGE_ERROR, maskSecrets(settings.problem));

  const read = readCertificateFiles(given.values);
  if ("problem" in read) return complain(USAGE_ERROR, read.problem);
  const { certificates } = read;

  const clock = systemClock;
  const first = readPolicy(settings.policyFile, process.env, clock.wall());
  if ("problem" in first) return complain(CANNOT_START, `the policy cannot be used:\n${first.problem}`);
  const live = new Live(first.policy, policySource(settings.policyFile, process.env, clock));
  const way = settings.upstream
    ? egress(settings.upstream, given.values["upstream-proxy"], process.env)
    : { proxy: undefined, from: "" };
  if ("problem" in way) return complain(USAGE_ERROR, way.problem);
  const proxy = way.proxy && { ...way.proxy, tls: () => certificates.pemOf("proxy") };

  // From here on a signal means: stop in order.
  const stopping = nextSignal();
  const simulated = settings.upstream
    ? undefined
    : await startTenant({ clock, weather: settings.weather, recording: false });
  const upstream = settings.upstream ?? new URL(simulated?.url ?? "");
  const upstreamShown = simulated ? `${upstream.origin} (simulated)` : upstream.origin;
  const tls = () => certificates.pemOf("upstream");
  const tenant = createTenant(upstream, { tls, proxy, connection: first.policy.connection });
  const log = createLog({ level: given.values["log-level"], forPeople: settings.logForPeople });
  const observers: Observe[] = [log.observe];
  const observe = tellAll(observers, (event, error) => {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`crest-gateway: an observer failed at "${event.kind}": ${why}\n`);
  });
  const families = new Families(clock, (family, to) => observe({ kind: "breaker", family, to }));
  // What a container may have; 0 when nobody has said.
  const memoryLimitBytes = process.constrainedMemory() || undefined;
  const roomBytes = heldBytesThatFit(memoryLimitBytes);
  const heldMemory = new HeldMemory(roomBytes);
  const build = { version: VERSION, node: process.versions.node };
  const sources = {
    families: () => families.snapshot(),
    policy: () => live.current,
    lastReloadSuccessful: () => live.lastReloadSuccessful,
    certificates: () => certificates.states(),
    build,
  };
  const metrics = createMetrics({ ...sources, heldBodyBytes: () => heldMemory.usedBytes });
  const recent = createRecent(clock);
  const history = createHistory(clock);
  observers.push(metrics.observe, recent.observe, history.observe);

  const refusing = new RefusingCollections();
  const gateway: Gateway = {
    clock,
    policy: () => live.current,
    families,
    heldMemory,
    tenant,
    observe,
    refusing,
  };
  const server = createGatewayServer(gateway, certificates.pemOf("listener"));
  let state: "starting" | "ready" | "draining" = "starting";
  const admin = createAdmin({
    ...sources,
    metrics,
    state: () => state,
    clock,
    recent,
    history,
    upstream: proxy ? `${upstreamShown} through ${proxy.name}` : upstreamShown,
    hostNames: settings.adminHosts,
  });

  const stopAll = async (): Promise<void> => {
    admin.close();
    tenant.close();
    await simulated?.close();
    log.flush();
  };
  for (const [listener, address, flag] of [
    [server.http, settings.listen, "--listen"],
    [admin.http, settings.admin, "--admin"],
  ] as const) {
    const problem = await listen(listener, address, flag);
    if (problem === undefined) continue;
    server.http.close();
    await stopAll();
    return complain(CANNOT_START, problem);
  }

  state = "ready";
  const warn = (): void => {
    for (const warning of live.current.warnings) log.warn(`policy: ${formatMistakes([warning])}`);
    const { replayMemoryBytes } = live.current;
    if (replayMemoryBytes > roomBytes)
      log.info("less memory for held bodies than replay.memory says: no more fits beside the program", {
        replayMemoryBytes,
        roomBytes,
        memoryLimitBytes,
      });
  };
  const reload = (): void => {
    const reloaded = live.reload();
    if (reloaded.kind === "failure")
      observe({ kind: "reload", result: "failure", message: reloaded.problem });
    if (reloaded.kind === "mended") log.info("policy file mended: it says again what is in force");
    if (reloaded.kind !== "success") return;
    families.configure(reloaded.value.familySettings);
    tenant.renew(reloaded.value.connection);
    server.configure(reloaded.value.listener);
    observe({ kind: "reload", result: "success", message: `policy ${reloaded.value.hash}` });
    warn();
  };
  const stopLooking = every(clock, LOOK_FOR_SLOW_MS, server.letGoOfTheSlow);
  const renew = renewal(certificates, { server, observe, log, clock });
  const watchers = [watchFiles([settings.policyFile], reload, clock)];
  if (certificates.files.length > 0) watchers.push(watchFiles(certificates.files, renew, clock));
  for (const again of [reload, renew]) process.on("SIGHUP", again);
  warn();
  const at = {
    callers: server.http.address(),
    admin: admin.http.address(),
    upstream,
    simulated: simulated !== undefined,
    wrong: settings.weather.reduce((sum, { chance }) => sum + chance, 0),
    tls: certificates.pemOf("listener"),
    proxy: proxy && `${proxy.name} (${way.from})`,
  };
  process.stderr.write(welcome(at));
  log.info("ready", {
    version: VERSION,
    node: build.node,
    policyHash: live.current.hash,
    profile: live.current.profile,
    upstream: upstreamShown,
    upstreamProxy: proxy?.name,
  });
  let traffic: Traffic | undefined;
  if (simulated) {
    // For show, and counted; but it is nobody's traffic, so the log keeps quiet about it.
    const quiet = {
      ...gateway,
      observe: tellAll([metrics.observe, recent.observe, history.observe], () => {}),
    };
    const shown = demonstrate(simulated.url, quiet).catch(() => "");
    void shown.then((text) => {
      process.stderr.write(`${text}\n${tryThese(at)}`);
      if (settings.demoTraffic) traffic = keepTraffic(quiet, process.stderr);
    });
  }

  const signal = await stopping;
  state = "draining";
  for (const watcher of watchers) watcher.stop();
  log.info("stopping", { signal });
  // At a terminal nobody balances load: there is nothing to wait for.
  const delayMs = signal === "SIGINT" ? 0 : settings.drainDelayMs;
  const how = await drain(server, { delayMs, limitMs: settings.drainLimitMs }, clock);
  stopLooking();
  traffic?.stop();
  if (how === "finished") log.info("stopped");
  else log.warn("stopped at the drain limit: requests still in flight were cut");
  await stopAll();
  return 0;
}

/** Undefined once it listens, else what is wrong in one line. */
function listen(server: Server, { host, port }: Address, flag: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Stays for good: a connection that could not be taken in must not end the process.
    server.on("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "something else listens there already" : error.message;
      resolve(`${flag} ${host ?? ""}:${port}: ${why}; choose another with ${flag} HOST:PORT`);
    });
    server.listen({ host, port }, () => resolve(undefined));
  });
}

function complain(exitCode: number, problem: string): number {
  process.stderr.write(`crest-gateway: ${problem}\n`);
  return exitCode;
}
