/**
 * What real tenants answered, played back through the real gateway: `test/corpus/README.md` says where it is from.
 *
 * A success reaches the caller as it was, an error keeps its status and gets the one shape, and nothing is sent again
 * that the tables do not say may be. What each exchange was taken for stands in `classification.golden.txt`; after a
 * change that is meant, `vitest run test/stories/recorded-traffic.test.ts -u` writes it anew: read the difference.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { headerPairs, headerValue } from "../../src/http/headers.ts";
import { type Exchange, readByHand, readRecorded } from "../support/corpus.ts";
import { policyOf, startGateway } from "../support/gateway.ts";
import { byTheTables, goldenCells, goldenTable, type Played, playBack } from "../support/playback.ts";
import { startPlayer } from "../support/player.ts";

const policy = policyOf();

/** Fields of one connection, on either side of the gateway. */
const OF_ONE_CONNECTION = ["connection", "keep-alive", "transfer-encoding"];
/** What the gateway says itself, and what it says anew: always in seconds. */
const OWN = ["x-gateway-attempts", "proxy-status", "retry-after"];
/** What the tenant says of its own host, which ours is not. */
const OF_THE_TENANTS_HOST = ["alt-svc", "strict-transport-security"];
/** What goes with a body that is written anew, and what comes with it. */
const OF_THE_BODY = ["content-type", "content-length", "etag", "cache-control"];

/** `name: value` lines with lower-case names, without those of `without`. */
function linesOf(headers: readonly string[], ...without: readonly string[]): string[] {
  return [...headerPairs(headers)]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => `${name}: ${value}`);
}

