/** A real gateway on a real socket in front of a real simulated tenant, for the stories. */
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { TlsPem } from "../../src/certificate.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import { RefusingCollections } from "../../src/gateway/lost/replayable-create.ts";
import { Families } from "../../src/guard/families.ts";
import { HeldMemory } from "../../src/guard/held-memory.ts";
import type { Event, ExchangeRecord, Observe } from "../../src/observe/events.ts";
import { compilePolicy } from "../../src/policy/load.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { formatMistakes } from "../../src/policy/written/mistakes.ts";
import { createGatewayServer, type GatewayServer } from "../../src/server/server.ts";
import { createTenant, type Options } from "../../src/upstream/tenant.ts";

export type Setup = {
  /** Policy text; `version: 1` and `extends: aic` are put in front. Backoff is 1 ms unless it says otherwise. */
  readonly policy?: string;
  readonly upstream?: string;
  /** How the tenant is reached, and the clock by which connections to it age. */
  readonly reach?: Omit<Options, "connection">;
  readonly clock?: Clock;
  /** How callers connect. */
  readonly listenerTls?: TlsPem;
  readonly tenant?: Partial<Parameters<typeof startTenant>[0]>;
  /** Who watches besides. */
  readonly observers?: readonly Observe[];
};

export type Running = {
  readonly tenant: Tenant;
  readonly url: string;
  readonly gateway: Gateway;
  readonly server: GatewayServer;
  readonly events: Event[];
  /** The records of the exchanges that have ended. */
  exchanges(): ExchangeRecord[];
  /** Until an event of which `wanted` says yes; one that has already happened counts. */
  until(wanted: (event: Event) => boolean): Promise<void>;
  /** Until so many exchanges have ended. */
  ended(count: number): Promise<void>;
  close(): Promise<void>;
};

export function policyOf(text = ""): Policy {
  const quick = /^retry:/m.test(text) ? "" : "retry: { backoff: { base: 1ms, max: 2ms } }\n";
  const loaded = compilePolicy(`version: 1\nextends: aic\n${quick}${text}`, { file: "policy.yaml", env: {} });
  if ("mistakes" in loaded) throw new Error(formatMistakes(loaded.mistakes));
  return loaded.policy;
}

export async function startGateway(setup: Setup = {}): Promise<Running> {
  const clock = setup.clock ?? systemClock;
  const simulated = await startTenant({ clock, ...setup.tenant });
  const policy = policyOf(setup.policy);
  const events: Event[] = [];
  let waiting: { done: () => boolean; resolve: () => void }[] = [];
  const exchanges = (): ExchangeRecord[] => events.filter((event) => event.kind === "exchange");
  const observe = (event: Event): void => {
    events.push(event);
    for (const tell of setup.observers ?? []) tell(event);
    for (const each of waiting) if (each.done()) each.resolve();
    waiting = waiting.filter((each) => !each.done());
  };
  const when = (done: () => boolean): Promise<void> =>
    done() ? Promise.resolve() : new Promise((resolve) => waiting.push({ done, resolve }));
  const tenant = createTenant(new URL(setup.upstream ?? simulated.url), {
    ...setup.reach,
    connection: policy.connection,
  });
  const families = new Families(clock, (family, to) => observe({ kind: "breaker", family, to }));
  const gateway: Gateway = {
    clock,
    policy: () => policy,
    refusing: new RefusingCollections(),
    families,
    heldMemory: new HeldMemory(),
    tenant,
    observe,
  };
  const server = createGatewayServer(gateway, setup.listenerTls);
  await new Promise<void>((resolve) => server.http.listen(0, "127.0.0.1", resolve));
  const { port } = server.http.address() as AddressInfo;
  return {
    tenant: simulated,
    url: `${setup.listenerTls ? "https" : "http"}://127.0.0.1:${port}`,
    gateway,
    server,
    events,
    exchanges,
    until: (wanted) => when(() => events.some(wanted)),
    ended: (count) => when(() => exchanges().length >= count),
    async close() {
      server.http.close();
      server.http.closeAllConnections();
      server.endHandshakes();
      tenant.close();
      await simulated.close();
    },
  };
}

/** A way to start gateways that are closed after each test of the file that calls this. */
export function gateways(): (setup?: Setup) => Promise<Running> {
  const running: Running[] = [];
  afterEach(async () => {
    for (const each of running.splice(0)) await each.close();
  });
  return async (setup) => {
    const started = await startGateway(setup);
    running.push(started);
    return started;
  };
}

export type Answer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly text: string;
  readonly bytes: Buffer;
  readonly json: () => Record<string, unknown>;
};

type AskOptions = {
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  agent?: http.Agent;
  /** Whom to believe and what to show, where the gateway speaks TLS. */
  tls?: https.RequestOptions;
};

/** One request with node:http, which adds nothing that was not asked for. */
export function ask(base: string, method: string, path: string, options: AskOptions = {}): Promise<Answer> {
  const url = new URL(base);
  const request = url.protocol === "https:" ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...options.tls,
        host: url.hostname,
        port: url.port,
        method,
        path,
        agent: options.agent ?? false,
        maxHeaderSize: 1024 * 1024,
        headers: {
          ...(options.body === undefined ? {} : { "content-type": "application/json" }),
          ...(options.body === undefined
            ? {}
            : { "content-length": String(Buffer.byteLength(options.body)) }),
          ...options.headers,
        },
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(pieces);
          const text = bytes.toString("utf8");
          const { statusCode: status = 0, headers, rawHeaders } = response;
          resolve({ status, headers, rawHeaders, text, bytes, json: () => JSON.parse(text) });
        });
      },
    );
    asked.on("error", reject);
    asked.end(options.body);
  });
}
