/**
 * Gives the tenant's and the edge's error bodies one shape, and leaves alone what callers read otherwise.
 *
 * The status is never changed and `detail` never lost. A body that already has the shape passes byte for byte.
 */
import type { Dialect, Origin } from "../decide/words.ts";
import { isJson, mediaType } from "../http/media-type.ts";
import { asObject } from "../json.ts";
import { excerpt } from "./excerpt.ts";
import { type ErrorBody, type ErrorFormat, readErrorBody } from "./read.ts";
import {
  CREST_TYPE,
  type ErrorStyle,
  type ErrorWords,
  oauth2Error,
  PROBLEM_TYPE,
  styled,
  type Written,
} from "./write.ts";

export type ForeignError = {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Without content coding. */
  readonly bytes: Buffer;
  readonly origin: Origin;
  readonly dialect: Dialect;
  readonly style: ErrorStyle;
  /** The caller prefers HTML. */
  readonly browser: boolean;
};

export type Normalised =
  | { readonly kind: "untouched" }
  | { readonly kind: "rewritten"; readonly from: ErrorFormat; readonly written: Written };

/** The body for the caller: the one that came, or a written one and how the old one spoke. */
export function normalise(error: ForeignError): Normalised {
  // Below 400 there is no error to speak of; the rest expects the tenant's own bodies.
  if (error.status < 400 || error.style === "passthrough" || error.browser) return UNTOUCHED;

  const rewrite = REWRITE[error.dialect];
  if (rewrite === undefined) return UNTOUCHED;
  const body = readErrorBody(error);
  const written = rewrite(body, error);
  return written ? { kind: "rewritten", from: body.format, written } : UNTOUCHED;
}

const UNTOUCHED: Normalised = { kind: "untouched" };

type Rewrite = (body: ErrorBody, error: ForeignError) => Written | undefined;

const REWRITE: Readonly<Record<Dialect, Rewrite | undefined>> = {
  scim: undefined,
  // For people, in a browser.
  "oauth2-page": undefined,
  crest: (body, error) => (error.style === "problem" ? toProblem(body, error) : toCrest(body, error)),
  // What is JSON there is an OAuth2 error, or as good as one. RFC 6749 has words for a server that is ill or busy; for
  // another refusal that is no JSON it has none that would not say something about the caller's token.
  oauth2: (body, error) =>
    isJsonFormat(body.format) || !(error.status === 429 || error.status >= 500)
      ? undefined
      : oauth2Error(wordsOf(body, error)),
  // A login's own answers carry its state. Only the edge's pages were never part of it.
  authenticate: (body, error) =>
    isJsonFormat(body.format) || error.origin !== "edge"
      ? undefined
      : styled(error.style, wordsOf(body, error)),
};

function toCrest(body: ErrorBody, error: ForeignError): Written | undefined {
  if (!body.wellFormedCrest) return styled(error.style, wordsOf(body, error));
  // The right words under the wrong label: the same text, so that clients read it as JSON.
  return isJson(mediaType(error.contentType).type) ? undefined : { contentType: CREST_TYPE, body: body.text };
}

function toProblem(body: ErrorBody, error: ForeignError): Written | undefined {
  const { title, status } = asObject(body.json) ?? {};
  const isProblem = mediaType(error.contentType).type === PROBLEM_TYPE && typeof title === "string";
  return isProblem && status === error.status ? undefined : styled(error.style, wordsOf(body, error));
}

/** What the body says, in the words of one shape. */
function wordsOf(body: ErrorBody, { status, origin }: ForeignError): ErrorWords {
  const message = body.message ?? honestMessage(body.format, status, origin);
  if (body.format === "crest" && body.innerCode === undefined) {
    // Nothing contradicts the status: what is missing is added, what is there stays.
    const { code: _, reason, message: own, detail, ...others } = asObject(body.json) ?? {};
    return {
      status,
      reason: typeof reason === "string" ? reason : undefined,
      message: typeof own === "string" ? own : message,
      detail,
      others: Object.keys(others).length === 0 ? undefined : others,
    };
  }
  const upstream = body.json === undefined ? legibleText(body) : body.json;
  return upstream === undefined ? { status, message } : { status, message, detail: { upstream } };
}

function legibleText({ format, text }: ErrorBody): string | undefined {
  return format === "html" || format === "text" ? excerpt(text, format === "html") || undefined : undefined;
}

function isJsonFormat(format: ErrorFormat): boolean {
  return format === "crest" || format === "oauth2" || format === "json";
}

const SPEAKERS: Readonly<Record<Origin, string>> = {
  tenant: "The tenant",
  edge: "The edge in front of the tenant",
  gateway: "The gateway",
};

const FORMS: Readonly<Record<ErrorFormat, string>> = {
  crest: "JSON that carries no message",
  oauth2: "JSON that carries no message",
  json: "JSON that carries no message",
  html: "an HTML page",
  text: "plain text",
  empty: "an empty body",
  binary: "a body that is neither JSON nor text",
};

/** What an answer of the edge says about where the request went: what it finds wrong itself it does not pass on. */
function reached(status: number): string {
  return status < 500 && status !== 408
    ? "; the request never reached the tenant"
    : "; it does not say whether the request reached the tenant";
}

function honestMessage(format: ErrorFormat, status: number, origin: Origin): string {
  const where = origin === "edge" ? reached(status) : "";
  return `${SPEAKERS[origin]} answered ${status} with ${FORMS[format]}${where}.`;
}
