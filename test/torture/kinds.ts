/**
 * The four kinds of request that every fault meets: they differ in what sending them again would do, and in the engine
 * that carries them. What streams is no harm to repeat, and still cannot be: nobody has it any more.
 */

import { SEEDS } from "../../src/demo/seeds.ts";
import type { Tenant } from "../../src/demo/tenant.ts";
import { ask } from "../support/gateway.ts";

export type Request = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

export type Kind = (typeof KINDS)[number];

export const KINDS = ["read", "guarded write", "unsafe write", "streamed upload"] as const;

const USERS = "/openidm/managed/alpha_user";
const [PERSON = "", SOMEBODY_ELSE = ""] = Object.keys(SEEDS["managed/alpha_user"] ?? {});

/** What a caller asks for to see whether the gateway is well. */
export const READ: Request = { method: "GET", path: `${USERS}/${PERSON}`, headers: {}, body: undefined };

/** Longer than what the policy of these tables holds, and than what sockets swallow at once. */
const UPLOAD_BYTES = 1024 * 1024;

/** The request that is watched. */
export async function requestOf(kind: Kind, tenant: Tenant): Promise<Request> {
  return make(kind, PERSON, kind === "read" || kind === "unsafe write" ? "" : await revision(tenant, PERSON));
}

/** One like it that goes ahead, so that there is a kept connection. */
export async function forerunnerOf(kind: Kind, tenant: Tenant): Promise<Request> {
  return make(
    kind,
    SOMEBODY_ELSE,
    kind === "read" || kind === "unsafe write" ? "" : await revision(tenant, SOMEBODY_ELSE),
  );
}

async function revision(tenant: Tenant, id: string): Promise<string> {
  return String((await ask(tenant.url, "GET", `${USERS}/${id}`)).json()._rev);
}

function make(kind: Kind, id: string, rev: string): Request {
  const json = { "content-type": "application/json" };
  const guard = { ...json, "if-match": `"${rev}"` };
  const person = { userName: id, givenName: "A", sn: "B", mail: "a@example.com" };
  switch (kind) {
    case "read":
      return { ...READ, path: `${USERS}/${id}` };
    case "guarded write":
      return { method: "PUT", path: `${USERS}/${id}`, headers: guard, body: JSON.stringify(person) };
    case "unsafe write":
      return { method: "POST", path: `${USERS}?_action=create`, headers: json, body: JSON.stringify(person) };
    case "streamed upload": {
      const body = JSON.stringify({ ...person, description: "d".repeat(UPLOAD_BYTES) });
      return {
        method: "PUT",
        path: `${USERS}/${id}`,
        headers: { ...guard, "transfer-encoding": "chunked" },
        body,
      };
    }
  }
}
