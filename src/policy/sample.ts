/** Requests and outcomes as people write them on a command line or in a policy's tests, in place of real ones. */

import type { Answered, Failed } from "../decide/outcome.ts";
import { type FailureWord, UNSENT_FAILURES } from "../decide/words.ts";
import type { HeaderList } from "../http/headers.ts";
import { reasonPhrase } from "../http/reason.ts";

/**
 * An answer of which little is said. A bare error status stands for the tenant's own answer, as CREST writes it: the
 * edge's page has to be said as what it is, by its content type.
 */
export function sampleAnswer(status: number, headers: HeaderList, body: string | undefined): Answered {
  const typed = headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === "content-type");
  const reason = reasonPhrase(status);
  const usual =
    status >= 400 && !typed ? JSON.stringify({ code: status, reason, message: reason }) : undefined;
  const text = body ?? usual;
  const type = typed || text === undefined ? [] : ["Content-Type", "application/json;charset=utf-8"];
  return { kind: "answered", status, headers: [...headers, ...type], text };
}

export function sampleFailure(failure: FailureWord): Failed {
  return { kind: "failed", failure, code: "SAMPLE", sent: !UNSENT_FAILURES.some((each) => each === failure) };
}
