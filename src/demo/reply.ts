/**
 * What the tenant says, as a value, and the change it made to be able to say it.
 *
 * Knows the shape of CREST answers and of the edge's pages; knows neither sockets nor what was asked.
 */
import { STATUS_CODES } from "node:http";
import { reasonPhrase } from "../http/reason.ts";

/** Something that really happened in the tenant. */
export type Change = {
  readonly operation: "create" | "update" | "patch" | "delete" | "action";
  /** The object, the grant or the login that changed. */
  readonly id: string;
  /** Its new revision, where the tenant keeps revisions. */
  readonly rev?: string;
};

export type Reply = {
  /** The tenant signs its answers (`via`, transaction id); the cloud edge in front of it does not. */
  readonly from: "tenant" | "edge";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly change?: Change;
};

export const JSON_TYPE = "application/json;charset=utf-8";

export function json(status: number, body: unknown, headers: Reply["headers"] = {}): Reply {
  const all = { "content-type": JSON_TYPE, ...headers };
  return { from: "tenant", status, headers: all, body: JSON.stringify(body) };
}

export function empty(status: number): Reply {
  return { from: "tenant", status, headers: {}, body: "" };
}

export function changed(reply: Reply, change: Change): Reply {
  return { ...reply, change };
}

/** An error as CREST writes it: code, reason, message, and detail when there is one. */
export function crestError(code: number, message: string, detail?: unknown): Reply {
  const reason = reasonPhrase(code);
  return json(code, { code, reason, message, ...(detail === undefined ? {} : { detail }) });
}

/** What the load balancer or firewall in front of the tenant shows: a small HTML page, none of the tenant's headers. */
export function edgePage(status: number): Reply {
  const title = STATUS_CODES[status] ?? "";
  const head = `<meta charset="utf-8"><meta name=viewport content="width=device-width, initial-scale=1">`;
  return {
    from: "edge",
    status,
    headers: { "content-type": "text/html; charset=UTF-8", "alt-svc": 'h3=":443"; ma=2592000' },
    body: `<!doctype html>${head}<title>${status}</title>${status} ${title}`,
  };
}

/** The identity manager writes messages as if they were HTML; whoever passes them on must not do it again. */
export function escaped(message: string): string {
  return message.replace(/[&<>"'=]/g, (char) => `&#${char.charCodeAt(0)};`);
}
