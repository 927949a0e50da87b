/**
 * What can happen to a request: it is served, answered otherwise, dropped, left hanging or cut short.
 *
 * Steps are plain data, so that tests can script them and the weather can be a table of them. `applied` says whether the
 * tenant does what it was asked before things go wrong: the caller cannot tell, and that is the point.
 */
import { crestError, edgePage, JSON_TYPE, type Reply } from "./reply.ts";

export type Step =
  | { readonly kind: "serve" }
  | { readonly kind: "say"; readonly applied: boolean; readonly reply: Reply }
  | { readonly kind: "drop"; readonly applied: boolean }
  | { readonly kind: "hang"; readonly applied: boolean }
  /** The tenant does what it was asked; half of its answer comes, then a reset. */
  | { readonly kind: "cut"; readonly half: "head" | "body" }
  /** Served by a replica that lags: a read of one object shows it as it was before its last so many changes. */
  | { readonly kind: "stale"; readonly changes: number }
  /** Exactly these bytes, one for each character, and then the end of the connection. */
  | { readonly kind: "raw"; readonly bytes: string };

/** Which requests use up a scripted step; every request if neither is given. */
export type Only = { readonly method?: string; readonly path?: RegExp };

export class Script {
  #steps: { readonly step: Step; readonly only: Only }[] = [];

  add(step: Step, only: Only = {}): void {
    this.#steps.push({ step, only });
  }

  /** Takes out the first step that is meant for this request. */
  next(method: string, url: string): Step | undefined {
    const index = this.#steps.findIndex(
      ({ only }) =>
        (only.method === undefined || only.method === method) &&
        (only.path === undefined || url.search(only.path) >= 0),
    );
    return index < 0 ? undefined : this.#steps.splice(index, 1)[0]?.step;
  }

  clear(): void {
    this.#steps = [];
  }
}

/**
 * A reply for `say`. A string body stands as it is, anything else becomes JSON; without a body, an error speaks CREST.
 * It carries what the tenant puts on all of its answers, except for the headers given as "".
 */
export function saying(status: number, headers: Reply["headers"] = {}, body?: unknown): Reply {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (body === undefined && status >= 400) {
    const usual = crestError(status, "Simulated by the demonstration tenant");
    return { ...usual, headers: { ...usual.headers, ...lower } };
  }
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  const type = text === "" ? {} : { "content-type": JSON_TYPE };
  return { from: "tenant", status, headers: { ...type, ...lower }, body: text };
}

export function tenantSays(status: number, headers: Reply["headers"] = {}): Step {
  return { kind: "say", applied: false, reply: saying(status, headers) };
}

export function edgeSays(status: number): Step {
  return { kind: "say", applied: false, reply: edgePage(status) };
}
