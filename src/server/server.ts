/**
 * The listener that callers talk to: takes requests in, writes replies out, and stops without losing any.
 *
 * It is the second of the two places where exceptions are caught (the other is `upstream/failure.ts`): one in an
 * exchange answers 500 to that caller and harms no other.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import type { TlsPem } from "../certificate.ts";
import { codeOf } from "../error-code.ts";
import type { Delivery } from "../gateway/caller.ts";
import { exchange } from "../gateway/exchange.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { answerOnSocket, ownReply } from "./own-answer.ts";
import { writeReply } from "./reply.ts";
import { type FormProblem, METHOD_REFUSED, readRequest } from "./request.ts";
import { createSecureListener } from "./secure-listener.ts";

export type ServerLimits = {
  /** From a connection's first byte to the end of the head. */
  readonly headersTimeoutMs: number;
  /** To the end of the body. */
  readonly requestTimeoutMs: number;
  /** How long a connection may idle between two requests. */
  readonly keepAliveMs: number;
  /** How long a caller may take nothing of an answer that is there for it. Noticed after twice as long at the latest. */
  readonly stalledMs: number;
};

/** Longer than the idle limits of usual clients and load balancers, so that they close first. */
export const DEFAULT_LIMITS: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 300_000,
  keepAliveMs: 65_000,
  stalledMs: 30_000,
};

const MAX_HEADER_BYTES = 16 * 1024;

export type GatewayServer = {
  readonly http: Server;
  /** Resolves when no request is being worked on, with or without a caller still there. */
  readonly idle: () => Promise<void>;
  /** From now on answers ask their callers to close the connection. */
  readonly announceClosing: () => void;
  /** New connections are met with these certificates from now on; those that stand go on. */
  readonly renewTls: (tls: TlsPem) => void;
  /** Ends connections that have not come as far as HTTP. */
  readonly endHandshakes: () => void;
  /** From now on nobody new is let in, and idle connections stay; resolves when the last connection has ended. */
  readonly stopListening: () => Promise<void>;
};

