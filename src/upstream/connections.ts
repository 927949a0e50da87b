/**
 * Kept connections to the tenant for undici, which carries one request at a time on each. The last one used is the first
 * one taken, so that no more stay open than are needed at once.
 *
 * undici's own `Pool` cannot end an attempt that is still connecting, and does not say which connection it takes.
 */
import type { Socket } from "node:net";
import type { Dispatcher } from "undici";
import Client from "undici/lib/dispatcher/client.js";
import type { Clock } from "../clock.ts";
import { withoutContinue } from "./interim.ts";
import { Lifetime } from "./lifetime.ts";
import type { Dial } from "./way.ts";

export type Limits = {
  /** Without a request for so long, a connection is closed. */
  readonly idleMs: number;
  /** Older than this, it is not used for another request. */
  readonly maxAgeMs: number;
  /** The head of an answer is no longer than this. */
  readonly headBytes: number;
};

export type Pool = {
  /** A kept connection, or one that is still to be opened, as it is in any case if it has to be `anew`. */
  take(anew: boolean): Connection;
  /** Other limits hold for connections that are opened from now on; those that stand carry no further request. */
  renew(limits: Limits): void;
  /** Closes every connection, also those in use. */
  close(): void;
};

/** A tenant that announces when it will close an idle connection is left that much time before. */
const MARGIN_MS = 1000;

export const IDLE_CONNECTIONS_KEPT = 256;

/** Whoever listens is known to the dialer; undici speaks HTTP on what it is given. */
const ORIGIN = "http://tenant";

/** Connections opened by `dial`. */
export function createPool(dial: Dial, given: Limits, clock: Clock): Pool {
  let limits = given;
  const all = new Set<Connection>();
  const idle: Connection[] = [];
  const open = (): Connection => {
    const connection: Connection = new Connection(dial, limits, clock, {
      idle: () => {
        if (idle.length < IDLE_CONNECTIONS_KEPT) idle.push(connection);
        else connection.close();
      },
      closed: () => {
        all.delete(connection);
        const at = idle.indexOf(connection);
        if (at >= 0) idle.splice(at, 1);
      },
    });
    all.add(connection);
    return connection;
  };
  return {
    take(anew) {
      if (!anew) for (let kept = idle.pop(); kept; kept = idle.pop()) if (kept.stands) return kept;
      return open();
    },
    renew(next) {
      limits = next;
      for (const connection of all) connection.retire();
    },
    close() {
      for (const connection of all) connection.close();
    },
  };
}

type Owner = { readonly idle: () => void; readonly closed: () => void };

/** One connection, and one request at a time on it. */
export class Connection {
  readonly #client: Client;
  readonly #owner: Owner;
  readonly #lifetime: Lifetime;
  #socket: Socket | undefined;
  #awaitAnswer: (() => void) | undefined;
  #giveUp: (() => void) | undefined;
  #inUse = false;
  #closed = false;

  constructor(dial: Dial, { idleMs, maxAgeMs, headBytes }: Limits, clock: Clock, owner: Owner) {
    this.#owner = owner;
    this.#lifetime = new Lifetime(clock, maxAgeMs, () => this.retire());
    this.#client = new Client(ORIGIN, {
      pipelining: 1,
      allowH2: false,
      // An attempt has limits of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: headBytes,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      keepAliveTimeoutThreshold: MARGIN_MS,
      connect: (_options, done) => {
        this.#giveUp = dial((...how) => {
          const [error, socket] = how;
          if (error) return done(error, null);
          this.#stand(socket);
          done(null, socket);
        });
      },
    });
    this.#client.on("disconnect", () => {
      if (!this.#inUse) this.close();
    });
  }

  /** Whether a request could go out at once. */
  get stands(): boolean {
    return this.#socket?.destroyed === false;
  }

  /** Sends one request; the handler hears of everything, also of what is wrong with it. */
  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#inUse = true;
    this.#awaitAnswer?.();
    this.#client.dispatch(request, handler);
  }

  /** It brought an answer that another connection might not have brought. */
  doubt(): void {
    this.#lifetime.doubt();
  }

  /** The request is over; `whole` when its answer came to its end. */
  giveBack(whole: boolean): void {
    if (!this.#inUse) return;
    if (!whole || !this.stands) this.close();
    else if (this.#socket?.writableLength === 0) this.#idle();
    // An answer can come before the news that its request has left, by TLS nearly always; or before all of it has.
    else setImmediate(() => this.#idleIfSent());
  }

  #idleIfSent(): void {
    if (this.stands && this.#socket?.writableLength === 0) this.#idle();
    else this.close();
  }

  #idle(): void {
    this.#inUse = false;
    if (this.#lifetime.spent) this.close();
    else this.#owner.idle();
  }

  /** It carries no further request. */
  retire(): void {
    this.#lifetime.spent = true;
    if (!this.#inUse) this.close();
  }

  /** Ends it, whatever it is doing, be it only connecting. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inUse = false;
    this.#owner.closed();
    this.#lifetime.end();
    this.#giveUp?.();
    // With an error: undici takes a connection that ends without one for the good end of a body that has no length.
    this.#socket?.destroy(new Error("closed by the gateway"));
    // Rejects for requests that are under way, which hear of it themselves.
    this.#client.destroy().catch(() => {});
  }

  #stand(socket: Socket): void {
    this.#socket = socket;
    this.#awaitAnswer = withoutContinue(socket);
    // It hears of it before undici does, which takes a reset for the good end of a body that has no length: half an
    // answer must not look like a whole one.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") error.code = "UND_ERR_SOCKET";
    });
  }
}
