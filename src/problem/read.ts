/**
 * Reads any error body: how it speaks and what it says. It goes by what a body is, not by what its label claims, and
 * does not judge who sent it or what becomes of it.
 */
import { isJson, mediaType } from "../http/media-type.ts";
import { asObject, parseJson } from "../json.ts";
import { isMarkup } from "./markup.ts";

/** How a tenant's or an edge's error body spoke. */
export const ERROR_FORMATS = ["crest", "oauth2", "json", "html", "text", "empty", "binary"] as const;
export type ErrorFormat = (typeof ERROR_FORMATS)[number];

export type ErrorBody = {
  readonly format: ErrorFormat;
  /** A CREST error that lacks nothing: `code` is the status, `reason` and `message` are texts. */
  readonly wellFormedCrest: boolean;
  /** The body's own words, verbatim; undefined when it is not JSON or has none. */
  readonly message: string | undefined;
  /** The body's own `code`, when it is not the status or stood inside a wrapping text. */
  readonly innerCode: number | undefined;
  /** The parsed body, or the object inside a wrapping text; undefined when there is neither. */
  readonly json: unknown;
  /** The whole body as text. */
  readonly text: string;
};

/**
 * Reads an error body. `bytes` are without content coding; the charset is the label's, else UTF-8. Never fails: what
 * cannot be read is `text` or `binary`.
 */
export function readErrorBody(body: {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
}): ErrorBody {
  const { type, charset } = mediaType(body.contentType);
  const text = decode(body.bytes, charset);
  if (text.trim() === "") return { ...SILENT, format: "empty", text };

  const json = parseJson(text);
  // `404` and `"gone"` are JSON too, but only where somebody says so.
  if (json && (isJson(type) || isContainer(json.value))) return readJson(json.value, body.status, text);

  if (CONTROLS.test(text) || (!isTextual(type) && text.includes("\uFFFD")))
    return { ...SILENT, format: "binary", text };
  if (isHtml(type, text)) return { ...SILENT, format: "html", text };
  return { ...SILENT, ...unwrap(text), format: "text", text };
}

const SILENT = { wellFormedCrest: false, message: undefined, innerCode: undefined, json: undefined };

function decode(bytes: Buffer, charset: string | undefined): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset nobody knows.
    return new TextDecoder().decode(bytes);
  }
}

function readJson(json: unknown, status: number, text: string): ErrorBody {
  const object = asObject(json) ?? {};
  const { code, reason, message } = object;
  const words = [reason, message].filter((word) => word !== undefined && word !== null);
  const isCrest = isInteger(code) && words.length > 0 && words.every((word) => typeof word === "string");
  return {
    format: isCrest ? "crest" : isOAuth2Error(object) ? "oauth2" : "json",
    wellFormedCrest: code === status && typeof reason === "string" && typeof message === "string",
    message: typeof json === "string" ? json : ownWords(object),
    innerCode: isInteger(code) && code !== status ? code : undefined,
    json,
    text,
  };
}

/** An error code of RFC 6749 is one word; other APIs put a phrase there. */
function isOAuth2Error({ error }: Readonly<Record<string, unknown>>): boolean {
  return typeof error === "string" && /^[\w.:/-]+$/.test(error);
}

/**
 * Where error bodies keep their words, best first: CREST, CREST's fallbacks, OAuth2 (RFC 6749), the first version of
 * `/authenticate`, Google's and others' nested `error`, problem details (RFC 9457) and SCIM (RFC 7644).
 */
const WORDS: readonly ((body: Readonly<Record<string, unknown>>) => unknown)[] = [
  ({ message }) => message,
  ({ cause }) => asObject(cause)?.message,
  ({ code, reason }) => (isInteger(code) ? reason : undefined),
  ({ error_description }) => error_description,
  ({ errorMessage }) => errorMessage,
  ({ error }) => asObject(error)?.message,
  ({ error }) => error,
  ({ detail }) => detail,
  ({ title }) => title,
];

function ownWords(body: Readonly<Record<string, unknown>>): string | undefined {
  for (const read of WORDS) {
    const words = read(body);
    if (typeof words === "string" && words !== "") return words;
  }
  return undefined;
}

/** Some services answer with the text of an exception around a CREST error: `Exception: {"code":409,…}`. */
function unwrap(text: string): Partial<Pick<ErrorBody, "message" | "innerCode" | "json">> {
  const wrapped = /^[\w.$]*(?:Exception|Error): *(\{.*\})$/s.exec(text.trim())?.[1];
  const inner = asObject(wrapped === undefined ? undefined : parseJson(wrapped)?.value);
  if (inner === undefined) return {};
  const message = ownWords(inner);
  if (message === undefined) return {};
  return { message, innerCode: isInteger(inner.code) ? inner.code : undefined, json: inner };
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

/** Every control character but white space. */
const CONTROLS = /[^\t\n\v\f\r\x20-\u{10ffff}]/u;

/** Whether the label promises text; elsewhere, bytes that are not UTF-8 show that it is none. */
function isTextual(type: string): boolean {
  return type.startsWith("text/") || isJson(type) || isXml(type) || HTML_TYPES.has(type);
}

/** A page: what begins like one, or has tags and says that it is one. */
function isHtml(type: string, text: string): boolean {
  return isMarkup(text) ? !isXml(type) : HTML_TYPES.has(type) && /<\/?[a-z][^<>]{0,500}>/i.test(text);
}

const HTML_TYPES: ReadonlySet<string> = new Set(["text/html", "application/xhtml+xml"]);

function isXml(type: string): boolean {
  return (
    type === "application/xml" || type === "text/xml" || (type.endsWith("+xml") && !HTML_TYPES.has(type))
  );
}
