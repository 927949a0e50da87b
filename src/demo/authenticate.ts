/**
 * Signing in: an empty POST starts a login session, a POST with its `authId` and filled callbacks continues it.
 *
 * "REST-like", not CREST. Every step may be taken once: what comes back to a session that is over is told 408, which here
 * means "start over", never "send again".
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { headerValue } from "../http/headers.ts";
import { changed, crestError, json, type Reply } from "./reply.ts";
import { isObject, type Route, readObject, type TenantRequest } from "./request.ts";
import { PASSWORD } from "./seeds.ts";
import type { Store } from "./store.ts";

const SESSION_MS = 300_000;
const NEWEST_VERSION = 2;

export function authenticateRoutes(store: Store, clock: Clock): readonly Route[] {
  const startedWallMs = new Map<string, number>();

  const start = (): Reply => {
    const authId = randomUUID();
    startedWallMs.set(authId, clock.wall());
    const callbacks = [callback("NameCallback", "User Name", 1), callback("PasswordCallback", "Password", 2)];
    return changed(json(200, { authId, callbacks }), { operation: "action", id: authId });
  };

  const step = (authId: string, [userName, password]: readonly unknown[]): Reply => {
    const started = startedWallMs.get(authId) ?? Number.NEGATIVE_INFINITY;
    startedWallMs.delete(authId);
    if (clock.wall() - started > SESSION_MS)
      return crestError(408, "The login session has timed out", { errorCode: "110" });
    const user = store.list("managed/alpha_user").find((each) => each.userName === userName);
    const granted = user !== undefined && password === (user.password ?? PASSWORD);
    const reply = granted
      ? json(200, { tokenId: randomUUID(), successUrl: "/enduser/?realm=/alpha", realm: "/alpha" })
      : crestError(401, "Authentication Failed");
    return changed(reply, { operation: "action", id: authId });
  };

  const answer = (request: TenantRequest): Reply => {
    if (request.method !== "POST") return crestError(405, "Only POST is allowed on authenticate");
    const [, major] = /\bresource=(\d+)/.exec(headerValue(request.headers, "accept-api-version") ?? "") ?? [];
    if (Number(major ?? NEWEST_VERSION) > NEWEST_VERSION)
      return crestError(406, `Resource version ${major} is not available`);
    if (request.body === "") return start();
    const type = headerValue(request.headers, "content-type") ?? "application/json";
    if (!/^application\/json\b/i.test(type))
      return crestError(415, `The content-type ${type} is not supported`);
    const body = readObject(request);
    if ("refusal" in body) return body.refusal;
    const { authId, callbacks } = body.value;
    return typeof authId === "string" ? step(authId, inputs(callbacks)) : start();
  };
  return [[/^\/am\/json\/(?:realms\/root\/)?(?:realms\/[^/]+\/)?authenticate$/, answer]];
}

function callback(type: string, prompt: string, number: number): unknown {
  return {
    type,
    output: [{ name: "prompt", value: prompt }],
    input: [{ name: `IDToken${number}`, value: "" }],
  };
}

/** The values that the caller filled in, in order. */
function inputs(callbacks: unknown): readonly unknown[] {
  if (!Array.isArray(callbacks)) return [];
  return callbacks.map((each: unknown) => {
    const [first]: unknown[] = isObject(each) && Array.isArray(each.input) ? each.input : [];
    return isObject(first) ? first.value : undefined;
  });
}
