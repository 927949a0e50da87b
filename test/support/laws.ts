/**
 * What has to hold of every history, whoever was unlucky in it. Each law looks at what really happened and returns what
 * is wrong; its exceptions are cases in which nobody could know better, and each says exactly when it applies.
 */
import { isDeepStrictEqual } from "node:util";
import type { Fields } from "../../src/demo/request.ts";
import type { Call, Change, Met, Run } from "./history.ts";
import { DEADLINE_MS } from "./lockstep.ts";

type Law = (call: Call, run: Run) => readonly string[];

const OK: readonly string[] = [];

/** What sending the request a second time would do, said once more and independently of the gateway. */
function replayOf({ operation: { verb, revision } }: Call): "guarded" | "idempotent" | "unsafe" {
  if (verb === "post" || verb === "refusing") return "unsafe";
  if (verb === "create" || verb === "keyed" || revision !== "none") return "guarded";
  return verb === "increment" ? "unsafe" : "idempotent";
}

function proxyStatus({ exchange: { answer } }: Call): ReadonlyMap<string, string> {
  const [, ...parameters] = String(answer?.headers["proxy-status"] ?? "").split("; ");
  return new Map(parameters.map((each) => each.split("=", 2) as [string, string]));
}

const isNamed = ({ operation: { verb, key } }: Call): boolean => verb === "keyed" && key !== undefined;
const statusOf = ({ exchange }: Call): number => exchange.answer?.status ?? 0;
const succeeded = (call: Call): boolean => statusOf(call) < 300;
const isWrite = ({ request }: Met): boolean => request.method !== "GET";
/** The attempt whose answer decided. */
const lastAttempt = ({ met }: Call): Met | undefined =>
  met.filter((each) => isWrite(each) && each.inTime).at(-1);
const isRead = ({ request }: Met): boolean => request.method === "GET" && request.query === "";
const changesOf = (call: Call, { changes }: Run): readonly Change[] =>
  changes.filter(({ by }) => by === call);
const before = (changes: readonly Change[], at: number): readonly Change[] =>
  changes.filter((change) => change.at < at);

function visible(sent: Fields = {}): Fields {
  const { password: _, ...seen } = sent;
  return seen;
}

/** Whether every field that was sent, and that can be seen, stands as it should. */
function stands(sent: Fields | undefined, stored: Fields | undefined): boolean {
  if (!sent || !stored) return false;
  return Object.entries(visible(sent)).every(([name, value]) =>
    isDeepStrictEqual(stored[name] ?? null, value),
  );
}

/** A read that shows the revision which the tenant has just refused shows what was before. */
const isStale = ({ asked }: Call, { shown }: Met): boolean =>
  asked.headers["if-match"] === `"${shown?._rev}"`;

/** Whether both are one create to their callers: the same key for the same content, as far as it can be seen. */
function isSameCreate(a: Call, b: Call): boolean {
  const { operation: one } = a;
  const { operation: other } = b;
  const keyed = one.verb === "keyed" && other.verb === "keyed" && one.key !== undefined;
  return keyed && one.key === other.key && isDeepStrictEqual(visible(a.sent), visible(b.sent));
}

/**
 * Nothing is done twice. What is idempotent may be written again, with the same content.
 * Exception: a create by id is made again when somebody deleted the object in between; `If-None-Match: *` asks no more
 * than that nothing is there.
 */
const once: Law = (call, run) => {
  if (replayOf(call) === "idempotent") {
    const bodies = new Set(call.met.filter(isWrite).map(({ request }) => request.body));
    return bodies.size > 1 ? ["is sent with different contents"] : OK;
  }
  const own = run.changes.filter(({ by }) => by && (by === call || isSameCreate(by, call)));
  const twice = own.slice(1).some((later, index) => {
    const earlier = own[index];
    const deleted = run.changes.some(
      ({ operation, path, at }) =>
        operation === "delete" && path === later.path && at > (earlier?.at ?? 0) && at < later.at,
    );
    return !(later.operation === "create" && deleted);
  });
  return twice ? ["is done twice"] : OK;
};

/**
 * A success is told only of what has happened.
 * Exceptions: what a delete should bring about had come about by somebody else (the object was gone when the tenant was
 * asked); a key's object had been made by an earlier create with that key; a field that should be removed was not
 * there when the object was read back.
 */
