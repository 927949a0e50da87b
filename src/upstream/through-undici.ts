/**
 * The engine of what has no body or a held one: nearly every attempt. The only file besides `connections.ts` that knows
 * undici. It turns undici's words into those of a reception and decides nothing.
 *
 * undici's dispatcher does no more than is asked: it follows nothing, retries nothing, and speaks HTTP/1.1 as strictly as
 * Node's own parser, which is the same.
 */
import type { Dispatcher } from "undici";
import type { Clock } from "../clock.ts";
import { codeOf } from "../error-code.ts";
import type { Connection } from "./connections.ts";
import { doubtful } from "./lifetime.ts";
import type { Attempt, Line, Received } from "./message.ts";
import { Reception } from "./reception.ts";
import { codingProblem } from "./response-head.ts";
import type { Tenant } from "./tenant.ts";

/** Sends one request whose body, if it has one, is held; resolves with what came back, never rejects. */
export function throughUndici(attempt: Attempt, tenant: Tenant, clock: Clock): Promise<Received> {
  return new Promise((resolve) => {
    const reception = new Reception(attempt, tenant, clock, resolve);
    const connection = tenant.poolFor(attempt).take(attempt.anew);
    const exchanged = new Exchanged(reception, connection);
    reception.on(exchanged);
    const { method, pathAndQuery: path, headers, body } = attempt;
    connection.dispatch(
      {
        method: method as Dispatcher.HttpMethod,
        path,
        headers: headers as string[],
        body: body.kind === "held" ? body.bytes : null,
        // Keeps the connection also after a HEAD, or a body where none is usual.
        reset: false,
      } as Dispatcher.DispatchOptions,
      exchanged,
    );
  });
}

type Controller = Dispatcher.DispatchController;

/** What undici tells of one request, and what it is told. */
class Exchanged implements Dispatcher.DispatchHandler, Line {
  readonly #reception: Reception;
  readonly #connection: Connection;
  /** There once a connection stands. */
  #controller: Controller | undefined;

  constructor(reception: Reception, connection: Connection) {
    this.#reception = reception;
    this.#connection = connection;
  }

  /** A connection stands, and the request goes out as soon as this returns. */
  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#reception.over) controller.abort(GIVEN_UP);
    else this.#reception.connected();
  }

  onResponseStart(controller: Controller, status: number, _fields: unknown, statusText = ""): void {
    // A switch of protocols that nobody asked for: what comes behind it would not be HTTP. And what is no status at all.
    if (status === 101 || status < 100) {
      this.#reception.notHttp("BAD_STATUS");
      return;
    }
    // The final one is still to come (RFC 9110 section 15.2).
    if (status < 200) {
      this.#reception.interim({ status, statusText, headers: listOf(controller.rawHeaders) });
      return;
    }
    if (doubtful(status)) this.#connection.doubt();
    const headers = listOf(controller.rawHeaders);
    const problem = codingProblem(headers);
    if (problem !== undefined) this.#reception.notHttp(problem);
    else this.#reception.head({ status, statusText: plain(statusText), headers });
  }

  onResponseData(_controller: Controller, bytes: Buffer): void {
    this.#reception.piece(bytes);
  }

  onResponseEnd(): void {
    this.#reception.complete();
    this.#connection.giveBack(true);
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#reception.broken(codeOf(error) === "UND_ERR_SOCKET" ? CLOSED : error);
    this.#connection.giveBack(false);
  }

  end(): void {
    if (this.#controller) this.#controller.abort(GIVEN_UP);
    else this.#connection.close();
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }
}

/** The fields as they stood on the wire: one byte is one character, so that Latin-1 keeps every byte as it is. */
function listOf(raw: Controller["rawHeaders"]): string[] {
  const list: string[] = [];
  if (Array.isArray(raw)) for (const each of raw) list.push(each.toString("latin1"));
  return list;
}

const GIVEN_UP = new Error("the attempt was given up");

/** A connection that was closed in good order, but too early: by the word that Node has for it. */
const CLOSED = Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" });

/** undici reads the reason phrase as UTF-8: what is not ASCII in it cannot be passed on byte for byte. */
function plain(statusText: string): string {
  return /^[\t\x20-\x7e]*$/.test(statusText) ? statusText : "";
}
