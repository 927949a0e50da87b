/**
 * A history: what several callers ask, what the tenant does with each request, what others write meanwhile, when time
 * passes. It is plain data, so that it can be made by chance, shrunk and printed; running it gives what really happened.
 */

import { edgePage } from "../../src/demo/reply.ts";
import type { Fields } from "../../src/demo/request.ts";
import { type Step, saying, tenantSays } from "../../src/demo/steps.ts";
import type { Event } from "../../src/observe/events.ts";
import type { Asked, Exchange, Lockstep, Request } from "./lockstep.ts";
import { type Operation, type OthersWrite, othersWrite, PATH, toAsk, written } from "./operations.ts";

export const FATES = {
  "is served": { kind: "serve" },
  "is lost on its way": { kind: "drop", applied: false },
  "is served, the answer is lost": { kind: "drop", applied: true },
  "is served, half the head comes": { kind: "cut", half: "head" },
  "is served, half the body comes": { kind: "cut", half: "body" },
  "is served, the edge says 503": { kind: "say", applied: true, reply: edgePage(503) },
  "is served, the tenant says 500": { kind: "say", applied: true, reply: saying(500) },
  "is not passed on, the edge says 503": { kind: "say", applied: false, reply: edgePage(503) },
  "is not served: 504": tenantSays(504),
  "is not served: 429": tenantSays(429, { "retry-after": "1" }),
  "is not served: 429 for a minute": tenantSays(429, { "retry-after": "60" }),
  "is not served: maintenance": {
    kind: "say",
    applied: false,
    reply: saying(503, {}, { code: 503, message: "Unable to change x in maintenance mode." }),
  },
  "is served by a replica one change behind": { kind: "stale", changes: 1 },
  "is served by a replica two changes behind": { kind: "stale", changes: 2 },
  "hears nothing": { kind: "hang", applied: false },
} as const satisfies Readonly<Record<string, Step>>;
export type Fate = keyof typeof FATES;

/** By how many changes the replica is behind. */
const SERVED = [
  "is served",
  "is served by a replica one change behind",
  "is served by a replica two changes behind",
] as const;

export const NAMES = ["A", "B", "C", "D"] as const;
export type Name = (typeof NAMES)[number];

export type Move =
  /** The caller of this name asks, unless it has already. */
  | { readonly kind: "call"; readonly name: Name; readonly operation: Operation }
  /** For a request of this name that is at the tenant, an abandoned one if there is no other; else for anybody's. */
  | { readonly kind: "fate"; readonly name: Name; readonly fate: Fate }
  | { readonly kind: "elsewhere"; readonly write: OthersWrite }
  | { readonly kind: "time" };

export type History = {
  /** Whether the object is there at the start. */
  readonly present: boolean;
  readonly moves: readonly Move[];
  /** How many changes a read is behind for which no other fate is said. */
  readonly lag: 0 | 1 | 2;
  /** Whether what the tenant was still at when everybody had given up is done in the end. */
  readonly late: boolean;
};

/** A change that really happened; `by` is undefined when it was somebody else's. */
export type Change = {
  readonly by: Call | undefined;
  readonly operation: string;
  readonly path: string;
  readonly stood: Fields | undefined;
  readonly stands: Fields | undefined;
  readonly at: number;
};

/** A request of the gateway whose fate is known, and what stood at its path when it met it. */
export type Met = {
  readonly request: Request;
  readonly fate: Fate;
  readonly inTime: boolean;
  readonly stood: Fields | undefined;
  /** What a read was shown, when it was shown anything. */
  readonly shown: Fields | undefined;
  readonly at: number;
};

/** One exchange, with what was sent and what came of it. Places in time are counted in `at`. */
export type Call = {
  readonly exchange: Exchange;
  readonly operation: Operation;
  readonly asked: Asked;
  readonly sent: Fields | undefined;
  readonly met: Met[];
  answeredAt: number;
  answeredMs: number;
};

export type Settled = Extract<Event, { kind: "settled" }>;

export type Run = {
  readonly calls: readonly Call[];
  readonly changes: readonly Change[];
  readonly settled: readonly Settled[];
  /** What happened, line by line. */
  readonly script: readonly string[];
};

