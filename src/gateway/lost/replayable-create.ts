/**
 * Creates that may be sent again: `POST ?_action=create` becomes `PUT /<uuid>` with `If-None-Match: *`, which the tenant
 * refuses to do twice. The uuid comes from the caller's `Idempotency-Key`, so that the same key gives the same object,
 * or from chance. Opt-in per route, for collections that take ids of the client's choosing.
 */
import { createHash, randomUUID } from "node:crypto";
import { classify } from "../../decide/classify.ts";
import type { Judgement } from "../../decide/judge.ts";
import { requestFacts } from "../../decide/request.ts";
import { headerValue, withHeader, withoutHeaders } from "../../http/headers.ts";
import { parseTarget } from "../../http/target.ts";
import { isRecord, jsonOf } from "../../json.ts";
import type { Policy, Route } from "../../policy/policy.ts";
import type { Outbound } from "../try-once.ts";

export type ReplayableCreate = {
  readonly outbound: Outbound;
  /** The collection's path: where ids are refused, or not. */
  readonly collection: string;
  /** Whether the caller named the create, so that it may have been done in another exchange. */
  readonly named: boolean;
};

/** Collections that have refused ids of ours; bounded, since paths are the callers'. */
const REMEMBERED = 1000;

export class RefusingCollections {
  readonly #paths = new Set<string>();

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** True when it was not known before. */
  add(path: string): boolean {
    if (this.#paths.has(path)) return false;
    if (this.#paths.size >= REMEMBERED) this.#paths.clear();
    this.#paths.add(path);
    return true;
  }
}

/** What tells callers apart: the same key of another caller is another key. */
const CREDENTIALS = ["authorization", "cookie", "x-api-key", "x-openidm-username", "x-openam-username"];

/** The name space of these ids, itself a random uuid. */
const NAMESPACE = Buffer.from("5f0c8e0b9a4e4c0f9d3c1c2a7e6b4d18", "hex");

/** The create as a PUT that may be sent again; undefined when it is none, or brings an id of its own. */
export function replayableCreate(
  outbound: Outbound,
  route: Route,
  policy: Policy,
  refusing: RefusingCollections,
): ReplayableCreate | undefined {
  const { facts, asked, body } = outbound;
  const isPlainCreate =
    asked.dialect === "crest" && asked.operation === "create" && facts.effectiveMethod === "POST";
  const collection = facts.target.path.replace(/\/+$/, "");
  // Which collection takes ids of ours is known of a path that reads in one way only.
  if (facts.readings.length > 1) return undefined;
  if (!isPlainCreate || body.kind !== "held" || refusing.has(collection)) return undefined;
  if (bringsId(body.bytes)) return undefined;

  const key = headerValue(facts.headers, "idempotency-key");
  const id =
    key === undefined ? randomUUID() : idFrom([route.name, credentials(facts.headers), collection, key]);
  const query = facts.target.query
    .split("&")
    .filter((piece) => piece !== "" && !/^_action(=|$)/i.test(piece));
  const pathAndQuery = `${collection}/${id}${query.length > 0 ? `?${query.join("&")}` : ""}`;
  const parsed = parseTarget("PUT", pathAndQuery);
  if ("problem" in parsed) return undefined;
  const headers = withHeader(
    withoutHeaders(outbound.headers, (name) => name === "x-http-method-override" || name === "if-match"),
    "If-None-Match",
    "*",
  );
  const asPut = requestFacts({ method: "PUT", target: parsed.target, headers, body: facts.body });
  return {
    outbound: {
      method: "PUT",
      pathAndQuery,
      headers,
      body,
      facts: asPut,
      asked: classify(asPut, { dialects: policy.dialects, operations: route.operations }),
    },
    collection,
    named: key !== undefined,
  };
}

/** The tenant says that this collection gives ids itself; nothing was created. */
export function refusesClientId({ meaning, origin }: Judgement): boolean {
  return meaning === "not-supported" && origin === "tenant";
}

/** A body that is no object is the tenant's to refuse. */
function bringsId(body: Buffer): boolean {
  const parsed = jsonOf(body.toString("utf8"));
  return !isRecord(parsed) || Object.hasOwn(parsed, "_id");
}

function credentials(headers: readonly string[]): string {
  const given = CREDENTIALS.map((name) => headerValue(headers, name) ?? "");
  return createHash("sha256").update(JSON.stringify(given)).digest("hex");
}

/** A name-based uuid (RFC 9562 section 5.5, version 5). */
function idFrom(parts: readonly string[]): string {
  const hash = createHash("sha1").update(NAMESPACE).update(JSON.stringify(parts)).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString("hex", 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
