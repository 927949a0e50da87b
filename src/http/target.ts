/**
 * The request target (RFC 9112 section 3.2): what is forwarded, byte for byte, and what is matched against patterns.
 *
 * The two differ on purpose. The tenant gets exactly what the caller wrote; a pattern is asked about every path that a
 * server could understand by it, so that no spelling of a path slips past a rule.
 */
import { parseAuthority } from "./authority.ts";

export type Target = {
  readonly form: "origin" | "absolute" | "asterisk";
  /** Exactly what is forwarded. */
  readonly pathAndQuery: string;
  /** Exactly as sent, without the query. */
  readonly path: string;
  /** Without the `?`; empty when there is none. */
  readonly query: string;
  /**
   * The exact path first; then, each where it differs, the path with dot segments removed, doubled slashes folded and
   * backslashes taken for slashes: undecoded, and after each of up to three rounds of percent-decoding; each of them
   * also without path parameters (`;x`), which servlet containers take off before they look at dot segments.
   */
  readonly matchPaths: readonly string[];
};

/**
 * Reads a request target, or says in a sentence why it is refused (an answer of 400).
 * Absolute-form is cut to its path and query, as a server must accept it (section 3.2.2); its authority is not used.
 */
export function parseTarget(method: string, target: string): { target: Target } | { problem: string } {
  if (method === "CONNECT") return { problem: "This is not a forward proxy: CONNECT is not supported." };
  if (ORDINARY.test(target)) {
    const mark = target.indexOf("?");
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = mark < 0 ? "" : target.slice(mark + 1);
    return { target: { form: "origin", pathAndQuery: target, path, query, matchPaths: [path] } };
  }
  if (target.includes("#"))
    return { problem: "The request target has a fragment; a client keeps that to itself." };
  if (!TARGET_CHARACTERS.test(target)) {
    return { problem: "The request target holds a space or a control character; write it as %XX." };
  }
  if (target.startsWith("/")) return { target: split("origin", target) };
  if (target === "*") {
    if (method === "OPTIONS") return { target: split("asterisk", target) };
    return { problem: "The request target * is for OPTIONS only." };
  }
  return parseAbsolute(method, target);
}

/**
 * The query's parameters by lower-case name (CREST matches them without case), values in order. `+` and %XX are
 * decoded as UTF-8; a malformed escape stays as it is.
 */
export function queryParameters(query: string): ReadonlyMap<string, readonly string[]> {
  if (query === "") return NO_PARAMETERS;
  const parameters = new Map<string, string[]>();
  const isCoded = CODED.test(query);
  for (const piece of query.split("&")) {
    if (piece === "") continue;
    const equals = piece.indexOf("=");
    const nameAsSent = equals < 0 ? piece : piece.slice(0, equals);
    const valueAsSent = equals < 0 ? "" : piece.slice(equals + 1);
    const name = (isCoded ? decodeFormText(nameAsSent) : nameAsSent).toLowerCase();
    const value = isCoded ? decodeFormText(valueAsSent) : valueAsSent;
    const values = parameters.get(name);
    if (values) values.push(value);
    else parameters.set(name, [value]);
  }
  return parameters;
}

const NO_PARAMETERS: ReadonlyMap<string, readonly string[]> = new Map();

/** Characters by which a query is more than it shows. */
const CODED = /[%+]/;

/**
 * What nearly every target is: a path that reads in one way only, legal characters, no fragment. In a path those are all
 * but `#`, `%`, `/`, `;`, `?` and `\`, with single slashes that no dot follows; in a query all but `#`.
 */
const ORDINARY =
  /^(?:\/(?![/.])[\x21\x22\x24\x26-\x2e\x30-\x3a\x3c-\x3e\x40-\x5b\x5d-\x7e\x80-\xff]*)+(?:\?[\x21\x22\x24-\x7e\x80-\xff]*)?$/;

/** Node writes the target in Latin-1: one character is one byte, and bytes above 0x7f pass through unharmed. */
const TARGET_CHARACTERS = /^[\x21-\x7e\x80-\xff]+$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?]*)(.*)$/i;

function parseAbsolute(method: string, target: string): { target: Target } | { problem: string } {
  const match = ABSOLUTE_FORM.exec(target);
  if (!match)
    return { problem: "The request target is neither a path that begins with / nor an http or https URL." };
  const [, authority = "", rest = ""] = match;
  if (!parseAuthority(authority))
    return { problem: "The host in the request target is missing or malformed." };
  // Section 3.2.4: OPTIONS for a URL without path and query asks about the server itself.
  if (rest === "") return { target: split("absolute", method === "OPTIONS" ? "*" : "/") };
  return { target: split("absolute", rest.startsWith("/") ? rest : `/${rest}`) };
}

function split(form: Target["form"], pathAndQuery: string): Target {
  const mark = pathAndQuery.indexOf("?");
  const path = mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark);
  const query = mark < 0 ? "" : pathAndQuery.slice(mark + 1);
  return { form, pathAndQuery, path, query, matchPaths: readings(path) };
}

/** What a path can be written with so that another reading of it exists. */
const AMBIGUOUS = /[%;\\]|\/\/|\/\./;
const DECODING_ROUNDS = 3;

function readings(path: string): readonly string[] {
  if (!AMBIGUOUS.test(path)) return [path];
  const found = new Set([path]);
  const add = (reading: string): void => {
    found.add(tidy(reading)).add(tidy(reading.replaceAll(PARAMETERS, "")));
  };
  add(path);
  let decoded = path;
  for (let round = 0; round < DECODING_ROUNDS; round++) {
    const next = percentDecode(decoded);
    if (next === decoded) break;
    decoded = next;
    add(decoded);
  }
  return [...found];
}

const PARAMETERS = /;[^/\\]*/g;

/** One kind of slash, single ones, and no dot segments (RFC 3986 section 5.2.4). */
function tidy(path: string): string {
  const segments = path.replaceAll("\\", "/").split("/");
  const endsInDirectory = DIRECTORY_ENDINGS.has(segments.at(-1) ?? "");
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return kept.length === 0 ? "/" : `/${kept.join("/")}${endsInDirectory ? "/" : ""}`;
}

const DIRECTORY_ENDINGS: ReadonlySet<string> = new Set(["", ".", ".."]);

/** Decodes runs of %XX as UTF-8; bytes that are not UTF-8 become U+FFFD, malformed escapes stay. */
function percentDecode(text: string): string {
  return text.replaceAll(ESCAPES, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}

const ESCAPES = /(?:%[\da-f]{2})+/gi;

function decodeFormText(text: string): string {
  return percentDecode(text.replaceAll("+", " "));
}
