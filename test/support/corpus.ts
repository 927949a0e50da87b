/** The exchanges of `test/corpus/`, as they went over the wire. */
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { parse } from "yaml";
import { reasonPhrase } from "../../src/http/reason.ts";

export type Exchange = {
  readonly id: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names and values in turn; without `Host`, `Content-Length` and what belongs to one connection. */
  readonly requestHeaders: readonly string[];
  readonly requestBody: Buffer | undefined;
  readonly status: number;
  readonly statusText: string;
  /** As `requestHeaders`, but with what belongs to one connection. `Content-Length` is true, or there is none. */
  readonly responseHeaders: readonly string[];
  readonly responseBody: Buffer;
  /** What has to become of it, where the entry says so. */
  readonly expected?: { readonly means: string; readonly attempts: number };
};

/** Where a recorded `Location` leads to; whoever plays the answer back puts the tenant's own authority there. */
export const RECORDED_ORIGIN = "https://tenant.example.com";

type Headers = Readonly<Record<string, string | readonly string[]>>;

type RecordedLine = {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: Headers;
  readonly requestBody?: string;
  readonly status: number;
  readonly statusText: string;
  readonly responseHeaders: Headers;
  readonly responseBody: string;
};

export function readRecorded(): readonly Exchange[] {
  const lines = readFileSync(new URL("../corpus/recorded.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => {
    const recorded: RecordedLine = JSON.parse(line);
    const responseBody = packed(recorded.responseBody, recorded.responseHeaders["content-encoding"]);
    const { requestBody } = recorded;
    return {
      id: recorded.id,
      method: recorded.method,
      target: recorded.url,
      requestHeaders: concrete(recorded.requestHeaders, OF_THE_CALLERS_CONNECTION),
      requestBody: requestBody === undefined ? undefined : Buffer.from(requestBody),
      status: recorded.status,
      statusText: recorded.statusText,
      responseHeaders: concrete(
        recorded.responseHeaders,
        new Set(["transfer-encoding"]),
        responseBody.length,
      ),
      responseBody,
    };
  });
}

const OF_THE_CALLERS_CONNECTION: ReadonlySet<string> = new Set(["host", "content-length", "connection"]);

/** What stands in the place of the recorder's placeholders. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  "<date>": "Mon, 13 Jul 2026 17:16:50 GMT",
  "<etag>": '"-1908311973"',
  "<via>": "1.1 google",
  "<alt-svc>": 'h3=":443"; ma=2592000',
  "<transaction id>": "frodo-00000000-0000-4000-8000-000000000000",
  "<user agent>": "@rockcarver/frodo-lib",
  "<session-cookie-name-header>": "0000000000000aa",
};

function concrete(headers: Headers, without: ReadonlySet<string>, length?: number): string[] {
  const put = (text: string): string => text.replaceAll(/<[\w\s-]+>/g, (each) => PLACEHOLDERS[each] ?? each);
  return Object.entries(headers)
    .filter(([name]) => !without.has(name))
    .flatMap(([name, value]) => {
      const values = name === "content-length" ? [String(length)] : [value].flat();
      return values.flatMap((each) => [put(name), put(each)]);
    });
}

function packed(body: string, coding: string | readonly string[] | undefined): Buffer {
  const bytes = Buffer.from(body);
  if (coding === "br") return brotliCompressSync(bytes);
  return coding === "gzip" ? gzipSync(bytes) : bytes;
}

/** An entry of `by-hand.yaml`. */
type Written = {
  readonly id: string | number;
  /** How such an answer is known. */
  readonly known: string;
  /** `METHOD target`. */
  readonly request: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text stands for itself, anything else for its JSON. */
  readonly body?: unknown;
  readonly status: number;
  /** `tenant` (the default) leaves its traces in the answer; `edge` does not, and answers with a page. */
  readonly from?: "tenant" | "edge" | "server";
  /** The answer's media type, where it is not JSON; empty when it has none. */
  readonly type?: string;
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** The answer's body; text stands for itself, anything else for its JSON. */
  readonly answer?: unknown;
  readonly means: string;
  readonly attempts: number;
};

const TRACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tenant: {
    "content-type": "application/json;charset=utf-8",
    "x-forgerock-transactionid": "00000000-0000-4000-8000-000000000000/0",
    via: "1.1 google",
    "alt-svc": 'h3=":443"; ma=2592000',
  },
  edge: { "content-type": "text/html; charset=UTF-8", "referrer-policy": "no-referrer" },
  server: { "content-type": "application/json;charset=UTF-8" },
};

export function readByHand(): readonly Exchange[] {
  const text = readFileSync(new URL("../corpus/by-hand.yaml", import.meta.url), "utf8");
  const entries: readonly Written[] = parse(text);
  return entries.map((entry) => {
    const [method = "", target = ""] = entry.request.split(" ");
    const requestBody = bytesOf(entry.body);
    const typed = requestBody === undefined ? {} : { "content-type": "application/json" };
    const responseBody = bytesOf(entry.answer ?? (entry.from === "edge" ? pageOf(entry.status) : undefined));
    const headers: Record<string, string> = {
      date: "Mon, 13 Jul 2026 17:00:00 GMT",
      ...TRACES[entry.from ?? "tenant"],
      ...(entry.type === undefined ? {} : { "content-type": entry.type }),
      ...entry.answerHeaders,
    };
    const hasLength = entry.status !== 204 && entry.status !== 304;
    return {
      id: String(entry.id),
      method,
      target,
      requestHeaders: Object.entries({ ...typed, ...entry.headers }).flat(),
      requestBody,
      status: entry.status,
      statusText: reasonPhrase(entry.status),
      responseHeaders: [
        ...Object.entries(headers)
          .filter(([, value]) => value !== "")
          .flat(),
        ...(hasLength ? ["content-length", String(responseBody?.length ?? 0)] : []),
      ],
      responseBody: responseBody ?? Buffer.alloc(0),
      expected: { means: entry.means, attempts: entry.attempts },
    };
  });
}

function pageOf(status: number): string {
  return `<!doctype html><meta charset="utf-8"><title>${status}</title>${status} ${reasonPhrase(status)}`;
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}
