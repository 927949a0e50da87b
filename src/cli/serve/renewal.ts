/**
 * What follows when the files of certificates have changed: who has to know of the new ones, and what is told of them. It
 * reads no file itself.
 */
import { outOfTime } from "../../certificate.ts";
import type { Clock } from "../../clock.ts";
import type { Observe } from "../../observe/events.ts";
import type { Log } from "../../observe/log.ts";
import type { GatewayServer } from "../../server/server.ts";
import type { CertificateFiles, Renewal } from "./certificate-files.ts";

type Parts = {
  readonly server: GatewayServer;
  readonly observe: Observe;
  readonly log: Log;
  readonly clock: Clock;
};

/** Looks at the files and takes over what is new; the first look only warns of what is out of its time. */
export function renewal(certificates: CertificateFiles, { server, observe, log, clock }: Parts): () => void {
  const warn = (): void => {
    for (const credential of certificates.inForce) {
      const problem = outOfTime(credential, clock.wall());
      if (problem !== undefined) log.warn(problem);
    }
  };
  const tell = ({ use, reloaded }: Renewal): void => {
    if (reloaded.kind === "failure")
      observe({ kind: "certificate-reload", use, result: "failure", message: reloaded.problem });
    if (reloaded.kind === "mended")
      log.info("certificate files mended: they say again what is in force", { use });
    if (reloaded.kind !== "success") return;
    const { name, endsAtMs } = reloaded.value;
    const message = `${name}, valid until ${new Date(endsAtMs).toISOString()}`;
    observe({ kind: "certificate-reload", use, result: "success", message });
  };
  warn();
  return () => {
    const renewed = certificates.reload();
    renewed.forEach(tell);
    const changed = renewed.filter(({ reloaded }) => reloaded.kind === "success");
    if (changed.length === 0) return;
    const pem = certificates.pemOf("listener");
    if (pem && changed.some(({ side }) => side === "listener")) server.renewTls(pem);
    warn();
  };
}
