/**
 * The slow forms of what the gateway does to fields in one walk: a list made for each step, and each step by itself easy
 * to see through. `test/http/one-walk.test.ts` and `test/gateway/answer-fields.test.ts` hold the quick forms to them.
 */
import { parseAuthority } from "../../src/http/authority.ts";
import type { ForwardOptions } from "../../src/http/forward.ts";
import { locationForCaller } from "../../src/http/location.ts";
import { deltaSeconds, retryAfterMs } from "../../src/http/retry-after.ts";
import type { Target } from "../../src/http/target.ts";

type Line = readonly [name: string, value: string];

export const linesOf = (headers: readonly string[]): Line[] =>
  headers.flatMap((name, i) => (i % 2 === 0 && i + 1 < headers.length ? [[name, headers[i + 1] ?? ""]] : []));
const listOf = (lines: readonly Line[]): string[] => lines.flat();
const isNamed =
  (...names: string[]) =>
  ([name]: Line): boolean =>
    names.includes(name.toLowerCase());

const valuesOf = (headers: readonly string[], name: string): string[] =>
  linesOf(headers)
    .filter(isNamed(name))
    .map(([, value]) => value);
export const joinedValue = (headers: readonly string[], name: string): string | undefined =>
  valuesOf(headers, name).length === 0 ? undefined : valuesOf(headers, name).join(", ");
const without = (headers: readonly string[], ...names: string[]): string[] =>
  listOf(linesOf(headers).filter((line) => !isNamed(...names)(line)));
export const replaced = (headers: readonly string[], name: string, value: string): string[] => [
  ...without(headers, name.toLowerCase()),
  name,
  value,
];
const elements = (value = ""): string[] =>
  value
    .split(",")
    .map((element) => element.trim())
    .filter((element) => element !== "");

const HOP_BY_HOP =
  "connection keep-alive proxy-connection proxy-authorization proxy-authenticate proxy-authentication-info " +
  "transfer-encoding te trailer upgrade http2-settings expect";
const NEVER_LISTED =
  "host authorization cookie content-length content-type content-encoding if-match if-none-match " +
  "accept-api-version x-http-method-override x-requested-with x-api-key x-api-secret set-cookie www-authenticate " +
  "etag location retry-after cache-control";

function endToEnd(headers: readonly string[]): string[] {
  const listed = elements(joinedValue(headers, "connection"))
    .map((name) => name.toLowerCase())
    .filter((name) => !NEVER_LISTED.split(" ").includes(name))
    .filter((name) => !/^x-(forgerock|openam)-/.test(name));
  const kept = without(headers, ...HOP_BY_HOP.split(" "), ...listed);
  const isLegal = ([name, value]: Line): boolean =>
    /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
  return listOf(linesOf(kept).filter(isLegal));
}

/** A request's fields as they are sent. */
export function sentInPasses(headers: readonly string[], options: ForwardOptions): string[] {
  const passed = withoutShadows(without(endToEnd(headers), "host", "content-length"));
  const told =
    options.forwarded === "append"
      ? withCaller(passed, joinedValue(headers, "host"), options)
      : listOf(linesOf(passed).filter(([name]) => !/^(forwarded|x-real-ip|x-forwarded-.*)$/i.test(name)));
  return ["Host", options.host, ...told, "Via", `${options.httpVersion} crest-gateway`];
}

/** Without names that a `_` keeps from being those of fields that change who asks, what is asked or how it reads. */
function withoutShadows(headers: readonly string[]): string[] {
  const guarded = `${HOP_BY_HOP} ${NEVER_LISTED} forwarded x-real-ip via`.split(" ");
  return listOf(
    linesOf(headers).filter(([name]) => {
      const meant = name.toLowerCase().replaceAll("_", "-");
      const isGuarded = guarded.includes(meant) || /^x-(forwarded|forgerock|openam)-/.test(meant);
      return !(name.includes("_") && isGuarded);
    }),
  );
}

