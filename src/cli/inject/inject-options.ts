/**
 * The command line of `inject`: its flags, as a table, and what people write becomes the settings of a sidecar. It
 * decides what each flag may say, and knows neither manifests nor the policy.
 */
import { parseArgs } from "node:util";
import { parseMemoryMebibytes } from "../../inject/quantity.ts";
import type { SidecarSettings } from "../../inject/sidecar.ts";
import { LOG_LEVELS } from "../../observe/log.ts";
import { parseDuration } from "../../policy/written/units.ts";
import { parseUpstream } from "../../upstream/tenant.ts";
import { SERVE_OPTIONS } from "../options.ts";
import { VERSION } from "../version.ts";

type Option = {
  readonly flag: string;
  /** Undefined for a switch. */
  readonly value: string | undefined;
  readonly fallback: string;
  readonly help: string;
};

export const DEFAULT_IMAGE = `crest-gateway:${VERSION}`;

const INJECT_OPTIONS = [
  {
    flag: "policy",
    value: "FILE",
    fallback: "",
    help: "the policy file, checked before anything is written (needed)",
  },
  { flag: "upstream", value: "URL", fallback: "", help: "the tenant: https://host (needed)" },
  { flag: "image", value: "REF", fallback: DEFAULT_IMAGE, help: "the gateway's image" },
  {
    flag: "classic",
    value: undefined,
    fallback: "",
    help: "an ordinary container, for Kubernetes before 1.29",
  },
  {
    flag: "only",
    value: "KIND/NAME",
    fallback: "",
    help: "this workload, or any of this NAME; may stand several times",
  },
  { flag: "listen-port", value: "PORT", fallback: "8080", help: "where the application finds the gateway" },
  { flag: "admin-port", value: "PORT", fallback: "9090", help: "where the kubelet and Prometheus find it" },
  {
    flag: "memory",
    value: "AMOUNT",
    fallback: "256Mi",
    help: "its memory, asked for and limit; at least 64Mi",
  },
  { flag: "log-level", value: "LEVEL", fallback: "info", help: LOG_LEVELS.join(", ") },
  {
    flag: "drain-limit",
    value: "DURATION",
    fallback: "20s",
    help: "how long requests in flight may take at the end",
  },
  {
    flag: "env",
    value: "NAME=VALUE",
    fallback: "",
    help: `fills \${NAME} in the policy; may stand several times`,
  },
] as const satisfies readonly Option[];

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

/** What is wrong with a command line; one that lacks the most is shown everything there is. */
type Problem = { readonly problem: string; readonly isLost: boolean };

/** The command line of `inject`, or the first thing that is wrong with it. */
export function readInjectOptions(args: readonly string[]): InjectCommand | Problem {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        INJECT_OPTIONS.map(({ flag, value }) => [
          flag,
          value === undefined ? { type: "boolean" as const } : { type: "string" as const, multiple: true },
        ]),
      ),
      allowPositionals: true,
    });
    const [file, ...rest] = positionals;
    if (rest.length > 0) throw new Error(`one FILE can be read, not ${positionals.length}`);
    const all = (flag: Flag): readonly string[] => {
      const said = values[flag];
      return Array.isArray(said) ? said.map(String) : [];
    };
    const text = (flag: Flag): string => all(flag).at(-1) ?? fallbackOf(flag);
    return {
      file,
      policyFile: fileOf("policy", needed("policy", text("policy"))),
      only: all("only"),
      settings: {
        image: oneWord("image", needed("image", text("image"))),
        native: values.classic !== true,
        upstream: upstreamOf(oneWord("upstream", needed("upstream", text("upstream")))),
        ...portsOf(text("listen-port"), text("admin-port")),
        ...memoryOf(text("memory")),
        logLevel: oneOf("log-level", text("log-level"), LOG_LEVELS),
        drainLimitMs: durationOf("drain-limit", text("drain-limit")),
        env: environmentOf(all("env")),
        version: VERSION,
      },
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Node adds how to write such a thing as a positional; nobody means that here.
    return {
      problem: message.replace(/\. To specify a positional.*$/s, ""),
      isLost: / is needed$/.test(message),
    };
  }
}

type Flag = (typeof INJECT_OPTIONS)[number]["flag"];

function fallbackOf(flag: Flag): string {
  return INJECT_OPTIONS.find((each) => each.flag === flag)?.fallback ?? "";
}

function needed(flag: Flag, text: string): string {
  if (text === "") throw new Error(`--${flag} is needed`);
  return text;
}

/** An address would be taken with white space in it, and then stand so in the manifest. */
function oneWord(flag: Flag, text: string): string {
  if (/\s/.test(text)) throw new Error(`--${flag} ${JSON.stringify(text)}: there is white space in it`);
  return text;
}

function fileOf(flag: Flag, text: string): string {
  if (text === "-") throw new Error(`--${flag}: name a file; standard input is for the manifests`);
  return text;
}

function upstreamOf(text: string): string {
  const upstream = parseUpstream(text);
  if ("problem" in upstream) throw new Error(`--upstream: ${upstream.problem}`);
  return text;
}

function portsOf(listen: string, admin: string): Pick<SidecarSettings, "listenPort" | "adminPort"> {
  const ports = { listenPort: portOf("listen-port", listen), adminPort: portOf("admin-port", admin) };
  if (ports.listenPort === ports.adminPort)
    throw new Error(`--listen-port and --admin-port are both ${listen}: choose two`);
  return ports;
}

function portOf(flag: Flag, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error(`--${flag} "${text}": expected a number from 1 to 65535`);
  return port;
}

function memoryOf(memory: string): Pick<SidecarSettings, "memory" | "memoryMebibytes"> {
  const memoryMebibytes = parseMemoryMebibytes(memory);
  if (memoryMebibytes === undefined || memoryMebibytes < LEAST_MEBIBYTES)
    throw new Error(`--memory "${memory}": expected e.g. 256Mi or 1Gi, at least ${LEAST_MEBIBYTES}Mi`);
  return { memory, memoryMebibytes };
}

function oneOf(flag: Flag, text: string, words: readonly string[]): string {
  if (!words.includes(text)) throw new Error(`--${flag} "${text}": expected one of ${words.join(", ")}`);
  return text;
}

function durationOf(flag: Flag, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`--${flag} "${text}": expected e.g. 20s`);
  return ms;
}

function environmentOf(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`--env "${line}": expected NAME=VALUE`);
      if (name === "NODE_OPTIONS") throw new Error("--env NODE_OPTIONS: it follows from --memory");
      if (SERVE_OPTIONS.some(({ env }) => env === name && !/^UPSTREAM_.*_FILE$/.test(env)))
        throw new Error(`--env ${name}: the sidecar's command line would overrule it`);
      return [name, value];
    }),
  );
}

const FLAG_LINES = INJECT_OPTIONS.map(({ flag, value, fallback, help }) => {
  const left = `  --${flag}${value === undefined ? "" : ` ${value}`}`;
  return `${left.padEnd(26)}${help}${fallback === "" ? "" : ` (default: ${fallback})`}`;
});

export const INJECT_USAGE = `crest-gateway inject --policy FILE --upstream URL [flags] [FILE | -]
  reads Kubernetes manifests (YAML or JSON; from FILE, else standard input) and writes them with the gateway
  beside every workload's containers, each workload after a ConfigMap with the policy; a second time changes nothing
${FLAG_LINES.join("\n")}
  kubectl get deploy app -o yaml | crest-gateway inject --policy policy.yaml --upstream https://tenant.example.com - \\
    | kubectl apply -f -`;
