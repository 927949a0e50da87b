/** The fields of an answer: one walk gives what a list made for each step would give, and the length stands there once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Departure } from "../../src/clock.ts";
import type { Judgement } from "../../src/decide/judge.ts";
import { type Answer, answerWith, type Conclusion } from "../../src/gateway/answer.ts";
import type { Inbound } from "../../src/gateway/caller.ts";
import { type HeaderList, headerLines } from "../../src/http/headers.ts";
import type { RawAnswer } from "../../src/upstream/attempt.ts";
import { policyOf } from "../support/gateway.ts";
import { passedInPasses } from "../support/in-passes.ts";
import { wildAccept, wildFields } from "../support/wild-fields.ts";

const WAY = { tenantOrigin: "https://tenant.example", callerOrigin: "http://gateway.example:8080" };
const WALL_MS = Date.UTC(2026, 0, 15, 12, 0, 0);
const COME_BACK_MS = 1500;
const TRANSACTION = "t";
const { settings, meanings } = policyOf().fallback;

const JUDGED: Judgement = {
  origin: "tenant",
  originAt: "here",
  meaning: "ok",
  verdict: meanings.ok,
  processed: "yes",
  retry: "never",
  at: "here",
};

type Asked = { readonly method: string; readonly accept: string | undefined };
type Came = { readonly status: number; readonly headers: HeaderList; readonly body: RawAnswer["body"] };

function inboundOf({ method, accept }: Asked): Inbound {
  return {
    id: "id",
    method,
    target: { form: "origin", pathAndQuery: "/a", path: "/a", query: "", matchPaths: ["/a"] },
    httpVersion: "1.1",
    headers: accept === undefined ? ["Host", "a"] : ["Host", "a", "aCCept", accept],
    body: undefined,
    accept: undefined,
    streams: () => {},
    contentLength: undefined,
    callerOrigin: WAY.callerOrigin,
    callerAddress: undefined,
    interim: undefined,
    slow: undefined,
    insteadOfAnswer: { status: undefined },
    left: new Departure(),
  };
}

function answered(asked: Asked, came: Came, how: Pick<Conclusion, "attempts" | "safeToRepeat">): Answer {
  const conclusion: Conclusion = {
    came: { kind: "answer", answer: { ...came, statusText: "" }, judged: JUDGED },
    processed: "yes",
    replay: "read",
    reason: undefined,
    comeBackMs: COME_BACK_MS,
    transaction: TRANSACTION,
    settlement: undefined,
    ...how,
  };
  const { tenantOrigin } = WAY;
  const inbound = inboundOf(asked);
  return answerWith(conclusion, { inbound, settings, dialect: "crest", tenantOrigin, wallMs: WALL_MS });
}

const whole = (text: string): RawAnswer["body"] => {
  const bytes = Buffer.from(text);
  return { kind: "whole", bytes, decoded: bytes };
};
const beginning = Buffer.from("a");
const streaming = (): RawAnswer["body"] => ({
  kind: "stream",
  beginning,
  rest: { flow() {}, pause() {}, resume() {}, letGo() {} },
});

const namesOf = (headers: HeaderList): string[] => headers.filter((_, i) => i % 2 === 0);

describe("the tenant's fields", () => {
  const asked = fc.record({ method: fc.constantFrom("GET", "HEAD", "POST"), accept: wildAccept });
  const status = fc.constantFrom(200, 201, 204, 302, 304, 400, 404, 408, 429, 500, 502, 503, 504);
  const body = fc.constantFrom("", '{"a":1}', '{"code":404,"reason":"Not Found","message":"x"}', "stream");
  const how = fc.record({ attempts: fc.constantFrom(1, 2), safeToRepeat: fc.boolean() });

  it("are those that one list after the other would leave, in their order, and then come ours", () => {
    fc.assert(
      fc.property(asked, status, body, wildFields, how, (who, code, text, headers, conclusion) => {
        const isBodiless = who.method === "HEAD" || code === 204 || code === 304;
        const raw = isBodiless ? { kind: "none" as const } : text === "stream" ? streaming() : whole(text);
        const answer = answered(who, { status: code, headers, body: raw }, conclusion);
        const isRewritten = answer.normalisedFrom !== undefined;
        const isWhole = answer.body.kind === "bytes";
        const passed = passedInPasses(headers, {
          ...WAY,
          status: code,
          transaction: TRANSACTION,
          accept: who.accept,
          comeBackMs: conclusion.safeToRepeat ? COME_BACK_MS : undefined,
          wallMs: WALL_MS,
          isRewritten,
          lengthIsOurs: isWhole,
        });
        expect(answer.headers.slice(0, passed.length)).toEqual(passed);
        const spoken = code >= 400 || conclusion.attempts > 1;
        expect(namesOf(answer.headers.slice(passed.length))).toEqual([
          ...(isRewritten ? ["Content-Type", "Content-Length", "Cache-Control"] : []),
          "X-Gateway-Attempts",
          ...(spoken ? ["Proxy-Status"] : []),
          ...(isWhole && !isRewritten ? ["Content-Length"] : []),
        ]);
        const lengths = headerLines(answer.headers, "content-length");
        if (answer.body.kind === "bytes") expect(lengths).toEqual([String(answer.body.bytes.length)]);
        if (code === 204) expect(lengths).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["HEAD", 200],
    ["GET", 304],
  ])("say the length that %s %i would have had", (method, code) => {
    const came: Came = { status: code, headers: ["Content-Length", "12"], body: { kind: "none" } };
    const { headers } = answered({ method, accept: undefined }, came, { attempts: 1, safeToRepeat: true });
    expect(headers).toEqual(["Content-Length", "12", "X-Gateway-Attempts", "1"]);
  });

  it("say no length of a 204, not even that nothing has none", () => {
    const came: Came = { status: 204, headers: ["Content-Length", "0"], body: whole("") };
    const { headers } = answered({ method: "PUT", accept: undefined }, came, {
      attempts: 1,
      safeToRepeat: true,
    });
    expect(headers).toEqual(["X-Gateway-Attempts", "1"]);
  });

  it("of a body that came without a length say the one it has", () => {
    const came: Came = { status: 200, headers: ["ETag", '"1"'], body: whole("é") };
    const { headers } = answered({ method: "GET", accept: undefined }, came, {
      attempts: 1,
      safeToRepeat: true,
    });
    expect(headers).toEqual(["ETag", '"1"', "X-Gateway-Attempts", "1", "Content-Length", "2"]);
  });
});

describe("an answer of our own", () => {
  const own = (method: string): Answer =>
    answerWith(
      {
        came: {
          kind: "failure",
          outcome: { kind: "failed", failure: "refused", code: "ECONNREFUSED", sent: false },
          judged: { ...JUDGED, meaning: "unreachable" },
        },
        attempts: 1,
        processed: "no",
        replay: "read",
        reason: "attempts-spent",
        safeToRepeat: true,
        comeBackMs: COME_BACK_MS,
        transaction: TRANSACTION,
        settlement: undefined,
      },
      {
        inbound: inboundOf({ method, accept: undefined }),
        settings,
        dialect: "crest",
        tenantOrigin: WAY.tenantOrigin,
        wallMs: WALL_MS,
      },
    );

  it("has its type and its length, is not kept, and says when to come back", () => {
    const { headers, body } = own("GET");
    expect(namesOf(headers)).toEqual([
      "Content-Type",
      "Content-Length",
      "Cache-Control",
      "Retry-After",
      "X-Gateway-Attempts",
      "Proxy-Status",
    ]);
    expect(headerLines(headers, "cache-control")).toEqual(["no-store"]);
    expect(headerLines(headers, "content-length")).toEqual([
      String(body.kind === "bytes" ? body.bytes.length : undefined),
    ]);
  });

  it("to HEAD has the length that it would have had, and no body", () => {
    expect(own("HEAD").body).toEqual({ kind: "none" });
    expect(own("HEAD").headers).toEqual(own("GET").headers);
  });
});
