/**
 * The simulated tenant: a small CREST server on a real socket, with a script for what goes wrong.
 *
 *   seen      the whole request is here
 *   step      what happens to it: the script's next step, else the weather's mishap, else it is served
 *   applied   the tenant does what it was asked, unless the step prevents it
 *   said      the answer, or as much of it as the step lets through
 *
 * What it answers is decided in `api.ts`, what can go wrong in `steps.ts`, how that looks on a socket in `deliver.ts`.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { Clock } from "../clock.ts";
import { headerValue } from "../http/headers.ts";
import { signed, tenantApi } from "./api.ts";
import { deliver } from "./deliver.ts";
import { type Change, crestError, edgePage, type Reply } from "./reply.ts";
import { readRequest, type SeenRequest } from "./request.ts";
import { type Only, Script, type Step, saying } from "./steps.ts";
import { mishap, type Weather } from "./weather.ts";

export type TenantOptions = {
  readonly clock: Clock;
  /** Off unless given. */
  readonly weather?: Weather;
  readonly host?: string;
  /** 0, the default, for any free one. */
  readonly port?: number;
  readonly tls?: TlsOptions;
  /** How often /monitoring/logs may be asked. */
  readonly logsPerMinute?: number;
  /** Whether `saw` and `applied` are kept, without limit: on by default, for tests; off for a server that runs for days. */
  readonly recording?: boolean;
  /**
   * Asked first what is to happen to a request, which waits until this says so; undefined leaves it to the script and
   * the weather.
   */
  readonly choose?: (seen: SeenRequest) => Promise<Step | undefined>;
};

/** A change, the path of the request that made it, and where in `saw` that request stands. */
export type Applied = Change & { readonly path: string; readonly saw: number };

/**
 * A running tenant. Every verb scripts one request that is still to come and gives the tenant back, so that they chain;
 * requests use steps up in order, each the first that is meant for it.
 */
export type Tenant = {
  /** Scheme, address and port. */
  readonly url: string;
  /** Answers this, and does not do what it was asked. */
  will(status: number, headers?: Reply["headers"], body?: unknown, only?: Only): Tenant;
  /** Does what it was asked, and answers this. */
  commitThen(status: number, headers?: Reply["headers"], body?: unknown, only?: Only): Tenant;
  /** The edge answers with a page of its own; the request never came to the tenant. */
  edge(status: number, only?: Only): Tenant;
  /** The tenant does what it was asked, and the edge answers with a page of its own. */
  edgeAfterCommit(status: number, only?: Only): Tenant;
  dropBeforeCommit(only?: Only): Tenant;
  dropAfterCommit(only?: Only): Tenant;
  /** Never answers, and does not do what it was asked. */
  hang(only?: Only): Tenant;
  hangAfterCommit(only?: Only): Tenant;
  /** Does what it was asked, sends half a head and resets. */
  cutHead(only?: Only): Tenant;
  /** Does what it was asked, sends the head and half the body and resets. */
  cutBody(only?: Only): Tenant;
  /** Writes exactly these bytes (one for each character) and ends the connection. */
  raw(bytes: string, only?: Only): Tenant;
  /** A read shows the object as it was before its last so many changes: a replica lags. Writes are served as usual. */
  stale(changes?: number, only?: Only): Tenant;
  /** Serves the request as usual: to place later steps, or to keep the weather off. */
  pass(only?: Only): Tenant;
  readonly saw: readonly SeenRequest[];
  readonly applied: readonly Applied[];
  /** Until so many requests have been seen, since the start or the last reset. */
  waitFor(count: number): Promise<void>;
  /** Everything as at the start, except for connections and requests that hang. */
  reset(): void;
  /** Open connections now. */
  readonly sockets: number;
  /** Ends everything, also requests that hang. */
  close(): Promise<void>;
};

/** More than any request to a real tenant; a larger body is read to its end, not kept, and told 413. */
const LARGEST_BODY = 16 * 1024 * 1024;

