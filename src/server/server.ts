/**
 * The listener that callers talk to: takes requests in, in the order of their connections, notices what is wrong with one
 * or with its caller, and stops without losing any. What becomes of a request that is in order is for `service.ts`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import type { TlsPem } from "../certificate.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { ListenerSettings } from "../policy/policy.ts";
import { complaintOf, SLOW_BODY } from "./complaints.ts";
import { CallerConnection, Work } from "./connection.ts";
import { askWhetherThere } from "./half-closed.ts";
import { turnDeaf } from "./linger.ts";
import { answerOnSocket } from "./own-answer.ts";
import {
  expectationProblem,
  framingProblem,
  METHOD_REFUSED,
  MOST_HEADER_LINES,
  type OwnAnswer,
} from "./request.ts";
import { createSecureListener } from "./secure-listener.ts";
import { type Greeting, Service } from "./service.ts";

/** How often Node looks for heads that take too long. */
const CHECKED_EACH_MS = 1000;

export type GatewayServer = {
  readonly http: Server;
  /** Takes over other limits; connections that stand keep the length of their heads. */
  readonly configure: (settings: ListenerSettings) => void;
  /** Lets go of callers who send or take too slowly. To be called about once a second. */
  readonly letGoOfTheSlow: () => void;
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
export function createGatewayServer(gateway: Gateway, tls?: TlsPem): GatewayServer {
  const { clock, observe } = gateway;
  const service = new Service(gateway);
  const connections = new Map<Socket, CallerConnection>();
  const style = () => gateway.policy().fallback.settings.errors;

  const take = (request: IncomingMessage, response: ServerResponse, greeting: Greeting): void => {
    const connection = connections.get(request.socket);
    // Behind the last request that is answered here, whatever it looks like.
    if (!connection?.takesMore) {
      turnDeaf(request.socket);
      return;
    }
    const refusal = framingProblem(request) ?? greeting.refusal;
    const work = new Work(
      request,
      response,
      (started) => void service.serve(started, connection, { ...greeting, refusal }),
    );
    // Node's parser throws away what comes in one piece with the offer of another protocol, and reads on behind it: from
    // the wrong place (RFC 9112 section 11.2). And behind a refused expectation nobody knows whether a body comes.
    const isLast = !response.shouldKeepAlive || request.headers.upgrade !== undefined || refusal;
    if (isLast) connection.endBehind(work);
    connection.take(work);
  };

  /** Says what is wrong with what is coming, when everything before it has been answered. */
  const complain = (connection: CallerConnection, problem: OwnAnswer): void => {
    const { socket, coming } = connection;
    connection.part(coming, () => {
      // Its answer has begun in the meantime: ours would be taken for a part of it.
      if (coming?.response.headersSent) return void socket.destroy();
      if (!socket.writable) return;
      const said: OwnAnswer = coming?.streams ? { ...problem, processed: "unknown" } : problem;
      // An exchange that had begun tells of its end itself. Who stopped sending in the middle has left, as far as can be seen.
      if (!coming?.isStarted) service.record(coming?.request ?? {}, said);
      else if (!socket.readableEnded) coming.status = said.status;
      answerOnSocket(socket, said, style(), clock);
    });
  };

  let { headBytes } = gateway.policy().listener;
  const options = {
    connectionsCheckingInterval: CHECKED_EACH_MS,
    // A body has to come at a certain pace instead, however long it is.
    requestTimeout: 0,
    // A missing Host is ours to refuse, with a body that says so.
    requireHostHeader: false,
    noDelay: true,
  };
  const secure = tls && createSecureListener(options, tls, gateway.policy().listener.headersMs, observe);
  const http = secure?.server ?? createServer(options);
  // Node keeps no more lines than that, without a word: one more, and it is seen that there were too many.
  http.maxHeadersCount = MOST_HEADER_LINES + 1;
  // Who has finished sending still wants to hear (half-closed.ts). Node has no option for it.
  Object.assign(http, { httpAllowHalfOpen: true });
  const configure = (settings: ListenerSettings): void => {
    headBytes = settings.headBytes;
    Object.assign(http, { maxHeaderSize: headBytes });
    http.headersTimeout = settings.headersMs;
    http.keepAliveTimeout = settings.idleMs;
  };
  configure(gateway.policy().listener);

  http.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
    const connection = new CallerConnection(socket);
    connections.set(socket, connection);
    socket.once("end", () => askWhetherThere(connection, clock));
    socket.once("close", () => {
      connections.delete(socket);
      for (const { request } of connection.abandon()) service.leftWaiting(request);
    });
  });
  http.on("request", (request, response) => take(request, response, {}));
  http.on("checkContinue", (request, response) =>
    take(request, response, {
      refusal: expectationProblem(request),
      accept: () => response.writeContinue(),
    }),
  );
  http.on("checkExpectation", (request, response) =>
    take(request, response, { refusal: expectationProblem(request) }),
  );
  http.on("connect", (request, stream) => {
    const socket = stream as Socket;
    const connection = connections.get(socket);
    if (connection && connection.works.length > 0) {
      // Somebody's answer is still to come on this connection: ours would be taken for it. Node has let go of the
      // connection and tells those who wait in line for it nothing any more.
      for (const { response } of connection.works) response.destroy();
      return void socket.destroy();
    }
    answerOnSocket(socket, METHOD_REFUSED, style(), clock);
    service.record(request, METHOD_REFUSED);
  });
  http.on("clientError", (error, stream) => {
    const socket = stream as Socket;
    const connection = connections.get(socket);
    const problem = complaintOf(error, headBytes);
    if (!connection || !problem) socket.destroy();
    else if (connection.isDone) turnDeaf(socket);
    // Who connected ahead of need and never spoke would take ours for the answer to its first request.
    else if (socket.bytesRead === 0 || !socket.writable) socket.destroy();
    else complain(connection, problem);
  });

  return {
    http,
    configure,
    letGoOfTheSlow: () => {
      const { listener } = gateway.policy();
      const now = clock.now();
      for (const connection of connections.values()) {
        const slow = connection.tooSlow(now, listener);
        if (slow === "taking") connection.socket.destroy();
        if (slow !== "sending" || connection.isDone) continue;
        const { coming } = connection;
        // As long as nothing of it has been sent, its exchange can tell the whole of it.
        if (coming?.slow && !coming.streams) coming.slow.go();
        else complain(connection, SLOW_BODY);
      }
    },
    idle: service.idle,
    announceClosing: () => {
      service.closing = true;
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
