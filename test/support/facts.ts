/** A request as the deciding code sees it, from one line: `factsOf("PUT /x?y=1", { headers, body })`. */
import { type RequestFacts, requestFacts } from "../../src/decide/request.ts";
import { parseTarget } from "../../src/http/target.ts";

export type Sent = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text stands for itself, anything else for its JSON; left out: there is no body, or it is not held. */
  readonly body?: unknown;
};

export function factsOf(line: string, sent: Sent = {}): RequestFacts {
  const [method = "", target = ""] = line.split(" ");
  const parsed = parseTarget(method, target);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const headers = Object.entries(sent.headers ?? {}).flat();
  return requestFacts({ method, target: parsed.target, headers, body: bytesOf(sent.body) });
}

/** As `factsOf`, and counts how often the body was looked at. */
export function watchedFactsOf(line: string, sent: Sent = {}): { facts: RequestFacts; looks: () => number } {
  let looks = 0;
  const facts = factsOf(line, sent);
  const watched: RequestFacts = {
    ...facts,
    get body() {
      looks++;
      return facts.body;
    },
  };
  return { facts: watched, looks: () => looks };
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}
