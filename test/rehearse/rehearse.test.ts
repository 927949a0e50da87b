/** What another policy would have done with what a log tells, and what nobody can know. */
import { describe, expect, it } from "vitest";
import { createLog } from "../../src/observe/log.ts";
import { readLogged } from "../../src/rehearse/logged.ts";
import { Rehearsing } from "../../src/rehearse/rehearsal.ts";
import { rehearse } from "../../src/rehearse/rehearse.ts";
import { ask, gateways, policyOf, type Running } from "../support/gateway.ts";

const LINE = {
  msg: "exchange",
  time: "2026-11-29T12:00:00.000Z",
  route: "openidm",
  method: "GET",
  path: "/openidm/managed/alpha_user/…",
  operation: "read",
  replay: "read",
  status: 200,
  attempts: 1,
  durationMs: 5,
  meaning: "ok",
  policyHash: "0123456789ab",
};

const attempt = (status: number, meaning: string, next: string, more: object = {}) => ({
  status,
  meaning,
  atMs: 0,
  durationMs: 5,
  next,
  ...more,
});

/** What differs under a policy of this text, as `kind what`, and what is in doubt. */
function rehearsed(policy: string, line: object) {
  const logged = readLogged(JSON.stringify({ ...LINE, ...line }));
  if (typeof logged === "string") return logged;
  const { differences, doubts } = rehearse(policyOf(policy), logged);
  return { told: differences.map(({ kind, what }) => `${kind} ${what}`), doubts };
}

const nothing = { told: [], doubts: [] };
const RETRIED = {
  attempts: 2,
  story: [attempt(503, "unavailable", "retried", { waitMs: 9 }), attempt(200, "ok", "answered")],
};
const write = { method: "PUT", operation: "update", replay: "idempotent" };
const withheld = { ...write, status: 500, story: [attempt(500, "defect", "not-replayable")] };

describe("a line", () => {
  it.each<[name: string, policy: string, line: object, expected: unknown]>([
    ["that went straight goes straight again", "", {}, nothing],
    ["whose retry is still made differs in nothing", "", RETRIED, nothing],
    [
      "whose retry would not be made",
      "retry: { attempts: 1 }",
      RETRIED,
      { told: ["fewer unavailable: retried → attempts-spent"], doubts: [] },
    ],
    [
      "of a write that would be sent again",
      "meanings: { defect: { retry: idempotent } }",
      withheld,
      { told: ["more defect: not-replayable → retried"], doubts: [] },
    ],
    [
      "that would not be sent again for another reason",
      "meanings: { defect: { retry: never } }",
      withheld,
      { told: ["reason defect: not-replayable → answered"], doubts: [] },
    ],
    [
      "of what nobody may do any more would be refused",
      "access: deny",
      RETRIED,
      { told: ["refused access-denied"], doubts: [] },
    ],
    [
      "of a write where only reading is allowed would be refused",
      "access: read-only",
      withheld,
      { told: ["refused read-only"], doubts: [] },
    ],
    ["of a read where only reading is allowed differs in nothing", "access: read-only", RETRIED, nothing],
    [
      "of a write is in doubt where bodies may not be longer than so much",
      "maxRequestBody: 1KiB",
      withheld,
      { told: [], doubts: ["body-size"] },
    ],
    ["of a read has no body that could be too long", "maxRequestBody: 1KiB", RETRIED, nothing],
    [
      "whose attempt would have been given up by now is in doubt",
      "attempt: { timeout: 2s }",
      { story: [attempt(200, "ok", "answered", { durationMs: 2001 })] },
      { told: [], doubts: ["time"] },
    ],
    [
      "of another route",
      "routes: [{ name: mine, match: { path: /openidm/managed/** } }]",
      {},
      { told: ["route openidm → mine"], doubts: [] },
    ],
    [
      "whose status means something else now",
      "answers: [{ when: { status: 503 }, means: maintenance }]",
      { ...write, status: 503, replay: "unsafe", story: [attempt(503, "unavailable", "not-replayable")] },
      {
        told: ["meaning 503: unavailable → maintenance", "more maintenance: not-replayable → retried"],
        doubts: ["replay"],
      },
    ],
    [
      "that rows with more conditions might mean something else by keeps its meaning",
      'answers: [{ when: { status: 503, message: "*planned*" }, means: maintenance }]',
      RETRIED,
      nothing,
    ],
    [
      "that was not sent again for a reason of the moment is in doubt",
      "",
      { status: 503, story: [attempt(503, "unavailable", "budget-spent")] },
      { told: [], doubts: ["state"] },
    ],
    [
      "whose caller had left would not be sent again either",
      "",
      { status: 499, story: [attempt(503, "unavailable", "caller-left")] },
      nothing,
    ],
    [
      "whose wait would be too long now",
      "deadline: 1s",
      {
        attempts: 2,
        story: [attempt(429, "throttled", "retried", { toldMs: 1500 }), attempt(200, "ok", "answered")],
      },
      { told: ["fewer throttled: retried → no-time"], doubts: [] },
    ],
    [
      "of a request that never left is sent again whatever it is",
      "",
      {
        ...write,
        replay: "unsafe",
        status: 502,
        story: [
          { failure: "refused", meaning: "unreachable", atMs: 0, durationMs: 1, next: "attempts-spent" },
        ],
      },
      { told: ["more unreachable: attempts-spent → retried"], doubts: ["replay"] },
    ],
  ])("%s", (_name, policy, line, expected) => expect(rehearsed(policy, line)).toEqual(expected));

  it.each<[name: string, line: string, untold: string]>([
    ["is none", "hello", "unreadable"],
    ["is about something else", '{"msg":"ready"}', "other-line"],
    ["lacks what is needed", '{"msg":"exchange","method":"GET"}', "unreadable"],
    ["tells of a refusal", JSON.stringify({ ...LINE, attempts: 0 }), "refused"],
    ["is of a version without stories", JSON.stringify({ ...LINE, attempts: 2 }), "no-story"],
    ["tells of a caller who left", JSON.stringify({ ...LINE, status: 499 }), "caller-left"],
    ["has a story of something else", JSON.stringify({ ...LINE, story: [{ meaning: "odd" }] }), "unreadable"],
  ])("that %s tells nothing", (_name, line, untold) => expect(readLogged(line)).toBe(untold));
});