function withCaller(headers: readonly string[], host: string | undefined, options: ForwardOptions): string[] {
  const plain = options.callerAddress?.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  const address = plain !== undefined && /^[\da-f:.]+$/i.test(plain) ? plain : undefined;
  const quoted = (text: string): string => (/^[\w!#$%&'*+.^`|~-]+$/.test(text) ? text : `"${text}"`);
  const element = [
    `for=${address === undefined ? "unknown" : quoted(address.includes(":") ? `[${address}]` : address)}`,
    ...(host !== undefined && parseAuthority(host) ? [`host=${quoted(host)}`] : []),
    ...(options.callerProto === undefined ? [] : [`proto=${options.callerProto}`]),
  ].join(";");
  const addresses = [...valuesOf(headers, "x-forwarded-for"), ...(address === undefined ? [] : [address])];
  return [
    ...without(headers, "x-forwarded-for", "forwarded"),
    ...(addresses.length === 0 ? [] : ["X-Forwarded-For", addresses.join(", ")]),
    "Forwarded",
    [...valuesOf(headers, "forwarded"), element].join(", "),
  ];
}

const SINGLE =
  "authorization content-type max-forwards idempotency-key x-http-method-override accept-api-version range if-range " +
  "if-modified-since if-unmodified-since x-openidm-username x-openidm-password";
const numberIn = (text = ""): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

/** What a server reads from a request's fields, each by a walk of its own. */
export function readInPasses(headers: readonly string[]) {
  const vias = elements(valuesOf(headers, "via").join(","));
  return {
    hosts: valuesOf(headers, "host").length,
    host: valuesOf(headers, "host")[0],
    gatewaysPassed: vias.filter((via) => via.split(/[ \t]+/)[1]?.toLowerCase() === "crest-gateway").length,
    contentLength: valuesOf(headers, "content-length")[0],
    hasTransferEncoding: valuesOf(headers, "transfer-encoding").length > 0,
    asksForWebSocket: elements(joinedValue(headers, "upgrade")).some(
      (each) => each.toLowerCase() === "websocket",
    ),
    forwardedProto: valuesOf(headers, "x-forwarded-proto")[0],
    maxForwards: numberIn(valuesOf(headers, "max-forwards")[0]),
    cameTwice: linesOf(headers)
      .map(([name]) => name.toLowerCase())
      .find((name, i, names) => SINGLE.split(" ").includes(name) && names.indexOf(name) < i),
  };
}

const OF_THE_OLD_BODY =
  "etag last-modified content-type content-length content-encoding content-md5 content-digest repr-digest digest " +
  "accept-ranges";

export type InPasses = {
  readonly status: number;
  readonly transaction: string;
  readonly accept: string | undefined;
  readonly tenantOrigin: string;
  readonly callerOrigin: string;
  /** When to come back, where that is safe and the tenant says nothing. */
  readonly comeBackMs: number | undefined;
  readonly wallMs: number;
  /** Whether another body takes the place of this one. */
  readonly isRewritten: boolean;
  /** Whether whoever writes the answer says how long its body is. */
  readonly lengthIsOurs: boolean;
};

/** The tenant's fields as the caller gets them, before the gateway says anything of its own. */
export function passedInPasses(headers: readonly string[], answer: InPasses): string[] {
  const { status, transaction, comeBackMs, wallMs } = answer;
  const mayPass = linesOf(endToEnd(headers)).filter(
    ([name]) => !/^(proxy-status|x-gateway-.*|alt-svc|strict-transport-security|nel|report-to)$/i.test(name),
  );
  const own = mayPass.map(([name, value]): Line => {
    const isOurs = name.toLowerCase() === "x-forgerock-transactionid" && value.startsWith(`${transaction}/`);
    return [name, isOurs ? transaction : value];
  });
  const framed = status === 204 ? without(listOf(own), "content-length") : listOf(own);
  const turned = prefersHtmlSlowly(answer.accept)
    ? framed
    : linesOf(framed).flatMap(([name, value]) => {
        const isLink = /^(content-)?location$/i.test(name);
        return [name, isLink ? locationForCaller(value, answer.tenantOrigin, answer.callerOrigin) : value];
      });
  const retry = status >= 400 ? withRetryAfter(turned, status, comeBackMs, wallMs) : turned;
  const kept = answer.isRewritten ? without(retry, ...OF_THE_OLD_BODY.split(" ")) : retry;
  return answer.lengthIsOurs ? without(kept, "content-length") : kept;
}

function withRetryAfter(
  headers: readonly string[],
  status: number,
  comeBackMs: number | undefined,
  wallMs: number,
): string[] {
  if (joinedValue(headers, "retry-after") !== undefined) {
    const told = retryAfterMs(headers, wallMs);
    return told === undefined ? [...headers] : replaced(headers, "Retry-After", deltaSeconds(told));
  }
  const canPass = status === 429 || (status >= 502 && status <= 504);
  if (!canPass || comeBackMs === undefined) return [...headers];
  return replaced(headers, "Retry-After", deltaSeconds(retryAfterMs(headers, wallMs) ?? comeBackMs));
}

/** Weighs every range of `Accept`. */
export function prefersHtmlSlowly(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = accept.split(",").map((element) => {
    const [range = "", ...parameters] = element.split(";").map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const isWeight = weight !== undefined && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight);
    return { range, weight: isWeight ? Number(weight) : 1 };
  });
  const quality = (type: string): number => {
    for (const range of [type, type.replace(/\/.*/, "/*"), "*/*"]) {
      const weights = ranges.filter((each) => each.range === range).map(({ weight }) => weight);
      if (weights.length > 0) return Math.max(...weights);
    }
    return 0;
  };
  return quality("text/html") > quality("application/json");
}

/** Reads a Content-Type each time anew. */
export function mediaTypeSlowly(value: string) {
  const [essence = "", ...rest] = value.split(";");
  const type = essence.trim().toLowerCase();
  const isType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/.test(type);
  const parameter = /;\s*([^\s=;"]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)/g;
  const charsets = [...`;${rest.join(";")}`.matchAll(parameter)]
    .filter(([, name = ""]) => name.toLowerCase() === "charset")
    .map(([, , text = ""]) => text.replaceAll('"', "").trim().toLowerCase());
  return { type: isType ? type : "", charset: charsets.find((charset) => charset !== "") };
}

/** What an origin-form target that needs no other reading is; undefined when it is not such a one. */
export function plainTarget(method: string, target: string): Target | undefined {
  if (method === "CONNECT" || !/^\/[\x21-\x22\x24-\x7e\x80-\xff]*$/.test(target)) return undefined;
  const [path = "", ...rest] = target.split("?");
  if (/%|\\|\/\/|\/\./.test(path)) return undefined;
  return { form: "origin", pathAndQuery: target, path, query: rest.join("?"), matchPaths: [path] };
}
