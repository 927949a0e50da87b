/** What callers ask in a history, and what others write meanwhile: the requests, and what should stand after them. */
import type { Fields } from "../../src/demo/request.ts";
import type { Asked } from "./lockstep.ts";

/** What a caller does. `revision`: the one that stands, an old one, or none. `key`: creates with the same one are one. */
export type Operation = {
  readonly verb:
    | "put"
    | "create"
    | "replace"
    | "remove"
    | "increment"
    | "delete"
    /** A create where nothing is rewritten, one that is sent as a PUT, and one whose collection refuses that. */
    | "post"
    | "keyed"
    | "refusing";
  readonly revision: "current" | "old" | "none";
  readonly password: boolean;
  readonly fields: boolean;
  readonly key: 1 | 2 | undefined;
  readonly content: 1 | 2;
};

/** What somebody else writes: the whole object, a field of which nobody else knows, or less. */
export type OthersWrite = "put" | "note" | "remove" | "delete";

/** The one object that most of it is about. */
export const PATH = "/openidm/managed/thing/x";

const content = (of: string, password: boolean): Fields => ({
  sn: of,
  mail: `${of}@example.com`,
  count: 0,
  address: { city: of },
  ...(password ? { password: of } : {}),
});

export function othersWrite(write: OthersWrite, of: string): Asked {
  const bodies = {
    put: ["PUT", content(of, false)],
    note: ["PATCH", [{ operation: "replace", field: "/note", value: of }]],
    remove: ["PATCH", [{ operation: "remove", field: "/mail" }]],
    delete: ["DELETE", undefined],
  } as const;
  const [method, body] = bodies[write];
  return { method, path: PATH, headers: {}, body: body && JSON.stringify(body) };
}

/** The request that a caller makes, and the fields that should stand afterwards (a removed one as null). */
export function toAsk(
  { verb, revision, password, fields, key, content: which }: Operation,
  name: string,
  stands: Fields | undefined,
): { asked: Asked; sent: Fields | undefined } {
  const tag = revision === "current" ? String(stands?._rev ?? "none-yet") : "some-old-one";
  const headers = revision === "none" ? {} : { "if-match": `"${tag}"` };
  const query = fields ? "?_fields=sn" : "";
  const ask = (method: string, path: string, own: Asked["headers"], sent?: Fields, body: unknown = sent) => ({
    asked: { method, path, headers: own, body: body === undefined ? undefined : JSON.stringify(body) },
    sent,
  });
  const patch = (operation: string, field: string, value: unknown, sent?: Fields) =>
    ask("PATCH", `${PATH}${query}`, headers, sent, [{ operation, field, value }]);
  switch (verb) {
    case "put":
      return ask("PUT", `${PATH}${query}`, headers, content(name, password));
    case "create":
      return ask("PUT", `${PATH}${query}`, { "if-none-match": "*" }, content(name, password));
    case "replace":
      return patch("replace", "/sn", name, { sn: name });
    case "remove":
      return patch("remove", "/mail", undefined, { mail: null });
    case "increment":
      return patch("increment", "/count", 1);
    case "delete":
      return ask("DELETE", PATH, headers);
    case "post":
      return ask("POST", "/openidm/managed/posted?_action=create", {}, content(name, password));
    case "refusing":
      return ask("POST", "/openidm/system/ldap/account?_action=create", {}, content(name, password));
    case "keyed": {
      const keyed = key === undefined ? {} : { "idempotency-key": `key${key}` };
      const sent = content(key === undefined ? name : `content${which}`, password);
      return ask("POST", "/openidm/managed/keyed?_action=create", keyed, sent);
    }
  }
}

/** A request in one line. */
export function written({ method, path, headers, body }: Asked): string {
  const conditions = Object.entries(headers).map(
    ([name, value]) => ` ${name}: ${value.replace(/"[^"]*-/, '"r')}`,
  );
  return `${method} ${path}${conditions.join("")}${body === undefined ? "" : ` ${body}`}`;
}
