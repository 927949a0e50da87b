/**
 * The admin listener: read-only pages about the gateway, on a port of its own. It decides which pages there are and how
 * they are sent; what they say comes from elsewhere. No page changes anything, and none shows a secret.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { prefersHtml } from "../http/media-type.ts";
import type { Metrics } from "../observe/metrics.ts";
import { shown } from "../observe/secrets.ts";
import { boundConnections } from "./connections.ts";
import { hostRefusal } from "./hosts.ts";
import { POLICY_PAGE_CSP, policyDocument } from "./policy-page.ts";
import { policyView } from "./policy-view.ts";
import { type StatusSources, statusOf } from "./status.ts";
import { STATUS_PAGE, STATUS_PAGE_CSP } from "./status-page.ts";
import { MOST_WATCHERS, Watchers } from "./watchers.ts";

export type AdminParts = Omit<StatusSources, "startedAtMs"> & {
  readonly metrics: Pick<Metrics, "expose">;
  /** What it is called besides its addresses, in lower case. */
  readonly hostNames: ReadonlySet<string>;
};

export type Admin = {
  /** The caller listens with it. */
  readonly http: Server;
  /** Ends what is told live in order, then all that still stands. */
  close(): void;
};

type Sources = StatusSources & AdminParts & { readonly watchers: Watchers };

type Page = {
  readonly status: number;
  readonly type: string;
  /** The whole of it; or what goes on with it after the head. */
  readonly body: string | ((response: ServerResponse) => void);
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
  ["/status/events", { about: "the same as server-sent events, one each second", make: eventsPage }],
  ["/policy", { about: "the policy in force; JSON, or for people by Accept", make: policyPage }],
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

/** The admin server. The uptime it shows counts from here. */
export function createAdmin(parts: AdminParts): Admin {
  const shown = { ...parts, startedAtMs: parts.clock.now() };
  const watchers = new Watchers(() => JSON.stringify(statusOf(shown)), parts.clock);
  const sources: Sources = { ...shown, watchers };
  const http = createServer(LIMITS, (request, response) => {
    answer(sources, request).then(
      (page) => send(request, response, page),
      (error: unknown) => send(request, response, failure(error)),
    );
  });
  http.timeout = IDLE_SOCKET_MS;
  boundConnections(http, MOST_CONNECTIONS);
  return {
    http,
    close() {
      watchers.end();
      http.close();
      http.closeAllConnections();
    },
  };
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
  const { status, type, body, headers } = page;
  const isHead = request.method === "HEAD";
  if (typeof body !== "string") {
    response.writeHead(status, { ...COMMON_HEADERS, "content-type": type, ...headers });
    if (isHead) response.end();
    else body(response);
    return;
  }
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...COMMON_HEADERS,
    "content-type": type,
    "content-length": bytes.length,
    ...headers,
  });
  response.end(isHead ? undefined : bytes);
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

/** Whoever finds no place, or no status, may ask for `status.json` again and again. */
function eventsPage({ watchers, ...parts }: Sources): Page {
  if (watchers.full) {
    const why = `${MOST_WATCHERS} are watching already, or this gateway is about to end; /status.json tells the same\n`;
    return { ...text(503, why), headers: { "retry-after": "5" } };
  }
  const first = JSON.stringify(statusOf(parts));
  return {
    status: 200,
    type: "text/event-stream",
    body: (response) => watchers.add(response, first),
    headers: { connection: "close" },
  };
}

function policyPage({ policy, families }: AdminParts, { headers }: IncomingMessage): Page {
  const names = families().map(({ family }) => family);
  const view = policyView(policy(), names);
  const vary = { vary: "accept" };
  if (!prefersHtml(headers.accept)) return { ...json(view), headers: vary };
  return {
    status: 200,
    type: "text/html; charset=utf-8",
    body: policyDocument(view),
    headers: { ...vary, "content-security-policy": POLICY_PAGE_CSP },
  };
}

function listOfPages(): string {
  return [...PAGES].map(([path, { about }]) => `${path.padEnd(16)}${about}\n`).join("");
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
