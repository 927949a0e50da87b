/**
 * The engine of what streams to the tenant as it comes. The only file that knows http-proxy; it turns its words into
 * those of a reception and decides nothing.
 *
 * http-proxy was made for one try per caller: it hangs listeners on the caller's request and response, forgets to
 * abort, rewrites paths and lengths, and throws. So each attempt gets a façade of its own in place of the caller's
 * request and response; `test/upstream/send.test.ts` holds one contract test for each behaviour relied on.
 */
import { EventEmitter } from "node:events";
import { ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { createProxyServer, type ServerOptions } from "http-proxy";
import type { Clock } from "../clock.ts";
import { headerPairs } from "../http/headers.ts";
import type { KeptSockets, OnDial } from "./kept-sockets.ts";
import { doubtful } from "./lifetime.ts";
import type { Attempt, Received, RequestBody } from "./message.ts";
import { Reception } from "./reception.ts";
import { headProblem } from "./response-head.ts";
import type { Tenant } from "./tenant.ts";
import { type UploadEvents, upload } from "./upload.ts";

/** Above this, copying the body costs more than a second write. */
const ONE_WRITE_BYTES = 16 * 1024;

// Set by an environment variable, http-proxy would use another engine that has none of the behaviour relied on here.
delete process.env.FORCE_FETCH_PATH;

const proxy = createProxyServer({});
proxy.on("proxyReq", (request, facade) => hooksOf(facade)?.onSocket(request));
proxy.on("proxyRes", (message, facade) => hooksOf(facade)?.onHead(message));
proxy.on("error", (error, facade) => hooksOf(facade)?.onError(error));

/** Sends one request and resolves with what came back; never rejects. */
export function throughHttpProxy(attempt: Attempt, tenant: Tenant, clock: Clock): Promise<Received> {
  return new Promise((resolve) => {
    const reception = new Reception(attempt, tenant, clock, resolve);
    const abort = new AbortController();
    let message: IncomingMessage | undefined;
    reception.on({
      end: () => {
        abort.abort();
        giveUp();
        message?.destroy();
      },
      pause: () => message?.pause(),
      resume: () => message?.resume(),
    });
    const broken = (error: unknown): void => {
      // What cannot be read behind an answer takes nothing away from it.
      if (!message?.complete) reception.broken(error);
    };
    let giveUp = (): void => {};
    let letGo = (): void => {};
    const sockets = tenant.socketsFor(attempt);
    const facade = new Facade(attempt, {
      onDial(how) {
        giveUp = how;
      },
      onSocket(request) {
        reception.connected();
        request.on("information", ({ statusCode: status, statusMessage: statusText, rawHeaders: headers }) =>
          reception.interim({ status, statusText, headers }),
        );
        // An answer that only switches protocols, or a socket that closes without a word, raises no error.
        request.once("close", () => {
          if (!message) broken(CLOSED);
        });
        letGo = () => {
          if (!request.writableFinished) request.destroy();
        };
      },
      onHead(came) {
        message = came;
        if (doubtful(came.statusCode ?? 0)) sockets.doubt(came.socket);
        // Who has answered in full is not interested in the rest of the body.
        came.once("close", () => letGo());
        receive(came, reception);
      },
      onError: broken,
      waitsForTenant: () => reception.waitsForTenant(),
      waitsForCaller: () => reception.waitsForCaller(),
      brokenOff: () => reception.brokenOff(),
    });
    try {
      proxy.web(...facade.arguments(tenant, sockets, abort.signal), broken);
    } catch (error) {
      broken(error);
    }
  });
}

const CLOSED = new Error("closed without an answer");

/** Tells the reception of an answer what Node tells of its message. */
function receive(message: IncomingMessage, reception: Reception): void {
  // Without a listener a late error, in a body that nobody reads any more, would end the process.
  message.on("error", (error) => reception.broken(error));
  const { statusCode: status = 0, statusMessage: statusText = "", rawHeaders: headers } = message;
  const problem = headProblem(status, headers);
  if (problem !== undefined) {
    message.destroy();
    reception.notHttp(problem);
    return;
  }
  message.on("data", (bytes: Buffer) => reception.piece(bytes));
  message.once("end", () => {
    if (message.complete) reception.complete();
    else reception.broken(INCOMPLETE);
  });
  message.once("close", () => reception.broken(INCOMPLETE));
  reception.head({ status, statusText, headers });
}

const INCOMPLETE = Object.assign(new Error("the answer ended before it was complete"), {
  code: "INCOMPLETE",
});

type Hooks = UploadEvents &
  OnDial & {
    onSocket(request: ClientRequest): void;
    onHead(message: IncomingMessage): void;
    onError(error: unknown): void;
  };

function hooksOf(facade: unknown): Hooks | undefined {
  return facade instanceof Facade ? facade.hooks : undefined;
}

/** Stands in for the caller's request in one attempt. */
class Facade extends EventEmitter {
  /** Neither DELETE nor OPTIONS: for those http-proxy would replace the body's framing by `content-length: 0`. */
  readonly method = "POST";
  readonly httpVersion = "1.1";
  readonly httpVersionMajor = 1;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** A destroyed socket would make http-proxy swallow resets. */
  readonly socket = { destroyed: false };
  readonly hooks: Hooks;
  readonly #attempt: Attempt;

  constructor(attempt: Attempt, hooks: Hooks) {
    super();
    this.url = attempt.pathAndQuery;
    this.headers = framed(attempt);
    this.hooks = hooks;
    this.#attempt = attempt;
  }

  arguments({ authority: host, hostname, port }: Tenant, agent: KeptSockets, signal: AbortSignal) {
    const { method, pathAndQuery, body } = this.#attempt;
    const options: ServerOptions = {
      // TLS is in the agent's connections.
      target: { protocol: "http:", host, hostname, port },
      method,
      agent,
      selfHandleResponse: true,
      toProxy: true,
      buffer: bodySource(body, this.hooks),
      ssl: requestOptions(pathAndQuery, agent.headBytes, this.hooks, signal),
    };
    const response = new FacadeResponse();
    // The engine asks of its request and response no more than the façades have; their full types are Node's.
    return [this as unknown as IncomingMessage, response as unknown as ServerResponse, options] as const;
  }
}

/** Stands in for the caller's response: nothing is ever written to it. */
class FacadeResponse extends EventEmitter {
  readonly headersSent = false;
  readonly finished = false;
  readonly writableFinished = false;
}

/** With exact framing: what was held has its length, what has no length is chunked. */
function framed({ headers, body, method }: Attempt): Record<string, string | string[]> {
  const byName = new Map<string, string[]>();
  for (const [name, value] of headerPairs(headers)) {
    const lower = name.toLowerCase();
    byName.set(lower, [...(byName.get(lower) ?? []), value]);
  }
  if (body.kind === "held") byName.set("content-length", [String(body.bytes.length)]);
  else if (body.kind === "streamed" && body.length !== undefined) byName.set("content-length", [body.length]);
  else if (body.kind === "streamed") byName.set("transfer-encoding", ["chunked"]);
  else if (method === "POST" || method === "PUT" || method === "PATCH") byName.set("content-length", ["0"]);
  return Object.fromEntries(
    [...byName].map(([name, lines]) => [name, lines.length === 1 ? (lines[0] ?? "") : lines]),
  );
}

/** http-proxy reads its body by piping it; held bytes are written in one go. */
function bodySource(body: RequestBody, events: UploadEvents): NonNullable<ServerOptions["buffer"]> {
  const pipe = (request: Writable): Writable => {
    // Beyond a thousand fields Node would drop the rest of an answer's without a word: bytes are the limit, not lines.
    if (request instanceof ClientRequest) request.maxHeadersCount = 0;
    // As text, head and body leave in one write; Latin-1 keeps every byte as it is.
    if (body.kind === "held" && body.bytes.length <= ONE_WRITE_BYTES)
      request.end(body.bytes.toString("latin1"), "latin1");
    else if (body.kind === "held") request.end(body.bytes);
    else if (body.kind === "none") request.end();
    else upload(body, request, events);
    return request;
  };
  return { pipe } as unknown as NonNullable<ServerOptions["buffer"]>;
}

/**
 * The base of the options that http-proxy gives to `http.request`. It copies a path of its own over ours, with an
 * empty query cut off; an accessor keeps the exact bytes that were judged.
 */
function requestOptions(
  path: string,
  maxHeaderSize: number,
  { onDial }: OnDial,
  signal: AbortSignal,
): object {
  const base = { signal, maxHeaderSize, onDial };
  return Object.defineProperty(base, "path", { enumerable: true, get: () => path, set: () => {} });
}