/** With `tls` callers have to speak TLS; and when it names authorities, to show a certificate of theirs. */
export function createGatewayServer(
  gateway: Gateway,
  limits: ServerLimits = DEFAULT_LIMITS,
  tls?: TlsPem,
): GatewayServer {
  const { clock, observe } = gateway;
  let closing = false;
  let inFlight = 0;
  let onIdle: (() => void)[] = [];
  /** What is being worked on, by connection: the parser's complaints arrive by connection. */
  const atWork = new Map<Socket, readonly Work[]>();
  const begin = (socket: Socket, work: Work): void => {
    const others = atWork.get(socket);
    atWork.set(socket, others ? [...others, work] : [work]);
  };
  const end = (socket: Socket, work: Work): void => {
    const works = atWork.get(socket) ?? [];
    if (works.length <= 1) atWork.delete(socket);
    else
      atWork.set(
        socket,
        works.filter((each) => each !== work),
      );
  };
  /** Connections that have been told why they end. */
  const ending = new WeakSet<Socket>();

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    onAccepted: () => void,
  ): Promise<void> => {
    const { socket } = request;
    const work: Work = { request, response, streams: false };
    inFlight++;
    begin(socket, work);
    const startedAt = clock.now();
    const say = (problem: FormProblem, error?: Error) => {
      const ended = (delivery: Delivery): void =>
        recordOwn(gateway, request, problem, startedAt, delivery, error);
      return ownReply(problem, request.method === "HEAD", ended);
    };
    try {
      const read = readRequest(request, response, () => {
        work.streams = true;
      });
      if ("inbound" in read) onAccepted();
      const reply = await ("problem" in read ? say(read.problem) : exchange(read.inbound, gateway));
      await writeReply(response, reply, { closing }, clock);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      const reply = say(INTERNAL, cause);
      if (!response.headersSent) await writeReply(response, reply, { closing: true }, clock);
      else {
        response.destroy();
        reply.ended("cut");
      }
    } finally {
      inFlight--;
      if (inFlight === 0) {
        for (const resolve of onIdle) resolve();
        onIdle = [];
      }
      end(socket, work);
    }
  };

  const settings = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
    // A missing Host is ours to refuse, with a body that says so.
    requireHostHeader: false,
    noDelay: true,
  };
  const secure = tls && createSecureListener(settings, tls, limits.headersTimeoutMs, observe);
  const http = secure?.server ?? createServer(settings);
  http.on("request", (request, response) => void serve(request, response, () => {}));
  http.on(
    "checkContinue",
    (request, response) => void serve(request, response, () => response.writeContinue()),
  );
  http.on("checkExpectation", (request, response) => {
    const ended = (delivery: Delivery): void =>
      recordOwn(gateway, request, UNKNOWN_EXPECTATION, clock.now(), delivery, undefined);
    void writeReply(response, ownReply(UNKNOWN_EXPECTATION, false, ended), { closing: true }, clock);
  });
  http.on("connect", (request, stream) => {
    const socket = stream as Socket;
    const works = atWork.get(socket);
    if (works) {
      // Somebody's answer is still to come on this connection: ours would be taken for it. Node has let go of the
      // connection and tells those who wait in line for it nothing any more.
      for (const { response } of works) response.destroy();
      return void socket.destroy();
    }
    answerOnSocket(socket, METHOD_REFUSED, clock);
    recordOwn(gateway, request, METHOD_REFUSED, clock.now(), "delivered", undefined);
  });
  http.on("clientError", (error, stream) => {
    const socket = stream as Socket;
    // What comes behind the first complaint is thrown away with the rest.
    if (ending.has(socket)) return;
    const code = codeOf(error) ?? "UNKNOWN";
    const works = [...(atWork.get(socket) ?? [])];
    // Nobody is there, or an answer is on its way to somebody whose request was fine: ours would be taken for it.
    const busy = works.some(({ request, response }) => request.complete || response.headersSent);
    // Who connected ahead of need and never spoke would take ours for the answer to its first request.
    if (socket.bytesRead === 0 || busy || !socket.writable || code === "ECONNRESET")
      return void socket.destroy();
    ending.add(socket);
    const problem = parserProblem(code);
    const streams = works.some((work) => work.streams);
    answerOnSocket(socket, streams ? { ...problem, processed: "unknown" } : problem, clock);
    // An exchange that had begun tells of its end itself.
    if (works.length === 0) recordOwn(gateway, {}, problem, clock.now(), "delivered", undefined);
  });
  http.setTimeout(limits.stalledMs, (socket: Socket) => {
    // While we wait for the tenant the silence is ours, and a slow upload has a limit of its own.
    if (socket.writableLength > 0 || !atWork.has(socket)) socket.destroy();
  });

  return {
    http,
    idle: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
    announceClosing: () => {
      closing = true;
    },
    renewTls: (renewed) => secure?.renew(renewed),
    endHandshakes: () => secure?.endHandshakes(),
    stopListening: () =>
      new Promise((resolve) => {
        // Node's own close() would end idle connections at once, with whatever is on its way to them.
        NetServer.prototype.close.call(http, () => resolve());
      }),
  };
}

type Work = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Its body goes to the tenant as it comes. */
  streams: boolean;
};

const INTERNAL: FormProblem = {
  status: 500,
  processed: "unknown",
  message:
    "The gateway made a mistake with this request; its log has the details. Other requests are not affected.",
  headers: [],
};

const UNKNOWN_EXPECTATION: FormProblem = {
  status: 417,
  message: "The only expectation this gateway knows is 100-continue.",
  headers: [],
};

function parserProblem(code: string): FormProblem {
  const say = (status: number, message: string): FormProblem => ({ status, message, headers: [] });
  if (code === "HPE_HEADER_OVERFLOW") return say(431, "The request's head is larger than 16 KiB.");
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return say(413, "The chunk extensions of the body are too long.");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return say(408, "The request did not arrive in time.");
  return say(400, `The request is not well-formed HTTP/1.1 (${code}).`);
}

/** What never became an exchange is counted and logged all the same. */
function recordOwn(
  { clock, observe, policy }: Gateway,
  request: { readonly method?: string | undefined; readonly url?: string | undefined },
  { status }: FormProblem,
  startedAt: number,
  delivery: Delivery,
  error: Error | undefined,
): void {
  observe({
    kind: "exchange",
    id: "",
    route: "unrouted",
    family: "none",
    method: request.method ?? "",
    path: (request.url ?? "").replace(/[?#].*$/, ""),
    operation: "other",
    replay: "unsafe",
    status: delivery === "caller-left" ? 499 : status,
    attempts: 0,
    durationMs: clock.now() - startedAt,
    origin: "gateway",
    processed: error ? "unknown" : "no",
    policyHash: policy().hash,
    ...(delivery === "delivered" ? {} : { delivery }),
    ...(error ? { error } : {}),
  });
}
