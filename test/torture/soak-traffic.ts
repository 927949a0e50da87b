/**
 * What a gateway gets to do while it is soaked: callers of every kind, some of whom leave in the middle, and a network that
 * breaks something now and then. The tenant's own bad weather comes on top.
 */
import http from "node:http";
import { SEEDS } from "../../src/demo/seeds.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import { FAULTS, type FaultName } from "../support/faults.ts";
import type { Ask } from "./steady-callers.ts";

const USERS = "/openidm/managed/alpha_user";
const PEOPLE = Object.keys(SEEDS["managed/alpha_user"] ?? {});
const PERSON = { givenName: "A", sn: "B", mail: "a@example.com" };
const JOURNEY = "/am/json/realms/root/realms/alpha/authenticate";

/** Ids repeat, so that the tenant does not grow. */
const MADE = 200;

const ASKED: readonly ((index: number) => Ask)[] = [
  (index) => ({ method: "GET", path: `${USERS}/${PEOPLE[index % PEOPLE.length]}` }),
  (index) => ({ method: "GET", path: `${USERS}/nobody-${index}` }),
  () => ({ method: "GET", path: `${USERS}?_queryFilter=true&_pageSize=10` }),
  () => ({ method: "HEAD", path: `${USERS}/${PEOPLE[0]}` }),
  (index) => ({ method: "PUT", path: `${USERS}/made-${index % MADE}`, body: person(index) }),
  (index) => ({ method: "DELETE", path: `${USERS}/made-${index % MADE}` }),
  (index) => ({ method: "POST", path: `${USERS}?_action=create`, body: person(index) }),
  (index) => ({ method: "PUT", path: `${USERS}/made-${index % MADE}`, body: person(index, 100_000) }),
  () => ({ method: "POST", path: JOURNEY, body: "{}" }),
  () => ({ method: "GET", path: "/openidm/system/hr/account" }),
  () => ({ method: "TRACE", path: "/" }),
];

export function next(index: number): Ask {
  return (ASKED[index % ASKED.length] ?? ASKED[0])?.(index) ?? { method: "GET", path: "/" };
}

function person(index: number, padding = 0): string {
  return JSON.stringify({ ...PERSON, userName: `u${index}`, description: "d".repeat(padding) });
}

/** Asks for something and leaves before it can have come. */
export function leave(base: string): void {
  const request = http.get(`${base}${USERS}?_queryFilter=true`, { agent: false });
  request.on("error", () => {}).on("response", (response) => response.on("error", () => {}).destroy());
  setImmediate(() => request.destroy());
}

/** Those that are over by themselves, and soon. */
const WEATHER: readonly FaultName[] = [
  "accepted, then reset",
  "reset before the tenant saw it",
  "reset before the head",
  "half a head, then closed",
  "reset in mid-body",
  "last chunk is missing",
  "swallowed without a word",
  "head of a megabyte",
  "error body that is not packed as it says",
  "answers with garbage",
  "bytes behind the answer",
  "kept connection is closed as we send",
];

/** Breaks the next thing; which one, `index` says. */
export function breakSomething(proxy: FaultProxy, index: number): void {
  const name = WEATHER[index % WEATHER.length];
  if (name) proxy.spoil(FAULTS[name], 1);
}

/** The policies that follow each other: the same limits, and another hash. */
export function policyOf(reload: number): string {
  return [
    "version: 1",
    "extends: aic",
    `deadline: ${5 + (reload % 2)}s`,
    "attempt: { timeout: 2s, connect: 1s, idle: 2s }",
    "retry: { backoff: { base: 10ms, max: 100ms } }",
    "replay: { maxBody: 64KiB }",
    "connection: { idle: 2s, maxAge: 10s }",
    "",
  ].join("\n");
}
