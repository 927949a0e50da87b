/**
 * The command line of `inject`: what people write becomes the settings of a sidecar. It decides what each flag may say,
 * and knows neither manifests nor the policy.
 */
import { parseMemoryMebibytes } from "../../inject/quantity.ts";
import type { SidecarSettings } from "../../inject/sidecar.ts";
import { type Secrets, TLS_FILES } from "../../inject/tls-files.ts";
import { LOG_LEVELS } from "../../observe/log.ts";
import { parseDuration } from "../../policy/written/units.ts";
import { parseUpstream } from "../../upstream/tenant.ts";
import { readFlags } from "../flags.ts";
import { SERVE_OPTIONS } from "../options.ts";
import { andThen, listed, type Reading, right, together, wrong } from "../reading.ts";
import { parseProxy } from "../serve/egress.ts";
import { VERSION } from "../version.ts";
import { INJECT_OPTIONS, type InjectFlag } from "./inject-flags.ts";

/** Below this the program itself hardly fits. */
const LEAST_MEBIBYTES = 64;

export type InjectCommand = {
  /** `-` is standard input; undefined when nothing was said. */
  readonly file: string | undefined;
  readonly policyFile: string;
  readonly only: readonly string[];
  /** The policy's text comes from its file. */
  readonly settings: Omit<SidecarSettings, "policy">;
};

/** All that is wrong with a command line; one that lacks the most is shown everything there is. */
type Problems = { readonly problems: readonly string[]; readonly isLost: boolean };

/** They may stand several times. */
const SEVERAL = ["only", "env"];

const NEEDED = ["policy", "upstream", "image"] as const;

/** The command line of `inject`, or everything that is wrong with it. */
export function readInjectOptions(args: readonly string[]): InjectCommand | Problems {
  const given = readFlags(
    args,
    Object.fromEntries(
      INJECT_OPTIONS.map(({ flag, value }) => [
        flag,
        value === undefined
          ? { type: "boolean" as const }
          : { type: "string" as const, multiple: SEVERAL.some((each) => each === flag) },
      ]),
    ),
  );
  if ("problems" in given) return { ...given, isLost: false };
  const { values, positionals } = given.value;
  const all: Given = (flag) => {
    const said = values[flag];
    return [said ?? []].flat().map(String);
  };
  const text = (flag: InjectFlag): string => all(flag).at(-1) ?? fallbackOf(flag);
  const read = together({
    file: oneFile(positionals),
    policyFile: policyFileOf(text("policy")),
    image: oneWord("image", text("image")),
    upstream: upstreamOf(text("upstream")),
    upstreamProxy: proxyOf(text("upstream-proxy"), text("upstream-proxy-secret")),
    ports: portsOf(text("listen-port"), text("admin-port")),
    memory: memoryOf(text("memory")),
    logLevel: oneOf("log-level", text("log-level"), LOG_LEVELS),
    drainLimitMs: durationOf("drain-limit", text("drain-limit")),
    secrets: secretsOf(all),
    env: environmentOf(all("env"), all),
  });
  if ("problems" in read) return { ...read, isLost: NEEDED.some((flag) => text(flag) === "") };
  const { file, policyFile, ports, memory, ...settings } = read.value;
  return {
    file,
    policyFile,
    only: all("only"),
    settings: { ...settings, ...ports, ...memory, native: values.classic !== true, version: VERSION },
  };
}

/** Every value that a flag was given. */
type Given = (flag: InjectFlag) => readonly string[];

function fallbackOf(flag: InjectFlag): string {
  return INJECT_OPTIONS.find((each) => each.flag === flag)?.fallback ?? "";
}

function oneFile(positionals: readonly string[]): Reading<string | undefined> {
  if (positionals.length > 1) return wrong(`one FILE can be read, not ${positionals.length}`);
  return right(positionals[0]);
}

function needed(flag: (typeof NEEDED)[number], text: string): Reading<string> {
  return text === "" ? wrong(`--${flag} is needed`) : right(text);
}

function policyFileOf(text: string): Reading<string> {
  if (text === "-") return wrong("--policy: name a file; standard input is for the manifests");
  return needed("policy", text);
}

/** An address would be taken with white space in it, and then stand so in the manifest. */
function oneWord(flag: "upstream" | "image", text: string): Reading<string> {
  if (/\s/.test(text)) return wrong(`--${flag} ${JSON.stringify(text)}: there is white space in it`);
  return needed(flag, text);
}

