/** Certificates for tests: those of `test/fixtures/tls`, and new ones that openssl makes at once. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { requireTool } from "./tools.ts";

/** A fixture: `server`, `server.key`, `client`, `other-name`, `expired`, `ca`, each with its key. */
export const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), "utf8");

export const pair = (name: string): Pair => ({ cert: pem(name), key: pem(`${name}.key`) });

export type Pair = { readonly cert: string; readonly key: string };

export type Authority = {
  readonly ca: string;
  /** A certificate of `localhost`, for servers and for clients, with a key of its own. */
  issue(commonName: string, days?: number): Pair;
};

/** A new authority that signs what it is asked to. */
export function makeAuthority(context: TestContext, name: string): Authority {
  const openssl = requireTool(context, "openssl");
  const folder = mkdtempSync(join(tmpdir(), "crest-gateway-authority-"));
  const at = (file: string): string => join(folder, file);
  const make = (file: string, commonName: string, ...more: readonly string[]): Pair => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const out = ["-keyout", at(`${file}.key`), "-out", at(file), "-subj", `/CN=${commonName}`];
    const { status, stderr } = spawnSync(openssl, ["req", "-x509", ...key, ...out, ...more], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    return { cert: readFileSync(at(file), "utf8"), key: readFileSync(at(`${file}.key`), "utf8") };
  };
  const { cert: ca } = make("ca", name, "-days", "30");
  return {
    ca,
    issue: (commonName, days = 20) =>
      make(
        "leaf",
        commonName,
        ...["-CA", at("ca"), "-CAkey", at("ca.key"), "-days", String(days)],
        ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"],
      ),
  };
}