function jsonOf({ responseBody }: Exchange): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(responseBody.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The answer of the tenant, byte for byte; a `Location` that led to the tenant leads to the gateway. */
function expectUntouched({ exchange, answer, given, gatewayUrl, playerUrl }: Played): void {
  expect(answer.bytes.equals(exchange.responseBody), "the same bytes").toBe(true);
  const ours = [...OF_ONE_CONNECTION, ...OWN, "content-length"];
  const expected = linesOf(given, ...ours, ...OF_THE_TENANTS_HOST).map((line) =>
    line.replace(playerUrl, gatewayUrl),
  );
  expect(linesOf(answer.rawHeaders, ...ours)).toEqual(expected);
  // A body that came in pieces may leave in one, and then says how long it is.
  const length = headerValue(given, "content-length") ?? answer.headers["content-length"];
  expect(answer.headers["content-length"]).toBe(length);
}

/** An error in the shape that callers expect there, with what the tenant said in it. */
function expectOneShape({ exchange, answer, given }: Played): void {
  const body = answer.json();
  const { status } = exchange;
  const { dialect } = byTheTables(exchange, policy).asked;
  const text = expect.stringMatching(/./);
  if (dialect === "oauth2") expect(body).toEqual({ error: text, error_description: text });
  else expect(body).toMatchObject({ code: status, reason: text, message: expect.any(String) });
  const said = jsonOf(exchange);
  if (said?.message) expect(body.message).toBe(said.message);
  if (said?.detail !== undefined) expect(body.detail).toEqual(said.detail);

  expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(answer.headers["content-length"]).toBe(String(answer.bytes.length));
  const ours = [...OF_ONE_CONNECTION, ...OWN, ...OF_THE_BODY];
  expect(linesOf(answer.rawHeaders, ...ours)).toEqual(linesOf(given, ...ours, ...OF_THE_TENANTS_HOST));
}

/** Whether the gateway has to leave the body alone. */
function mustStay(exchange: Exchange): boolean {
  const { dialect } = byTheTables(exchange, policy).asked;
  const said = jsonOf(exchange);
  if (exchange.status < 400 || dialect === "scim") return true;
  if (headerValue(exchange.requestHeaders, "accept")?.startsWith("text/html")) return true;
  if (dialect !== "crest" && said !== undefined) return true;
  return (
    said?.code === exchange.status && typeof said.reason === "string" && typeof said.message === "string"
  );
}

function expectRightAnswer(played: Played): void {
  const { exchange, answer, record, normalisedFrom } = played;
  expect(answer.status).toBe(exchange.status);
  expect(normalisedFrom === undefined).toBe(mustStay(exchange));
  if (normalisedFrom === undefined) expectUntouched(played);
  else expectOneShape(played);
  expect(answer.headers["x-gateway-attempts"]).toBe(String(record.attempts));
  const { status } = exchange;
  if (status < 400) return;
  const said = `received-status=${status}; attempts=${record.attempts}; meaning=${record.meaning}; `;
  expect(answer.headers["proxy-status"]).toContain(said);
}

/**
 * What the caller sent is what every attempt brings: byte for byte, but for `Host`, `Via`, the framing, and the
 * transaction id, which tells the attempts apart.
 */
function expectRightRequest({ exchange, seen }: Played): void {
  const ours = ["host", "via", "content-length", "x-forgerock-transactionid", ...OF_ONE_CONNECTION];
  for (const { method, target, rawHeaders, body } of seen) {
    expect({ method, target }).toEqual({ method: exchange.method, target: exchange.target });
    expect(body.equals(exchange.requestBody ?? Buffer.alloc(0)), "the same bytes").toBe(true);
    expect(linesOf(rawHeaders, ...ours).toSorted()).toEqual(
      linesOf(exchange.requestHeaders, ...ours).toSorted(),
    );
    const transaction = headerValue(exchange.requestHeaders, "x-forgerock-transactionid") ?? "";
    expect(headerValue(rawHeaders, "x-forgerock-transactionid") ?? "").toContain(transaction);
  }
}

const recorded: Played[] = [];
const byHand: Played[] = [];
const breakerEvents: unknown[] = [];

/** With a gateway of its own: behind another's 429 it would wait for the throttle gate, behind many 503 be refused. */
async function playAlone(exchange: Exchange): Promise<Played> {
  const player = await startPlayer();
  const gateway = await startGateway({ upstream: player.url });
  const played = await playBack(exchange, gateway, player);
  await gateway.close();
  await player.close();
  return played;
}

beforeAll(async () => {
  // All in one gateway, one after the other: what one answer does to circuits and budgets the next one feels.
  const player = await startPlayer();
  const gateway = await startGateway({ upstream: player.url });
  for (const exchange of readRecorded()) recorded.push(await playBack(exchange, gateway, player));
  breakerEvents.push(...gateway.events.filter(({ kind }) => kind === "breaker"));
  await gateway.close();
  await player.close();

  byHand.push(...(await Promise.all(readByHand().map(playAlone))));
});

describe("recorded traffic", () => {
  it("holds every kind of error that was found, and successes of every part of the API", () => {
    const errors = recorded.filter(({ exchange }) => exchange.status >= 400);
    expect(errors).toHaveLength(114);
    expect(recorded.length - errors.length).toBeGreaterThan(60);
  });

  it("reaches the tenant as the caller sent it", () => {
    for (const played of recorded) expectRightRequest(played);
  });

  it("reaches the caller as it came, errors in the one shape", () => {
    for (const played of recorded) expectRightAnswer(played);
  });

  it("is asked for as often as the tables say, which is once each", () => {
    for (const { exchange, seen, record } of recorded) {
      const { attempts } = byTheTables(exchange, policy);
      expect({ id: exchange.id, sent: seen.length, told: record.attempts }).toEqual({
        id: exchange.id,
        sent: attempts,
        told: attempts,
      });
    }
    const added = recorded.reduce((sum, { seen }) => sum + seen.length - 1, 0);
    expect(added).toBe(0);
  });

  it("opens no circuit, although one error in ten is a 500", () => {
    expect(breakerEvents).toEqual([]);
  });
});

describe("answers that nobody has recorded", () => {
  it("reach the tenant and the caller as they should", () => {
    for (const played of byHand) {
      expectRightRequest(played);
      expectRightAnswer(played);
    }
  });

  it("mean what each entry says, and are asked for as often", () => {
    const found = byHand.map(({ exchange, record, seen }) => ({
      id: exchange.id,
      means: record.meaning,
      attempts: seen.length,
    }));
    expect(found).toEqual(byHand.map(({ exchange }) => ({ id: exchange.id, ...exchange.expected })));
  });
});

it("is classified as the golden file says", async () => {
  const rows = (all: readonly Played[], wanted: (status: number) => boolean) =>
    goldenTable(
      all.filter(({ exchange }) => wanted(exchange.status)).map((each) => goldenCells(each, policy)),
    );
  const isError = (status: number) => status >= 400;
  const text = [
    "Recorded errors",
    rows(recorded, isError),
    "",
    "Recorded successes",
    rows(recorded, (status) => !isError(status)),
    "",
    "Answers that nobody has recorded (by-hand.yaml)",
    rows(byHand, () => true),
    "",
  ].join("\n");
  await expect(text).toMatchFileSnapshot("../corpus/classification.golden.txt");
});
