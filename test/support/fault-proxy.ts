/**
 * Stands between the gateway and the simulated tenant and spoils what passes, so that what the tenant has really done can
 * be counted there, whatever its caller was told. Without a fault it passes bytes on as they come.
 *
 * It knows when a fault begins and what the tenant sees of the request; what a fault does to a socket is in `faults.ts`.
 */
import net, { type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import type { Clock } from "../../src/clock.ts";

/** What a fault can do things to. */
export type Wire = {
  /** The bare connection, also under TLS: only that one can be reset. */
  readonly tcp: Socket;
  /** What the gateway's bytes come from and go to. */
  readonly stream: Duplex;
  readonly clock: Pick<Clock, "after">;
};

/** What goes wrong, and when. */
export type Fault = {
  /** Only on a connection that has carried a request before. */
  readonly reusedOnly?: boolean;
} & (
  | { readonly at: "connection"; readonly act: (wire: Wire) => void }
  /** The first bytes of a request are here, and the tenant never gets any of them. */
  | { readonly at: "request"; readonly act: (wire: Wire) => void }
  | {
      /** The tenant has done what it was asked, and this is all of its answer. */
      readonly at: "answer";
      readonly act: (wire: Wire, answer: Buffer) => void;
      /** What is said is a whole answer: the connection is good for another request. */
      readonly whole?: boolean;
    }
);

export type FaultProxy = {
  /** By the name localhost, so that certificates can be about it. */
  readonly url: string;
  /** From now on this goes wrong, so many times or always. */
  spoil(fault: Fault, times: number): void;
  /** From now on all is well, but for what has begun. */
  heal(): void;
  /** Requests that reached it, spoilt or not. */
  readonly requests: number;
  /** Goes up with whatever comes from either side: as long as it does, something goes on. */
  readonly moves: number;
  /** Connections now: how many there are, and how many of them are in the middle of a request. */
  sockets(): { readonly open: number; readonly busy: number };
  close(): Promise<void>;
};

export type Certificate = { readonly cert: string; readonly key: string };

/** One connection of the gateway, and the one to the tenant behind it. */
type Link = Wire & { carried: number; busy: boolean; spoilt: boolean };

/** `certificate` given: the gateway's side of it is TLS. */
export async function startFaultProxy(
  tenantUrl: string,
  clock: Wire["clock"],
  certificate?: Certificate,
): Promise<FaultProxy> {
  const { port: tenantPort, hostname: tenantHost } = new URL(tenantUrl);
  const secureContext = certificate && tls.createSecureContext(certificate);
  const links = new Set<Link>();
  let fault: Fault | undefined;
  let times = 0;
  let requests = 0;
  let moves = 0;

  const next = (at: Fault["at"], link: Link): Fault | undefined => {
    if (!fault || times <= 0 || fault.at !== at || (fault.reusedOnly && link.carried === 0)) return undefined;
    times--;
    link.spoilt = true;
    return fault;
  };

  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (tcp) => {
    moves++;
    tcp.on("error", () => {});
    const atOnce = fault?.at === "connection" && times > 0;
    const stream: Duplex =
      secureContext && !atOnce ? new tls.TLSSocket(tcp, { isServer: true, secureContext }) : tcp;
    const link: Link = { tcp, stream, clock, carried: 0, busy: false, spoilt: false };
    links.add(link);
    tcp.on("close", () => {
      moves++;
      links.delete(link);
    });
    stream.on("error", () => tcp.destroy());
    const spoiling = next("connection", link);
    if (spoiling?.at === "connection") {
      link.busy = true;
      // It hears when the other side ends, whatever it does itself.
      tcp.resume().on("end", () => tcp.end());
      spoiling.act(link);
    } else relay(link);
  });

  const relay = (link: Link): void => {
    const { stream } = link;
    const tenant = net.connect({ port: Number(tenantPort), host: tenantHost, noDelay: true });
    let answer: Buffer[] = [];
    let onAnswer: Extract<Fault, { at: "answer" }> | undefined;
    stream.on("data", (piece: Buffer) => {
      moves++;
      if (!link.busy && !link.spoilt) {
        link.busy = true;
        requests++;
        const spoiling = next("request", link);
        if (spoiling?.at === "request") return spoiling.act(link);
        const later = next("answer", link);
        if (later?.at === "answer") onAnswer = later;
      }
      if (!link.spoilt || onAnswer) tenant.write(piece);
    });
    stream.on("end", () => {
      if (!link.spoilt) tenant.end();
      stream.end();
    });
    stream.on("close", () => tenant.destroy());
    tenant.on("error", () => {});
    tenant.on("close", () => {
      if (!link.spoilt) stream.end();
    });
    tenant.on("data", (piece: Buffer) => {
      moves++;
      answer.push(piece);
      if (!onAnswer) stream.write(piece);
      const whole = Buffer.concat(answer);
      if (!isWhole(whole)) return;
      const spoiling = onAnswer;
      answer = [];
      onAnswer = undefined;
      link.carried++;
      if (!spoiling || spoiling.whole) link.busy = link.spoilt = false;
      spoiling?.act(link, whole);
    });
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate ? "https" : "http"}://localhost:${port}`,
    spoil(what, howOften) {
      fault = what;
      times = howOften;
    },
    heal() {
      times = 0;
    },
    get requests() {
      return requests;
    },
    get moves() {
      return moves;
    },
    sockets: () => ({ open: links.size, busy: [...links].filter(({ busy }) => busy).length }),
    close: () => {
      for (const { tcp } of links) tcp.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The simulated tenant frames by length, or sends nothing behind its head. */
function isWhole(answer: Buffer): boolean {
  const head = answer.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.toString("latin1", 0, head))?.[1] ?? "0";
  return answer.length >= head + 4 + Number(length);
}
