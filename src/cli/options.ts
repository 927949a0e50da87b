/**
 * The flags of `serve`, as a table: what each is called on the command line and in the environment, what it says when
 * nobody says anything, and the line of help. A flag wins over the environment. A command that needs some of them reads
 * them here too, so that both understand the same.
 */
import type { Environment } from "../policy/written/interpolate.ts";
import { readFlags } from "./flags.ts";

type Option = {
  readonly flag: string;
  readonly env: string;
  /** Empty for a switch, which is `yes` or `no` in the environment. */
  readonly value: string;
  readonly fallback: string;
  readonly help: string;
  /** Several are one list, with commas; any other is given once. */
  readonly repeatable?: true;
};

export const SERVE_OPTIONS = [
  {
    flag: "upstream",
    env: "UPSTREAM_URL",
    value: "URL",
    fallback: "",
    help: "the tenant: https://host or http://host:port; without it, a simulated tenant",
  },
  {
    flag: "upstream-ca",
    env: "UPSTREAM_CA_FILE",
    value: "FILE",
    fallback: "",
    help: "PEM file of the authorities that the tenant's certificate may come from",
  },
  {
    flag: "upstream-cert",
    env: "UPSTREAM_CERT_FILE",
    value: "FILE",
    fallback: "",
    help: "PEM file of the client certificate, for a tenant that asks for one",
  },
  {
    flag: "upstream-key",
    env: "UPSTREAM_KEY_FILE",
    value: "FILE",
    fallback: "",
    help: "PEM file of the client certificate's key",
  },
  {
    flag: "upstream-proxy",
    env: "UPSTREAM_PROXY",
    value: "URL",
    fallback: "",
    help: "the proxy on the way to it, http://[user:password@]host:port, or none (default: HTTPS_PROXY, NO_PROXY)",
  },
  {
    flag: "upstream-proxy-ca",
    env: "UPSTREAM_PROXY_CA_FILE",
    value: "FILE",
    fallback: "",
    help: "PEM file of the authorities that the certificate of an https:// proxy may come from",
  },
  {
    flag: "listen",
    env: "LISTEN",
    value: "[HOST:]PORT",
    fallback: "127.0.0.1:8080",
    help: "where callers connect",
  },
  {
    flag: "tls-cert",
    env: "TLS_CERT_FILE",
    value: "FILE",
    fallback: "",
    help: "PEM file of the certificate that callers see; they then have to speak TLS",
  },
  {
    flag: "tls-key",
    env: "TLS_KEY_FILE",
    value: "FILE",
    fallback: "",
    help: "PEM file of that certificate's key",
  },
  {
    flag: "tls-client-ca",
    env: "TLS_CLIENT_CA_FILE",
    value: "FILE",
    fallback: "",
    help: "PEM file of authorities: every caller shows a certificate of theirs",
  },
  {
    flag: "admin",
    env: "ADMIN",
    value: "[HOST:]PORT",
    fallback: "127.0.0.1:9090",
    help: "where metrics, health and status are",
  },
  {
    flag: "admin-host",
    env: "ADMIN_HOST",
    value: "NAME",
    fallback: "",
    repeatable: true,
    help: "what that address is called, besides localhost; several times or with commas",
  },
  {
    flag: "policy",
    env: "POLICY_FILE",
    value: "FILE",
    fallback: "",
    help: "the policy file (default: config/policy.yaml of this package)",
  },
  {
    flag: "log-level",
    env: "LOG_LEVEL",
    value: "LEVEL",
    fallback: "info",
    help: "trace, debug, info, warn, error or silent",
  },
  {
    flag: "log-format",
    env: "LOG_FORMAT",
    value: "FORMAT",
    fallback: "auto",
    help: "json, pretty (a line for people), or auto: pretty on a terminal",
  },
  {
    flag: "weather",
    env: "WEATHER",
    value: "WEATHER",
    fallback: "",
    help: "of the simulated tenant: calm, rain (one answer in ten goes wrong) or storm (one in three)",
  },
  {
    flag: "demo-traffic",
    env: "DEMO_TRAFFIC",
    value: "",
    fallback: "no",
    help: "keeps a gentle traffic to the simulated tenant, so that there is something to see",
  },
  {
    flag: "drain-delay",
    env: "DRAIN_DELAY",
    value: "DURATION",
    fallback: "0s",
    help: "on SIGTERM, how long to go on serving while /readyz already says no",
  },
  {
    flag: "drain-limit",
    env: "DRAIN_LIMIT",
    value: "DURATION",
    fallback: "30s",
    help: "then, how long requests in flight may take to finish",
  },
] as const satisfies readonly Option[];

