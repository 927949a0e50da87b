/**
 * Kept connections to the tenant for Node's own client, under http-proxy: those of `connections.ts` by the rules of
 * `http.Agent`. TLS is the dialer's business, so every one of them is plain HTTP here.
 */
import { Agent, type ClientRequestArgs } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import { IDLE_CONNECTIONS_KEPT, type Limits } from "./connections.ts";
import { Lifetime } from "./lifetime.ts";
import type { Dial } from "./way.ts";

/** An option of a request: hears how to give up the connection that is opened for it. */
export type OnDial = { readonly onDial: (giveUp: () => void) => void };

export class KeptSockets extends Agent {
  /** Node's own, which its declarations leave out: what keeps a free connection is read here each time. */
  declare readonly options: { timeout?: number };
  readonly #dial: Dial;
  readonly #clock: Clock;
  readonly #lifetimes = new Map<Duplex, Lifetime>();
  #limits: Limits;

  /** With `keep` false a connection carries one request, and says so. */
  constructor(dial: Dial, limits: Limits, clock: Clock, keep = true) {
    super({ keepAlive: keep, timeout: limits.idleMs, maxFreeSockets: IDLE_CONNECTIONS_KEPT });
    this.#dial = dial;
    this.#limits = limits;
    this.#clock = clock;
  }

  get headBytes(): number {
    return this.#limits.headBytes;
  }

  override createConnection(
    options: ClientRequestArgs & Partial<OnDial>,
    opened: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const giveUp = this.#dial((...how) => {
      const [error, socket] = how;
      if (socket) this.#stand(socket);
      // Of a connection that could not be made Node looks at the error alone.
      opened(error, socket as Socket);
    });
    options.onDial?.(giveUp);
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const lifetime = this.#lifetimes.get(socket);
    // Node's own declaration says that nothing comes back; what comes back is whether it is kept.
    const kept = super.keepSocketAlive(socket) as unknown as boolean;
    return kept && lifetime?.spent === false;
  }

  /** It brought an answer that another connection might not have brought. */
  doubt(socket: Duplex): void {
    this.#lifetimes.get(socket)?.doubt();
  }

  /** As a pool's: other limits hold from now on. */
  renew(limits: Limits): void {
    this.#limits = limits;
    this.options.timeout = limits.idleMs;
    for (const [socket, lifetime] of this.#lifetimes) {
      lifetime.spent = true;
      this.#closeIfFree(socket);
    }
  }

  #stand(socket: Socket): void {
    const lifetime = new Lifetime(this.#clock, this.#limits.maxAgeMs, () => this.#closeIfFree(socket));
    this.#lifetimes.set(socket, lifetime);
    socket.once("close", () => {
      lifetime.end();
      this.#lifetimes.delete(socket);
    });
  }

  #closeIfFree(socket: Duplex): void {
    const free = Object.values(this.freeSockets).some((each) => each?.some((other) => other === socket));
    if (free) socket.destroy();
  }
}
