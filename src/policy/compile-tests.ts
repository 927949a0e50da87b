/** The tests of a policy file, made ready to be run: each a request, what the tenant says to it, and what is expected. */
import type { Outcome } from "../decide/outcome.ts";
import type { HeaderList } from "../http/headers.ts";
import type { PolicyTest } from "./policy.ts";
import { sampleAnswer, sampleFailure } from "./sample.ts";
import type { Document } from "./written/document.ts";
import type { TestWritten } from "./written/schema.ts";

export function compileTests(written: readonly TestWritten[], document: Document): PolicyTest[] {
  return written.map(({ name, request, header, body, answer, expect }, index) => {
    const [method = "", target = ""] = request.split(" ");
    const json = body !== undefined && typeof body !== "string";
    return {
      name,
      request: {
        method,
        target,
        headers: [...(json ? ["Content-Type", "application/json"] : []), ...asList(header)],
        body: body === undefined ? undefined : asText(body),
      },
      outcome: outcomeOf(answer),
      expect,
      at: document.at(["tests", index]),
    };
  });
}

function outcomeOf(answer: TestWritten["answer"]): Outcome | undefined {
  if (answer === undefined) return undefined;
  if (typeof answer === "number") return sampleAnswer(answer, [], undefined);
  if (typeof answer === "string") return sampleFailure(answer);
  const { status, header, body } = answer;
  return sampleAnswer(status, asList(header), body === undefined ? undefined : asText(body));
}

function asList(headers: Readonly<Record<string, string>> | undefined): HeaderList {
  return Object.entries(headers ?? {}).flat();
}

function asText(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}
