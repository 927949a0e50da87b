/**
 * The admin listener: read-only pages about the gateway, on a port of its own. It decides which pages there are and how
 * they are sent; what they say comes from elsewhere. No page changes anything, and none shows a secret.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Metrics } from "../observe/metrics.ts";
import { shown } from "../observe/secrets.ts";
import { boundConnections } from "./connections.ts";
import { hostRefusal } from "./hosts.ts";
import { policyView } from "./policy-view.ts";
import { type StatusSources, statusOf } from "./status.ts";
import { STATUS_PAGE, STATUS_PAGE_CSP } from "./status-page.ts";

export type AdminParts = Omit<StatusSources, "startedAtMs"> & {
  readonly metrics: Pick<Metrics, "expose">;
  /** What it is called besides its addresses, in lower case. */
  readonly hostNames: ReadonlySet<string>;
};

type Sources = StatusSources & AdminParts;

type Page = {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

type PageEntry = {
  readonly about: string;
  /** It says nothing worth protecting, and who asks it need not know what we are called. */
  readonly isProbe?: true;
  readonly make: (parts: Sources, request: IncomingMessage) => Page | Promise<Page>;
};

const PAGES: ReadonlyMap<string, PageEntry> = new Map<string, PageEntry>([
  ["/metrics", { about: "metrics for Prometheus; OpenMetrics by Accept", make: metricsPage }],
  ["/livez", { about: "200 while the process answers", make: () => text(200, "ok"), isProbe: true }],
  ["/readyz", { about: "200 when callers may come, else 503", make: readyPage, isProbe: true }],
  ["/status", { about: "this gateway now, for people", make: statusPage }],
  ["/status.json", { about: "the same for programs", make: (parts) => json(statusOf(parts)) }],
  ["/policy", { about: "the policy in force, with its hash and where each row stands", make: policyPage }],
  ["/", { about: "this list", make: () => text(200, listOfPages()) }],
]);

/** Sent with every answer; a page may replace some. */
const COMMON_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Probes and scrapers send small requests at once: what is slower or larger is none. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // Longer than the status page waits between two looks; a probe's next one may come on another connection.
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8_192,
  // A probe without a Host is a probe.
  requireHostHeader: false,
} as const;
const IDLE_SOCKET_MS = 30_000;
const MOST_CONNECTIONS = 64;

/** The admin server; the caller listens with it, and closes it. The uptime it shows counts from here. */
export function createAdmin(parts: AdminParts): Server {
  const sources: Sources = { ...parts, startedAtMs: parts.clock.now() };
  const server = createServer(LIMITS, (request, response) => {
    answer(sources, request).then(
      (page) => send(request, response, page),
      (error: unknown) => send(request, response, failure(error)),
    );
  });
  server.timeout = IDLE_SOCKET_MS;
  boundConnections(server, MOST_CONNECTIONS);
  return server;
}

async function answer(parts: Sources, request: IncomingMessage): Promise<Page> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return {
      ...text(405, "this listener is read-only\n"),
      headers: { allow: "GET, HEAD", connection: "close" },
    };
  }
  const [path = ""] = (request.url ?? "").split("?", 1);
  const entry = PAGES.get(path);
  const refusal = entry?.isProbe ? undefined : hostRefusal(request, parts.hostNames);
  if (refusal) return { ...text(refusal.status, `${refusal.why}\n`), headers: { connection: "close" } };
  if (!entry) return text(404, `there is no such page here\n\n${listOfPages()}`);
  return entry.make(parts, request);
}

function send(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const body = Buffer.from(page.body);
  response.writeHead(page.status, {
    ...COMMON_HEADERS,
    "content-type": page.type,
    "content-length": body.length,
    ...page.headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

async function metricsPage(parts: AdminParts, request: IncomingMessage): Promise<Page> {
  const { contentType, body } = await parts.metrics.expose(request.headers.accept);
  return { status: 200, type: contentType, body, headers: { vary: "accept" } };
}

/** The tenant's health is not asked, or a sick tenant would take the gateway out of service with it. */
function readyPage({ state }: AdminParts): Page {
  const now = state();
  return text(now === "ready" ? 200 : 503, now);
}

function statusPage(): Page {
  return {
    status: 200,
    type: "text/html; charset=utf-8",
    body: STATUS_PAGE,
    headers: { "content-security-policy": STATUS_PAGE_CSP },
  };
}

function policyPage({ policy, families }: AdminParts): Page {
  return json(
    policyView(
      policy(),
      families().map(({ family }) => family),
    ),
  );
}

function listOfPages(): string {
  return [...PAGES].map(([path, { about }]) => `${path.padEnd(14)}${about}\n`).join("");
}

function text(status: number, body: string): Page {
  return { status, type: "text/plain; charset=utf-8", body };
}

function json(value: unknown): Page {
  return {
    status: 200,
    type: "application/json; charset=utf-8",
    body: `${JSON.stringify(value, undefined, 2)}\n`,
  };
}

function failure(error: unknown): Page {
  return text(500, `this page could not be made: ${shown(String(error), 200)}\n`);
}