/** Starts a tenant. Rejects when the port cannot be had. */
export async function startTenant(options: TenantOptions): Promise<Tenant> {
  const { clock, weather, choose, host = "127.0.0.1", port = 0, tls } = options;
  const { logsPerMinute = 60, recording = true } = options;
  const scheme = tls === undefined ? "http" : "https";
  const script = new Script();
  const saw: SeenRequest[] = [];
  const applied: Applied[] = [];
  const connections = new Map<string, Socket>();
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  let api = tenantApi(clock, logsPerMinute);

  const onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    const tcp = connections.get(peer(message.socket));
    if (tcp === undefined) return;
    // The caller may hang up at any time; there is nobody left to tell.
    response.on("error", () => undefined);
    readBody(message, (body) => {
      const { method = "", url = "", rawHeaders } = message;
      const { remotePort = 0 } = tcp;
      const seen = { method, url, rawHeaders, body: body ?? "", remotePort, at: clock.now() };
      const place = recording ? saw.push(seen) - 1 : -1;
      for (const each of waiting) {
        if (each.count > saw.length) continue;
        waiting.delete(each);
        each.resolve();
      }
      const transactionId = headerValue(rawHeaders, "x-forgerock-transactionid") ?? randomUUID();
      // Both the tenant and the edge tell the time, by the tenant's own clock.
      const date = new Date(clock.wall()).toUTCString();
      const sign = (reply: Reply): Reply => {
        const answer = signed(reply, transactionId);
        return { ...answer, headers: { date, ...answer.headers } };
      };
      const proceed = (chosen?: Step): void => {
        const step = chosen ?? script.next(method, url) ?? (weather && mishap(weather, clock.random()));
        const acting = (behind?: number): Reply => act(seen, place, body === undefined, behind);
        deliver(step ?? { kind: "serve" }, { response, tcp }, acting, sign);
      };
      if (choose) void choose(seen).then(proceed);
      else proceed();
    });
  };

  const act = (seen: SeenRequest, place: number, tooLarge: boolean, behind?: number): Reply => {
    if (tooLarge) return crestError(413, `The body is larger than ${LARGEST_BODY} bytes`);
    const origin = `${scheme}://${headerValue(seen.rawHeaders, "host") ?? host}`;
    const request = readRequest(seen, origin, behind);
    const reply = api(request);
    if (recording && reply.change) applied.push({ ...reply.change, path: request.path, saw: place });
    return reply;
  };

  const server = tls === undefined ? http.createServer(onRequest) : https.createServer(tls, onRequest);
  server.on("connection", (socket: Socket) => {
    const key = peer(socket);
    connections.set(key, socket);
    socket.once("close", () => connections.get(key) === socket && connections.delete(key));
  });
  server.listen(port, host);
  await once(server, "listening");

  const scripted = (step: Step, only?: Only): Tenant => {
    script.add(step, only);
    return tenant;
  };
  const say = (acts: boolean, reply: Reply, only?: Only): Tenant =>
    scripted({ kind: "say", applied: acts, reply }, only);

  const tenant: Tenant = {
    url: `${scheme}://${host}:${(server.address() as AddressInfo).port}`,
    will: (status, headers, body, only) => say(false, saying(status, headers, body), only),
    commitThen: (status, headers, body, only) => say(true, saying(status, headers, body), only),
    edge: (status, only) => say(false, edgePage(status), only),
    edgeAfterCommit: (status, only) => say(true, edgePage(status), only),
    dropBeforeCommit: (only) => scripted({ kind: "drop", applied: false }, only),
    dropAfterCommit: (only) => scripted({ kind: "drop", applied: true }, only),
    hang: (only) => scripted({ kind: "hang", applied: false }, only),
    hangAfterCommit: (only) => scripted({ kind: "hang", applied: true }, only),
    cutHead: (only) => scripted({ kind: "cut", half: "head" }, only),
    cutBody: (only) => scripted({ kind: "cut", half: "body" }, only),
    raw: (bytes, only) => scripted({ kind: "raw", bytes }, only),
    stale: (changes = 1, only) => scripted({ kind: "stale", changes }, only),
    pass: (only) => scripted({ kind: "serve" }, only),
    saw,
    applied,
    waitFor: (count) =>
      new Promise((resolve) => {
        if (saw.length >= count) resolve();
        else waiting.add({ count, resolve });
      }),
    reset() {
      script.clear();
      saw.length = 0;
      applied.length = 0;
      api = tenantApi(clock, logsPerMinute);
    },
    get sockets() {
      return connections.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections.values()) socket.destroy();
      }),
  };
  return tenant;
}

function peer(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

/** Calls `then` with the whole body as text, or undefined when it is too large; never, when the caller hangs up. */
function readBody(message: IncomingMessage, then: (body: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  message.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= LARGEST_BODY) chunks.push(chunk);
    else chunks.length = 0;
  });
  message.on("end", () => then(bytes <= LARGEST_BODY ? Buffer.concat(chunks).toString() : undefined));
}