export async function run(history: History, world: Lockstep): Promise<Run> {
  const script: string[] = [];
  world.begin();
  const calls: Call[] = [];
  const changes: Change[] = [];
  const standing = new Map<string, (Fields | undefined)[]>();
  const unheard = new Set<Request>();
  let at = 0;
  let writes = 0;

  const now = (path: string): Fields | undefined => standing.get(path)?.at(-1);
  /** Looks at what has changed since the last look: at most one thing, since one thing moves at a time. */
  const look = async (seen: number, by: Call | undefined): Promise<string> => {
    const applied = world.tenant.applied[seen];
    if (!applied) return "";
    const path = applied.path.endsWith(`/${applied.id}`) ? applied.path : `${applied.path}/${applied.id}`;
    const read = await world.elsewhere({ method: "GET", path, headers: {}, body: undefined });
    const stands = read.status === 200 ? read.json() : undefined;
    changes.push({ by, operation: applied.operation, path, stood: now(path), stands, at: ++at });
    standing.set(path, [...(standing.get(path) ?? []), stands]);
    return ` (${applied.operation}, now ${stands ? revisionOf(stands) : "gone"})`;
  };

  const other = async (write: OthersWrite): Promise<void> => {
    const asked = othersWrite(write, `other${++writes}`);
    const seen = world.tenant.applied.length;
    const { status } = await world.elsewhere(asked);
    script.push(`somebody else: ${written(asked)}, told ${status}${await look(seen, undefined)}`);
  };

  const noteAnswers = (): void => {
    for (const call of calls) {
      const { answer } = call.exchange;
      if (!answer || call.answeredAt !== 0) continue;
      call.answeredAt = ++at;
      call.answeredMs = world.now();
      script.push(
        `${call.exchange.name} is answered ${answer.status}, ${answer.headers["proxy-status"] ?? ""}`,
      );
    }
  };

  const meet = async (request: Request, fate: Fate): Promise<void> => {
    const call = calls.find(({ exchange }) => exchange === request.exchange);
    if (!call) return;
    const inTime = request.state === "waiting";
    if (fate === "hears nothing" && inTime) {
      unheard.add(request);
      script.push(`${nameOf(request)} hears nothing`);
      return;
    }
    const seen = world.tenant.applied.length;
    const stood = now(request.path);
    const met = {
      request,
      fate,
      inTime,
      stood,
      shown: shownBy(fate, standing.get(request.path) ?? []),
      at: ++at,
    };
    call.met.push(met);
    const line = script.push("") - 1;
    await world.release(request, FATES[fate]);
    script[line] =
      `${nameOf(request)} ${fate}${inTime ? "" : ", when nobody waits"}${await look(seen, call)}`;
  };

  const waiting = (): Request[] => requests(calls, "waiting").filter((each) => !unheard.has(each));

  const step = async (move: Move): Promise<void> => {
    if (move.kind === "elsewhere") return other(move.write);
    if (move.kind === "call") {
      const { name } = move;
      if (calls.some(({ exchange }) => exchange.name === name)) return;
      const { asked, sent } = toAsk(move.operation, name, now(PATH));
      script.push(`${name} asks: ${written(asked)}`);
      const exchange = await world.call(name, asked);
      calls.push({ exchange, operation: move.operation, asked, sent, met: [], answeredAt: 0, answeredMs: 0 });
      return;
    }
    const there = [...waiting(), ...requests(calls, "abandoned")];
    if (move.kind === "fate" && there[0]) {
      const theirs = there.find(({ exchange }) => exchange.name === move.name);
      return meet(theirs ?? there[0], move.fate);
    }
    const before = world.now();
    if (calls.some(({ answeredAt }) => answeredAt === 0) && (await world.passTime()))
      script.push(`${world.now() - before} ms pass`);
  };

  if (history.present) await other("put");
  for (const move of history.moves) {
    await step(move);
    noteAnswers();
  }
  // What is left is served in order, and time passes until everybody has been answered.
  while (calls.some(({ answeredAt }) => answeredAt === 0)) {
    const [first] = waiting();
    const served = first?.method === "GET" ? SERVED[history.lag] : SERVED[0];
    await (first ? meet(first, served) : step({ kind: "time" }));
    noteAnswers();
  }
  for (const request of requests(calls, "abandoned"))
    await (history.late ? meet(request, "is served") : world.release(request, FATES["hears nothing"]));
  const settled = world.events.filter((event) => event.kind === "settled");
  return { calls, changes, settled, script };
}

function requests(calls: readonly Call[], state: Request["state"]): Request[] {
  return calls.flatMap(({ exchange }) => exchange.requests.filter((each) => each.state === state));
}

function nameOf(request: Request): string {
  const nth = request.exchange.requests.indexOf(request) + 1;
  return `${request.exchange.name}'s ${request.method} (request ${nth})`;
}

function revisionOf(object: Fields): string {
  return String(object._rev).replace(/^.*-/, "r");
}

function shownBy(fate: Fate, versions: readonly (Fields | undefined)[]): Fields | undefined {
  const step = FATES[fate];
  if (step.kind === "serve") return versions.at(-1);
  return step.kind === "stale" ? versions.at(-1 - step.changes) : undefined;
}
