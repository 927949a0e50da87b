/**
 * One exchange as a log line tells it. What is no such line, or does not tell enough, is said in a word; nothing is
 * filled in.
 */
import { OPERATIONS, type Operation, REPLAY_CLASSES, type ReplayClass } from "../crest/words.ts";
import { FAILURES, type FailureWord, MEANINGS, type Meaning, UNSENT_FAILURES } from "../decide/words.ts";
import { isRecord, jsonOf } from "../json.ts";

export type LoggedAttempt = {
  readonly came:
    | { readonly kind: "answered"; readonly status: number }
    | { readonly kind: "failed"; readonly failure: FailureWord; readonly sent: boolean };
  readonly meaning: Meaning;
  /** From the exchange's beginning to what came of the attempt. */
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly toldMs: number | undefined;
  /** `retried`, or why not. */
  readonly next: string;
};

export type Logged = {
  readonly method: string;
  /** `…` where the log does not show a segment. */
  readonly path: string;
  readonly route: string;
  readonly operation: Operation;
  readonly replay: ReplayClass;
  readonly policyHash: string;
  readonly time: string;
  readonly attempts: readonly LoggedAttempt[];
};

/** Why a line tells nothing that could be rehearsed. */
export type Untold = "other-line" | "unreadable" | "refused" | "no-story" | "caller-left";

export function readLogged(line: string): Logged | Untold {
  const fields = jsonOf(line);
  if (!isRecord(fields)) return "unreadable";
  if (fields.msg !== "exchange") return "other-line";
  const { method, path, route, policyHash, time = "", attempts, status } = fields;
  const operation = OPERATIONS.find((each) => each === fields.operation);
  const replay = REPLAY_CLASSES.find((each) => each === fields.replay);
  const texts = [method, path, route, policyHash, time].every((each) => typeof each === "string");
  if (!texts || !operation || !replay || typeof attempts !== "number") return "unreadable";
  if (attempts === 0) return "refused";
  const story = Array.isArray(fields.story) ? fields.story.map(attemptOf) : undefined;
  if (story?.includes(undefined)) return "unreadable";
  if (!story && attempts > 1) return "no-story";
  if (!story && status === CALLER_LEFT) return "caller-left";
  const told = story ?? [attemptOf({ ...fields, atMs: 0, next: "answered" })];
  const whole = told.filter((attempt) => attempt !== undefined);
  if (whole.length === 0) return "unreadable";
  return {
    method: String(method),
    path: String(path),
    route: String(route),
    policyHash: String(policyHash),
    time: String(time),
    operation,
    replay,
    attempts: whole,
  };
}

const CALLER_LEFT = 499;

function attemptOf(told: unknown): LoggedAttempt | undefined {
  if (!isRecord(told)) return undefined;
  const { status, atMs, durationMs, toldMs, next } = told;
  const meaning = MEANINGS.find((each) => each === told.meaning);
  const failure = FAILURES.find((each) => each === told.failure);
  if (!meaning || typeof atMs !== "number" || typeof durationMs !== "number" || typeof next !== "string")
    return undefined;
  if (failure === undefined && typeof status !== "number") return undefined;
  return {
    came:
      failure === undefined
        ? { kind: "answered", status: Number(status) }
        : { kind: "failed", failure, sent: !UNSENT_FAILURES.some((each) => each === failure) },
    meaning,
    endedAtMs: atMs + durationMs,
    durationMs,
    toldMs: typeof toldMs === "number" ? toldMs : undefined,
    next,
  };
}