function upstreamOf(text: string): Reading<string> {
  return andThen(oneWord("upstream", text), () => {
    const upstream = parseUpstream(text);
    return "problem" in upstream ? wrong(`--upstream: ${upstream.problem}`) : right(text);
  });
}

function proxyOf(url: string, secret: string): Reading<SidecarSettings["upstreamProxy"]> {
  if (url !== "" && secret !== "")
    return wrong("--upstream-proxy and --upstream-proxy-secret both say where the proxy is: give one");
  if (secret !== "") return andThen(secretOf("upstream-proxy-secret", secret), () => right({ secret }));
  if (url === "") return right(undefined);
  const parsed = parseProxy(url);
  if ("problem" in parsed) return wrong(`--upstream-proxy: ${parsed.problem}`);
  return parsed.proxy.authorization === undefined
    ? right({ url })
    : wrong(
        "--upstream-proxy: it has credentials in it, which would stand in the manifest; put the address into a Secret and give its name in --upstream-proxy-secret",
      );
}

function portsOf(listen: string, admin: string): Reading<Pick<SidecarSettings, "listenPort" | "adminPort">> {
  const ports = together({
    listenPort: portOf("listen-port", listen),
    adminPort: portOf("admin-port", admin),
  });
  return andThen(ports, ({ listenPort, adminPort }) =>
    listenPort === adminPort ? wrong(`--listen-port and --admin-port are both ${listen}: choose two`) : ports,
  );
}

function portOf(flag: InjectFlag, text: string): Reading<number> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) return wrong(`--${flag} "${text}": expected a number from 1 to 65535`);
  return right(port);
}

function memoryOf(memory: string): Reading<Pick<SidecarSettings, "memory" | "memoryMebibytes">> {
  const memoryMebibytes = parseMemoryMebibytes(memory);
  if (memoryMebibytes === undefined || memoryMebibytes < LEAST_MEBIBYTES)
    return wrong(`--memory "${memory}": expected e.g. 256Mi or 1Gi, at least ${LEAST_MEBIBYTES}Mi`);
  return right({ memory, memoryMebibytes });
}

function oneOf(flag: InjectFlag, text: string, words: readonly string[]): Reading<string> {
  return words.includes(text)
    ? right(text)
    : wrong(`--${flag} "${text}": expected one of ${words.join(", ")}`);
}

function durationOf(flag: InjectFlag, text: string): Reading<number> {
  const ms = parseDuration(text);
  return ms === undefined ? wrong(`--${flag} "${text}": expected e.g. 20s`) : right(ms);
}

/** What a Secret may be called (RFC 1123 section 2.1, in small letters). */
const SECRET_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function secretsOf(given: Given): Reading<Secrets> {
  if (given("tls-client-ca-secret").length > 0 && given("tls-secret").length === 0)
    return wrong("--tls-client-ca-secret asks for certificates, which takes TLS: give --tls-secret too");
  const names = TLS_FILES.flatMap(({ by }) =>
    given(by)
      .slice(-1)
      .map((name) => secretOf(by, name)),
  );
  return andThen(listed(names), (all) => right(Object.fromEntries(all)));
}

function secretOf(by: InjectFlag, name: string): Reading<readonly [by: string, name: string]> {
  return SECRET_NAME.test(name)
    ? right([by, name])
    : wrong(`--${by} "${name}": expected the name of a Secret`);
}

/** Whether the sidecar's command line leaves that variable alone: it does so with files that no Secret brings. */
function isFree(name: string, given: Given): boolean {
  const elsewhere = TLS_FILES.filter(({ by }) => given(by).length === 0);
  const free = elsewhere.flatMap(({ files }) => Object.keys(files));
  return SERVE_OPTIONS.every(({ flag, env }) => env !== name || free.includes(flag));
}

function environmentOf(lines: readonly string[], given: Given): Reading<Readonly<Record<string, string>>> {
  const variables = lines.map((line): Reading<readonly [name: string, value: string]> => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) return wrong(`--env "${line}": expected NAME=VALUE`);
    if (name === "NODE_OPTIONS") return wrong("--env NODE_OPTIONS: it follows from --memory");
    if (!isFree(name, given)) return wrong(`--env ${name}: the sidecar's command line would overrule it`);
    return right([name, value]);
  });
  return andThen(listed(variables), (all) => right(Object.fromEntries(all)));
}
