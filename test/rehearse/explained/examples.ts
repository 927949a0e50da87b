/** Policies and questions that chance comes upon too seldom. */
import type { Question } from "./one-exchange.ts";
import type { AskedRequest } from "./requests.ts";
import type { Wire } from "./wires.ts";

const READ: AskedRequest = { method: "GET", target: "/x", headers: [], body: undefined, chunked: false };

const CREATE: AskedRequest = {
  method: "POST",
  target: "/openidm/managed/alpha_user?_action=create",
  headers: [["Content-Type", "application/json"]],
  body: '{"userName":"demo"}',
  chunked: false,
};

const REPLAYABLE = "routes: [{ name: users, match: { path: '/openidm/**' }, replayableCreates: true }]";

const tenantSays = (status: number, headers: (Wire & { kind: "answer" })["headers"] = []): Wire => ({
  kind: "answer",
  status,
  headers: [["Content-Type", "application/json"], ...headers],
  body: "{}",
  framing: "length",
});

const example = (text: string, request: AskedRequest, wire: Wire): [string, Question] => [
  `version: 1\n${text}`,
  { request, wire, always: true, random: 0 },
];

export const EXAMPLES: [text: string, question: Question][] = [
  // The attempt takes all the time there is.
  example("deadline: 10s\nattempt: { timeout: 10s }", READ, { kind: "failure", failure: "timeout" }),
  // A create with an id of ours is no POST any more.
  example(
    `${REPLAYABLE}\nanswers: [{ when: { status: 503, method: POST }, means: rejected }]`,
    CREATE,
    tenantSays(503),
  ),
  // Its collection takes no ids of ours, and the same answer closes the gate for longer than there is time.
  example(
    REPLAYABLE,
    CREATE,
    tenantSays(501, [
      ["x-ratelimit-remaining", "0"],
      ["x-ratelimit-reset", { inSeconds: 90, as: "epoch" }],
    ]),
  ),
];