describe("a log", () => {
  const start = gateways();

  it.each<[name: string, trouble: (g: Running) => unknown]>([
    ["a 503", (g) => g.tenant.will(503)],
    ["a 500", (g) => g.tenant.will(500)],
    ["a 502 of the edge", (g) => g.tenant.edge(502)],
    ["a reset before the commit", (g) => g.tenant.dropBeforeCommit()],
    ["a reset after the commit", (g) => g.tenant.dropAfterCommit()],
    ["half a body", (g) => g.tenant.cutBody()],
    ["a 429", (g) => g.tenant.will(429, { "retry-after": "0" })],
    ["a 404", (g) => g.tenant.will(404)],
  ])("of a gateway that met %s: under its own policy nothing is different", async (_name, trouble) => {
    const g = await start();
    const path = "/openidm/managed/alpha_user";
    for (const [method, body] of Object.entries({ PUT: "{}", POST: "{}", GET: undefined })) {
      trouble(g);
      await ask(g.url, method, method === "PUT" ? `${path}/1` : path, body ? { body } : {});
    }
    await g.ended(3);
    const rehearsing = new Rehearsing(g.gateway.policy());
    const log = createLog({ level: "info", write: (line) => rehearsing.add(line) });
    for (const exchange of g.exchanges()) log.observe({ kind: "exchange", ...exchange });
    const { exchanges, groups, untold } = rehearsing.result();
    expect({ exchanges, groups, untold }).toEqual({ exchanges: 3, groups: [], untold: {} });
  });

  it("counts every attempt of what would be refused", () => {
    const rehearsing = new Rehearsing(policyOf("access: deny"));
    rehearsing.add(JSON.stringify({ ...LINE, ...RETRIED }));
    rehearsing.add(JSON.stringify(LINE));
    const { unchanged, groups } = rehearsing.result();
    expect(unchanged).toBe(0);
    expect(groups).toMatchObject([{ kind: "refused", what: "access-denied", exchanges: 2, attempts: 3 }]);
  });

  it("is told by what differs, the most frequent first, with few examples of each", () => {
    const rehearsing = new Rehearsing(policyOf("retry: { attempts: 1 }"));
    for (let i = 0; i < 10; i++) rehearsing.add(JSON.stringify({ ...LINE, ...RETRIED }));
    rehearsing.add(JSON.stringify({ ...LINE, ...RETRIED, path: "/am/json/x", route: "authentication" }));
    rehearsing.add(JSON.stringify(LINE));
    rehearsing.add("");
    const { exchanges, unchanged, groups } = rehearsing.result();
    expect({ exchanges, unchanged }).toEqual({ exchanges: 12, unchanged: 1 });
    expect(groups[0]).toMatchObject({ kind: "fewer", exchanges: 10, attempts: 10 });
    expect(groups[0]?.examples).toHaveLength(3);
  });
});
