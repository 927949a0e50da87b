/** One request to a tenant on a fresh connection, read to its end. Rejects with Node's error when the answer is cut. */
import http, { type IncomingHttpHeaders, type RequestOptions } from "node:http";
import https from "node:https";
import type { Tenant } from "../../src/demo/tenant.ts";

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; an empty object when it is not an object. */
  readonly json: Readonly<Record<string, unknown>>;
};

export type Asked = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** `line` is a method and a path: `GET /openidm/managed/alpha_user/1`. */
export function ask(
  tenant: Pick<Tenant, "url">,
  line: string,
  asked: Asked = {},
  options: RequestOptions & { ca?: string } = {},
): Promise<Answer> {
  const [method = "", path = ""] = line.split(/ (.*)/);
  const body =
    asked.json !== undefined
      ? JSON.stringify(asked.json)
      : (asked.form && String(new URLSearchParams(asked.form))) || asked.body;
  const type =
    asked.json !== undefined ? "application/json" : asked.form && "application/x-www-form-urlencoded";
  const headers = {
    ...(type ? { "content-type": type } : {}),
    ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    ...asked.headers,
  };
  const { request } = tenant.url.startsWith("https") ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(tenant.url, { agent: false, method, path, headers, ...options }, (message) => {
      const chunks: Buffer[] = [];
      message.on("data", (chunk: Buffer) => chunks.push(chunk));
      message.on("error", reject);
      message.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: message.statusCode ?? 0, headers: message.headers, text, json: object(text) });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The code of the error that asking ends with. */
export async function failure(answer: Promise<Answer>): Promise<string> {
  const ended = await answer.then(
    ({ status }) => `answered ${status}`,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  return ended;
}

function object(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
