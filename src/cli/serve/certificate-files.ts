/**
 * The files of certificates that the flags name, for every side of the gateway, and what of them is in force: changed
 * files take the place of the ones before only if they can be used. It knows flags and files; what a certificate is good
 * for is for others.
 */
import { readFileSync } from "node:fs";
import {
  type Credential,
  type CredentialRead,
  type PemFile,
  readAuthorities,
  readPair,
  type TlsPem,
} from "../../certificate.ts";
import type { CertificateUse } from "../../observe/labels.ts";
import type { CertificateState } from "../../observe/states.ts";
import type { ServeFlag, ServeValues } from "../options.ts";
import { Live, type Reloaded } from "./live.ts";

const SIDES = ["listener", "upstream", "proxy"] as const;
export type Side = (typeof SIDES)[number];

/** The flags of a certificate and its key, or of authorities. */
type Flags = readonly [cert: ServeFlag, key: ServeFlag] | readonly [ca: ServeFlag];

const USES: readonly { readonly use: CertificateUse; readonly side: Side; readonly flags: Flags }[] = [
  { use: "listener", side: "listener", flags: ["tls-cert", "tls-key"] },
  { use: "listener-client-ca", side: "listener", flags: ["tls-client-ca"] },
  { use: "upstream-client", side: "upstream", flags: ["upstream-cert", "upstream-key"] },
  { use: "upstream-ca", side: "upstream", flags: ["upstream-ca"] },
  { use: "upstream-proxy-ca", side: "proxy", flags: ["upstream-proxy-ca"] },
];

type InUse = {
  readonly use: CertificateUse;
  readonly side: Side;
  readonly files: readonly string[];
  readonly live: Live<Credential>;
};

export type Renewal = Pick<InUse, "use" | "side"> & { readonly reloaded: Reloaded<Credential> };

/** What the flags name, read for the first time; or what is wrong with the first that cannot be used. */
export function readCertificateFiles(
  values: ServeValues,
): { readonly certificates: CertificateFiles } | { readonly problem: string } {
  if (values["tls-client-ca"] !== "" && values["tls-cert"] === "")
    return {
      problem: "--tls-client-ca asks callers for certificates, which needs --tls-cert and --tls-key too",
    };
  const inUse: InUse[] = [];
  for (const { use, side, flags } of USES) {
    const given = flags.filter((flag) => values[flag] !== "");
    if (given.length === 0) continue;
    const missing = flags.find((flag) => values[flag] === "");
    if (missing)
      return { problem: `--${given[0]} needs --${missing} too: a certificate and its key go together` };
    const files = flags.map((flag) => values[flag]);
    const source = {
      read: () => readFiles(flags, values),
      identity: ({ pem }: Credential) => JSON.stringify(pem),
      content: () => files.map(contentOf).join("\0"),
    };
    const first = source.read();
    if ("problem" in first) return first;
    inUse.push({ use, side, files, live: new Live(first.value, source) });
  }
  return { certificates: new CertificateFiles(inUse) };
}

export class CertificateFiles {
  readonly #inUse: readonly InUse[];
  readonly #pems = new Map<Side, TlsPem>();

  constructor(inUse: readonly InUse[]) {
    this.#inUse = inUse;
    for (const side of SIDES) this.#gather(side);
  }

  get files(): readonly string[] {
    return this.#inUse.flatMap(({ files }) => files);
  }

  get inForce(): readonly Credential[] {
    return this.#inUse.map(({ live }) => live.current);
  }

  /** What is in force on that side, the same object until it changes; undefined when no flag speaks of it. */
  pemOf(side: Side): TlsPem | undefined {
    return this.#pems.get(side);
  }

  states(): readonly CertificateState[] {
    return this.#inUse.map(({ use, live }) => ({
      use,
      endsAtMs: live.current.endsAtMs,
      lastReloadSuccessful: live.lastReloadSuccessful,
    }));
  }

  /** Reads everything anew, and takes over what can be used. */
  reload(): readonly Renewal[] {
    const renewals = this.#inUse.map(({ use, side, live }) => ({ use, side, reloaded: live.reload() }));
    const changed = renewals.filter(({ reloaded }) => reloaded.kind === "success");
    for (const side of new Set(changed.map((each) => each.side))) this.#gather(side);
    return renewals;
  }

  #gather(side: Side): void {
    const pems = this.#inUse.filter((each) => each.side === side).map(({ live }) => live.current.pem);
    if (pems.length > 0) this.#pems.set(side, Object.assign({}, ...pems));
  }
}

function readFiles(flags: Flags, values: ServeValues): CredentialRead {
  const [first, second] = flags;
  const own = readFile(first, values[first]);
  if ("problem" in own) return own;
  if (second === undefined) return readAuthorities(own);
  const key = readFile(second, values[second]);
  return "problem" in key ? key : readPair(own, key);
}

function readFile(flag: ServeFlag, file: string): PemFile | { readonly problem: string } {
  try {
    return { name: `--${flag} ${file}`, pem: readFileSync(file, "utf8") };
  } catch (error) {
    return { problem: `--${flag} ${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
