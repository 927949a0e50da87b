/**
 * Files of TLS that Secrets bring to the sidecar: which are there to be had, where they are mounted, and which flags name
 * them. The Helm chart has the same table; a test renders both and compares them.
 */
import type { Manifest } from "./workloads.ts";

type TlsFiles = {
  /** The flag of `inject` that names the Secret. */
  readonly by: string;
  readonly volume: string;
  readonly folder: string;
  /** The gateway's flags, and the Secret's keys; as cert-manager writes them. */
  readonly files: Readonly<Record<string, string>>;
};

export const TLS_FILES = [
  {
    by: "upstream-ca-secret",
    volume: "crest-gateway-upstream-ca",
    folder: "ca",
    files: { "upstream-ca": "ca.crt" },
  },
  {
    by: "upstream-client-secret",
    volume: "crest-gateway-upstream-client",
    folder: "client",
    files: { "upstream-cert": "tls.crt", "upstream-key": "tls.key" },
  },
  {
    by: "upstream-proxy-ca-secret",
    volume: "crest-gateway-proxy-ca",
    folder: "proxy-ca",
    files: { "upstream-proxy-ca": "ca.crt" },
  },
  {
    by: "tls-secret",
    volume: "crest-gateway-callers",
    folder: "callers",
    files: { "tls-cert": "tls.crt", "tls-key": "tls.key" },
  },
  {
    by: "tls-client-ca-secret",
    volume: "crest-gateway-callers-ca",
    folder: "callers-ca",
    files: { "tls-client-ca": "ca.crt" },
  },
] as const satisfies readonly TlsFiles[];

/** The names of Secrets, by the flags that name them. */
export type Secrets = Readonly<Partial<Record<(typeof TLS_FILES)[number]["by"], string>>>;

export const TLS_VOLUMES: readonly string[] = TLS_FILES.map(({ volume }) => volume);

const inUse = (secrets: Secrets): readonly TlsFiles[] =>
  TLS_FILES.filter(({ by }) => secrets[by] !== undefined);

export function tlsArguments(secrets: Secrets): string[] {
  return inUse(secrets).flatMap(({ folder, files }) =>
    Object.entries(files).map(([flag, file]) => `--${flag}=${pathOf(folder)}/${file}`),
  );
}

/** Folders, never files alone: the gateway takes renewed ones over, and a file mounted by `subPath` never changes. */
export function tlsMounts(secrets: Secrets): Manifest[] {
  return inUse(secrets).map(({ volume, folder }) => ({
    name: volume,
    mountPath: pathOf(folder),
    readOnly: true,
  }));
}

export function tlsVolumes(secrets: Secrets): Manifest[] {
  return TLS_FILES.flatMap(({ by, volume, files }) => {
    const items = Object.values(files).map((file) => ({ key: file, path: file }));
    return secrets[by] === undefined ? [] : [{ name: volume, secret: { secretName: secrets[by], items } }];
  });
}

const pathOf = (folder: string): string => `/etc/crest-gateway-tls/${folder}`;