const noFalseSuccess: Law = (call, run) => {
  if (!succeeded(call)) return OK;
  const earlier = before(run.changes, call.answeredAt);
  if (earlier.some(({ by }) => by && (by === call || isSameCreate(by, call)))) return OK;
  const { verb } = call.operation;
  const settled = proxyStatus(call).get("settled");
  if (verb === "delete" && settled === "synthesised" && mayHaveBeenDone(call) && !lastAttempt(call)?.stood)
    return OK;
  const readBack = call.met.some((met) => isRead(met) && stands(call.sent, met.shown));
  if (verb === "remove" && settled === "applied" && mayHaveBeenDone(call) && readBack) return OK;
  return ["is told a success, and nothing of it has happened"];
};

/**
 * Of what has happened, or happens later, no error says that it has not: it says `processed=unknown`. A conflict says
 * so too of what was done under the same key.
 * Exception: a delete by revision that is told 412 because somebody has made the object anew since; the tenant's answer
 * is the same as if it had only been changed.
 */
const noFalseRefusal: Law = (call, run) => {
  const conflict = statusOf(call) === 412 || statusOf(call) === 409;
  const [own] = run.changes.filter(({ by }) => by && (by === call || (conflict && isSameCreate(by, call))));
  if (succeeded(call) || !own) return OK;
  const processed = proxyStatus(call).get("processed");
  if (processed === "unknown") return OK;
  const madeAnew = run.changes.some(
    ({ operation, path, at }) => operation === "create" && path === own.path && at > own.at,
  );
  if (call.operation.verb === "delete" && statusOf(call) === 412 && madeAnew) return OK;
  return [`has happened, and is told ${statusOf(call)} with processed=${processed}`];
};

/** What a read showed to have happened, or a delete found gone, is told as the success it was. */
const noNeedlessConflict: Law = (call, run) => {
  if (succeeded(call)) return OK;
  const [own] = before(changesOf(call, run), call.answeredAt);
  if (!own) return OK;
  const gone = call.operation.verb === "delete" && statusOf(call) === 404 && !lastAttempt(call)?.stood;
  if (gone) return ["is gone as it should be, and is told 404"];
  const seen = call.met.some(
    (met) => isRead(met) && met.inTime && !isStale(call, met) && stands(call.sent, met.shown),
  );
  return seen ? [`was read back as it was sent, and is told ${statusOf(call)}`] : OK;
};

/**
 * A refusal that may be an echo is looked into: four reads, or two that agree that it is not ours, or no time for more.
 * Exception: the tenant has asked to be left alone for a minute, so that no read may be made.
 */
const looksLongEnough: Law = (call, { calls }) => {
  if (calls.some(({ met }) => met.some(({ fate }) => fate === "is not served: 429 for a minute"))) return OK;
  const { verb, revision } = call.operation;
  const byRevision = (verb === "put" || verb === "replace" || verb === "remove") && revision !== "none";
  const told = byRevision || verb === "create" || verb === "keyed" ? 412 : 0;
  if (statusOf(call) !== told || !(isNamed(call) || mayHaveBeenDone(call))) return OK;
  const reads = call.exchange.requests.filter(({ method, query }) => method === "GET" && query === "");
  const shown = call.met.filter((met) => !isStale(call, met)).flatMap(({ shown }) => shown?._rev ?? []);
  const agreed = new Set(shown).size < shown.length;
  const nextReadMs = call.answeredMs + (READ_AFTER_MS[reads.length] ?? 0);
  if (agreed || reads.length >= READ_AFTER_MS.length || nextReadMs >= call.exchange.startedAt + DEADLINE_MS)
    return OK;
  return [`is left open after ${reads.length} reads`];
};

const READ_AFTER_MS = [0, 200, 400, 800];
const SURELY_NOT_DONE: readonly Met["fate"][] = [
  "is not served: 429",
  "is not served: 429 for a minute",
  "is not served: maintenance",
];

/** Whether the gateway cannot know of an attempt before the last one that it was not done. */
function mayHaveBeenDone({ exchange, met }: Call): boolean {
  const writes = exchange.requests.filter(({ method }) => method !== "GET");
  return writes.slice(0, -1).some((request) => {
    const known = met.find((each) => each.request === request && each.inTime);
    return !known || !SURELY_NOT_DONE.includes(known.fate);
  });
}

/** What a success shows is what was written, and one state of the object. */
const showsWhatStands: Law = (call) => {
  const { answer } = call.exchange;
  if (!answer || !succeeded(call) || !call.sent) return OK;
  const shown = answer.json();
  const wanted = call.operation.fields && call.operation.verb !== "remove" ? { sn: call.sent.sn } : call.sent;
  if (call.operation.fields && call.operation.verb === "remove") return OK;
  if (!stands(wanted, shown)) return [`is told a success that shows ${answer.text}`];
  const place = answer.status === 201 ? answer.headers.location : `/${shown._id}`;
  if (!place?.endsWith(`/${shown._id}`)) return [`is told 201 with the location ${place}`];
  const etag = shown._rev === undefined ? undefined : `"${shown._rev}"`;
  return answer.headers.etag === etag ? OK : ["is told a success whose ETag is another's"];
};

