/** An exchange that did not go straight tells every attempt, and why another followed. */
import { describe, expect, it } from "vitest";
import type { ExchangeRecord } from "../../src/observe/events.ts";
import { ask, gateways, type Running } from "../support/gateway.ts";

const start = gateways();

const USER = "/openidm/managed/alpha_user";

/** Each attempt without what depends on time. */
function told({ story }: ExchangeRecord): string[] | undefined {
  return story?.map(({ status, failure, meaning, next }) => `${status ?? failure} ${meaning}: ${next}`);
}

type Row = readonly [
  name: string,
  prepare: (g: Running) => unknown,
  request: readonly [method: string, path: string],
  story: readonly string[] | undefined,
];

const READ = ["GET", `${USER}?_queryFilter=true`] as const;

const ROWS: readonly Row[] = [
  ["one that went well at once", () => {}, READ, undefined],
  ["one whose first answer was final", () => {}, ["GET", `${USER}/nobody`], undefined],
  [
    "a read that was sent again",
    (g) => {
      g.tenant.will(503);
      g.tenant.dropBeforeCommit();
    },
    READ,
    ["503 unavailable: retried", "reset cut-off: retried", "200 ok: answered"],
  ],
  [
    "a write that was not",
    (g) => g.tenant.will(503),
    ["POST", `${USER}?_action=create`],
    ["503 unavailable: not-replayable"],
  ],
];

describe("the story of", () => {
  it.each(ROWS)("%s", async (_name, prepare, [method, path], story) => {
    const g = await start();
    prepare(g);
    await ask(g.url, method, path, method === "POST" ? { body: "{}" } : {});
    await g.ended(1);
    const [record] = g.exchanges();
    expect(record && told(record)).toEqual(story);
  });

  it("attempts has their times in order, and what was waited between them", async () => {
    const g = await start({ policy: "retry: { backoff: { base: 5ms, max: 5ms } }\n" });
    g.tenant.will(503, { "retry-after": "0" });
    await ask(g.url, ...READ);
    await g.ended(1);
    const [first, second] = g.exchanges()[0]?.story ?? [];
    if (!first || !second) throw new Error("two attempts were made");
    expect(first.toldMs).toBe(0);
    expect(first.waitMs).toBeGreaterThan(0);
    expect(second.atMs).toBeGreaterThanOrEqual(first.atMs + first.durationMs + (first.waitMs ?? 0));
    expect(second.waitMs).toBeUndefined();
  });

  it("a lost answer says what became of the write", async () => {
    const g = await start();
    g.tenant.dropAfterCommit();
    const body = JSON.stringify({ userName: "new", givenName: "New", sn: "User", mail: "new@example.com" });
    const path = `${USER}/3b0c3a3e-0000-4000-8000-000000000001`;
    await ask(g.url, "PUT", path, { headers: { "If-None-Match": "*" }, body });
    await g.ended(1);
    const [record] = g.exchanges();
    expect(record?.settled).toBe("applied");
    expect(record && told(record)).toEqual(["reset cut-off: retried", "412 version-mismatch: answered"]);
  });
});
