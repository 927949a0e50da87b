/** The flags of `inject`, as a table, and the page of help that is made of it. What each may say is for `inject-options.ts`. */
import { LOG_LEVELS } from "../../observe/log.ts";
import { VERSION } from "../version.ts";

type Option = {
  readonly flag: string;
  /** Undefined for a switch. */
  readonly value: string | undefined;
  readonly fallback: string;
  readonly help: string;
};

export const DEFAULT_IMAGE = `crest-gateway:${VERSION}`;

export const INJECT_OPTIONS = [
  {
    flag: "policy",
    value: "FILE",
    fallback: "",
    help: "the policy file, checked before anything is written (needed)",
  },
  { flag: "upstream", value: "URL", fallback: "", help: "the tenant: https://host (needed)" },
  {
    flag: "upstream-proxy",
    value: "URL",
    fallback: "",
    help: "the proxy on the way to it, http://host:port without credentials",
  },
  {
    flag: "upstream-proxy-secret",
    value: "SECRET",
    fallback: "",
    help: "in its place: its url is the address, credentials and all",
  },
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
    flag: "upstream-ca-secret",
    value: "SECRET",
    fallback: "",
    help: "its ca.crt: the authorities that the tenant's certificate may come from",
  },
  {
    flag: "upstream-client-secret",
    value: "SECRET",
    fallback: "",
    help: "its tls.crt and tls.key: shown to a tenant that asks",
  },
  {
    flag: "upstream-proxy-ca-secret",
    value: "SECRET",
    fallback: "",
    help: "its ca.crt: authorities of an https:// proxy's certificate",
  },
  {
    flag: "tls-secret",
    value: "SECRET",
    fallback: "",
    help: "its tls.crt and tls.key: the application then speaks TLS to the gateway",
  },
  {
    flag: "tls-client-ca-secret",
    value: "SECRET",
    fallback: "",
    help: "its ca.crt: the application shows a certificate of these authorities",
  },
  {
    flag: "env",
    value: "NAME=VALUE",
    fallback: "",
    help: `fills \${NAME} in the policy; may stand several times`,
  },
] as const satisfies readonly Option[];

export type InjectFlag = (typeof INJECT_OPTIONS)[number]["flag"];

const LEFTS = INJECT_OPTIONS.map(
  ({ flag, value }) => `  --${flag}${value === undefined ? "" : ` ${value}`}  `,
);

const FLAG_COLUMNS = Math.max(...LEFTS.map(({ length }) => length));

const FLAG_LINES = INJECT_OPTIONS.map(({ fallback, help }, index) => {
  return `${LEFTS[index]?.padEnd(FLAG_COLUMNS)}${help}${fallback === "" ? "" : ` (default: ${fallback})`}`;
});

export const INJECT_USAGE = `crest-gateway inject --policy FILE --upstream URL [flags] [FILE | -]
  reads Kubernetes manifests (YAML or JSON; from FILE, else standard input) and writes them with the gateway
  beside every workload's containers, each workload after a ConfigMap with the policy; a second time changes nothing
${FLAG_LINES.join("\n")}
  kubectl get deploy app -o yaml | crest-gateway inject --policy policy.yaml --upstream https://tenant.example.com - \\
    | kubectl apply -f -`;