export type ServeFlag = (typeof SERVE_OPTIONS)[number]["flag"];
export type ServeValues = Readonly<Record<ServeFlag, string>>;

export const SERVE_USAGE = `crest-gateway [serve] [flags]
${SERVE_OPTIONS.map(flagLines).join("\n")}`;

function flagLines({ flag, value, env, fallback, help }: Option): string {
  const shown = fallback === "" ? help : `${help} (default: ${fallback})`;
  return `  --${`${flag} ${value}`.trim().padEnd(26)}${shown}\n  ${" ".repeat(28)}or ${env} in the environment`;
}

/** The value of every flag of `serve` as text, or what is wrong with the command line. */
export function readServeOptions(
  args: readonly string[],
  env: Environment,
): { readonly values: ServeValues } | { readonly problem: string } {
  return readOptions(
    SERVE_OPTIONS.map(({ flag }) => flag),
    args,
    env,
  );
}

/** The values of those flags only, or what is wrong: every other flag is a mistake. */
export function readOptions<Flag extends ServeFlag>(
  flags: readonly Flag[],
  args: readonly string[],
  env: Environment,
): { readonly values: Readonly<Record<Flag, string>> } | { readonly problem: string } {
  const options: readonly Option[] = SERVE_OPTIONS.filter(({ flag }) => flags.some((each) => each === flag));
  const given = readFlags(
    args,
    Object.fromEntries(
      options.map(({ flag, value, repeatable = false }) => [
        flag,
        value === "" ? { type: "boolean" as const } : { type: "string" as const, multiple: repeatable },
      ]),
    ),
  );
  if ("problems" in given) return { problem: given.problems.join("\n") };
  const { values, positionals } = given.value;
  if (positionals.length > 0) return { problem: `"${positionals[0]}" is no flag; they begin with --` };
  const said = new Map(
    Object.entries(values).map(([flag, value]) => [flag, [value ?? []].flat().map(asWord)]),
  );
  const empty = options.flatMap((option) => emptyProblem(option, said.get(option.flag), env) ?? []);
  if (empty.length > 0) return { problem: empty.join("\n") };
  const chosen = options.map(({ flag, env: name, fallback }) => [
    flag,
    said.get(flag)?.join(",") ?? env[name] ?? fallback,
  ]);
  return { values: Object.fromEntries(chosen) as Record<Flag, string> };
}

function asWord(value: string | boolean): string {
  return value === true ? "yes" : String(value);
}

/**
 * Given, but empty, is never what was meant: a script's variable was not set. Taken for "not given" it would make a
 * gateway with another tenant, address or policy than its operator believes.
 */
function emptyProblem(
  { flag, env: name }: Option,
  given: readonly string[] | undefined,
  env: Environment,
): string | undefined {
  if (given?.includes("")) return `--${flag} is given and empty: give it a value, or leave it out`;
  if (given === undefined && env[name] === "")
    return `${name} is set and empty: give it a value, or unset it`;
  return undefined;
}

/** Where to listen. Without a host: on every address, of whichever families the machine has. */
export type Address = { readonly host: string | undefined; readonly port: number };

/** `127.0.0.1:8080`, `[::1]:8080`, `:8080` (every address) or `8080` (loopback); undefined when it is none of them. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:(\[[0-9A-Fa-f:.]+\]|[^:[\]\s]*)(:))?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return undefined;
  if (match[2] === undefined) return { host: "127.0.0.1", port };
  return { host: match[1]?.replace(/^\[|\]$/g, "") || undefined, port };
}