/**
 * 201 for what the caller has made, 200 for a key's object that was there already, and for everything else. When an
 * attempt may have made the object, it counts as the caller's. A PUT without a condition says which of both it did.
 */
const rightStatus: Law = (call, run) => {
  const { verb, revision } = call.operation;
  if (!succeeded(call) || (verb === "put" && revision === "none")) return OK;
  const creates = verb === "create" || verb === "post" || verb === "keyed" || verb === "refusing";
  const own = before(changesOf(call, run), call.answeredAt);
  const mayHaveMade = own.length > 0 || mayHaveBeenDone(call);
  const expected = creates && mayHaveMade ? 201 : 200;
  return statusOf(call) === expected ? OK : [`is told ${statusOf(call)} instead of ${expected}`];
};

/** Three attempts at most, and one more for a collection that refused an id of ours; each of them told. */
const countsAttempts: Law = ({ exchange, operation: { verb } }) => {
  const attempts = exchange.requests.filter(({ method }) => method !== "GET").length;
  const most = verb === "refusing" ? 4 : 3;
  return attempts <= most && exchange.answer?.headers["x-gateway-attempts"] === String(attempts)
    ? OK
    : [`was sent ${attempts} times, and says ${exchange.answer?.headers["x-gateway-attempts"]}`];
};

/** How it was found out is told, and how sure it is: what has hidden fields is only probable. */
const saysHowSure: Law = (call) => {
  const told = proxyStatus(call);
  const settled = told.get("settled");
  const echo =
    call.operation.verb === "delete" ? told.get("received-status") === "404" : call.met.some(isRead);
  const sure =
    call.operation.verb === "delete" ? "synthesised" : call.sent?.password ? "probable" : "applied";
  const expected = succeeded(call) && echo ? sure : undefined;
  return settled === expected ? OK : [`is told settled=${settled} instead of ${expected}`];
};

/** 422 is for a key whose object says something else, and nothing but 422. It is certain unless something was lost. */
const keyUsedOtherwise: Law = (call) => {
  const otherwise = call.met.some((met) => isRead(met) && met.shown && !stands(call.sent, met.shown));
  const refused = statusOf(call) === 412 || statusOf(call) === 422;
  const expected = isNamed(call) && otherwise ? 422 : 412;
  if (refused && statusOf(call) !== expected) return [`is told ${statusOf(call)} instead of ${expected}`];
  const unsure = proxyStatus(call).get("processed") === "unknown";
  return statusOf(call) === 422 && unsure !== mayHaveBeenDone(call)
    ? [`is told 422 with processed=${proxyStatus(call).get("processed")}`]
    : OK;
};

/** Nothing is doubted before it has been lost: a first answer stands. */
const firstAnswersStand: Law = (call) => {
  if (isNamed(call) || mayHaveBeenDone(call)) return OK;
  const { requests } = call.exchange;
  if (requests.some(({ method }) => method === "GET")) return ["is read back, though nothing was lost"];
  const settled = proxyStatus(call).get("settled");
  return settled ? [`is told settled=${settled}, though nothing was lost`] : OK;
};

const LAWS: readonly Law[] = [
  once,
  noFalseSuccess,
  noFalseRefusal,
  noNeedlessConflict,
  looksLongEnough,
  showsWhatStands,
  rightStatus,
  countsAttempts,
  saysHowSure,
  keyUsedOtherwise,
  firstAnswersStand,
];

/** Every exchange whose answer was doubted, or whose fate stays unknown, is counted once, as what it came to. */
function miscounted({ calls, settled }: Run): string[] {
  const came = calls.map((call) => {
    const told = proxyStatus(call);
    if (told.has("settled")) return "applied";
    if (told.get("processed") === "unknown") return "unresolved";
    const passedOn = call.operation.verb === "delete" && statusOf(call) === 412 && mayHaveBeenDone(call);
    return passedOn || statusOf(call) === 422 ? "not-applied" : "";
  });
  return (["applied", "not-applied", "unresolved"] as const).flatMap((result) => {
    const counted = settled.filter((event) => event.result === result).length;
    const expected = came.filter((each) => each === result).length;
    return counted === expected ? [] : [`the count of ${result} is ${counted} instead of ${expected}`];
  });
}

/** Everything that is wrong with what happened. */
export function broken(run: Run): string[] {
  const each = run.calls.flatMap((call) =>
    LAWS.flatMap((law) => law(call, run).map((wrong) => `${call.exchange.name} ${wrong}`)),
  );
  return [...each, ...miscounted(run)];
}
