/**
 * Kept connections to the tenant for undici, which carries one request at a time on each. The last one used is the first
 * one taken, so that no more stay open than are needed at once.
 *
 * undici's own `Pool` cannot end an attempt that is still connecting, and does not say which connection it takes.
 */
import type { Socket } from "node:net";
import type { Dispatcher } from "undici";
import Client from "undici/lib/dispatcher/client.js";
import { type Endpoint, standsOn } from "./dial.ts";
import { withoutInterim } from "./interim.ts";

export type Pool = {
  /** A kept connection, or one that is still to be opened. */
  take(): Connection;
  /** Closes every connection, also those in use. */
  close(): void;
};

/** A tenant that announces when it will close an idle connection is left that much time before. */
const MARGIN_MS = 1000;

const IDLE_CONNECTIONS_KEPT = 256;

/** Connections of `endpoint`, opened by `dial`, that are closed after `idleMs` without a request. */
export function createPool(
  origin: string,
  { protocol }: Pick<Endpoint, "protocol">,
  dial: () => Socket,
  limits: { readonly idleMs: number; readonly headBytes: number },
): Pool {
  const all = new Set<Connection>();
  const idle: Connection[] = [];
  const open = (): Connection => {
    const connection: Connection = new Connection(origin, protocol, dial, limits, {
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
    take() {
      for (let kept = idle.pop(); kept; kept = idle.pop()) if (kept.stands) return kept;
      return open();
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
  #socket: Socket | undefined;
  #awaitAnswer: (() => void) | undefined;
  #inUse = false;
  #closed = false;

  constructor(
    origin: string,
    protocol: Endpoint["protocol"],
    dial: () => Socket,
    { idleMs, headBytes }: { readonly idleMs: number; readonly headBytes: number },
    owner: Owner,
  ) {
    this.#owner = owner;
    this.#client = new Client(origin, {
      pipelining: 1,
      allowH2: false,
      // An attempt has limits of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: headBytes,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      keepAliveTimeoutThreshold: MARGIN_MS,
      connect: (_options, done) => this.#connect(dial, protocol, done),
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
    this.#owner.idle();
  }

  /** Ends it, whatever it is doing, be it only connecting. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inUse = false;
    this.#owner.closed();
    // With an error: undici takes a connection that ends without one for the good end of a body that has no length.
    this.#socket?.destroy(new Error("closed by the gateway"));
    // Rejects for requests that are under way, which hear of it themselves.
    this.#client.destroy().catch(() => {});
  }

  #connect(
    dial: () => Socket,
    protocol: Endpoint["protocol"],
    done: (...result: [Error, null] | [null, Socket]) => void,
  ): void {
    const socket = dial();
    this.#socket = socket;
    let told = false;
    socket.once(standsOn(protocol), () => {
      told = true;
      this.#awaitAnswer = withoutInterim(socket);
      done(null, socket);
    });
    // Stays for good: nobody else may be listening when a connection breaks. It hears of it before undici does.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // undici takes a reset for the good end of a body that has no length; half an answer must not look like a whole one.
      if (told && error.code === "ECONNRESET") error.code = "UND_ERR_SOCKET";
      if (!told) done(error, null);
      told = true;
    });
  }
}
