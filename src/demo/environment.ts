/**
 * Variables and secrets of the environment. Its errors have no `reason`, its objects no revision.
 *
 * A variable may be PUT again and again; a secret only once, and what is in it is never shown.
 */
import type { Clock } from "../clock.ts";
import { type Change, changed, json, type Reply } from "./reply.ts";
import { type Fields, type Route, readObject, type TenantRequest, text } from "./request.ts";

const ENCODINGS = ["generic", "pem", "base64hmac", "base64aes"];

export function environmentRoutes(clock: Clock): readonly Route[] {
  const kept = { variables: new Map<string, Fields>(), secrets: new Map<string, Fields>() };

  const answer = (request: TenantRequest, kind: string, id: string): Reply => {
    const objects = kind === "secrets" ? kept.secrets : kept.variables;
    const one = kind === "secrets" ? "secret" : "variable";
    const found = objects.get(id);
    const change = (operation: Change["operation"]): Change => ({ operation, id });

    if (request.method === "PUT") {
      const body = readObject(request);
      if ("refusal" in body) return refuse(400, "The body is not a JSON object");
      if (text(body.value, "valueBase64") === undefined)
        return refuse(400, "valueBase64 in body is required");
      // The code in the body differs from the status on purpose: so does the tenant's.
      if (one === "secret" && !ENCODINGS.includes(text(body.value, "encoding") ?? "generic"))
        return refuse(422, `encoding in body should be one of [${ENCODINGS.join(" ")}]`, 606);
      if (one === "secret" && found !== undefined)
        return refuse(400, "Failed to create secret, the secret already exists");
      const lastChangeDate = new Date(clock.wall()).toISOString();
      const stored = { ...body.value, _id: id, lastChangeDate, lastChangedBy: "demo", loaded: false };
      objects.set(id, stored);
      return changed(json(200, visible(stored, one)), change(found === undefined ? "create" : "update"));
    }

    if (found === undefined) return refuse(404, `The ${one} does not exist`);
    if (request.method === "GET" || request.method === "HEAD") return json(200, visible(found, one));
    if (request.method !== "DELETE") return refuse(405, `${request.method} is not allowed`);
    objects.delete(id);
    return changed(json(200, visible(found, one)), change("delete"));
  };
  return [[/^\/environment\/(variables|secrets)\/([^/]+)$/, answer]];
}

function visible(stored: Fields, one: "secret" | "variable"): Fields {
  const { valueBase64, ...rest } = stored;
  return one === "secret" ? { ...rest, activeVersion: "1" } : stored;
}

function refuse(status: number, message: string, code = status): Reply {
  return json(status, { code, message });
}
