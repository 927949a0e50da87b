/**
 * Whether an answer may be the echo of an earlier attempt of the same exchange whose own answer was lost, and how that
 * can be found out. Asked only when such an attempt exists: a first answer is never doubted.
 */
import type { Operation } from "../crest/words.ts";
import type { Classified } from "./classify.ts";
import type { Judgement } from "./judge.ts";

export type Echo =
  /** The object tells: it stands as we submitted it, or not. */
  | { readonly kind: "read-back"; readonly of: "update" | "create" | "patch" }
  /** What we wanted gone is gone. */
  | { readonly kind: "gone" }
  /** It would be gone if ours had landed. */
  | { readonly kind: "not-applied" }
  /** It may be an echo, and nothing shows. */
  | { readonly kind: "unverifiable" };

type Row = {
  readonly operation: Operation;
  /** Only when a precondition of its own guards the request. */
  readonly guarded: boolean;
  readonly told: (judged: Judgement, status: number) => boolean;
  readonly echo: Echo;
};

const mismatch: Row["told"] = ({ meaning }) => meaning === "version-mismatch";
const exists: Row["told"] = ({ meaning }) => meaning === "version-mismatch" || meaning === "conflict";
const missing: Row["told"] = ({ origin }, status) =>
  origin === "tenant" && (status === 404 || status === 410);

/** First match wins. */
const ECHOES: readonly Row[] = [
  { operation: "update", guarded: true, told: mismatch, echo: { kind: "read-back", of: "update" } },
  { operation: "patch", guarded: true, told: mismatch, echo: { kind: "read-back", of: "patch" } },
  { operation: "create", guarded: true, told: exists, echo: { kind: "read-back", of: "create" } },
  { operation: "delete", guarded: false, told: missing, echo: { kind: "gone" } },
  { operation: "delete", guarded: true, told: mismatch, echo: { kind: "not-applied" } },
];

/** Undefined when there is nothing to settle: the request succeeded, or reads only. */
export function echoOf(asked: Classified, judged: Judgement, status: number | undefined): Echo | undefined {
  if (judged.meaning === "ok" || asked.replay === "read") return undefined;
  if (status === undefined) return { kind: "unverifiable" };
  const row = ECHOES.find(
    ({ operation, guarded, told }) =>
      operation === asked.operation && (!guarded || asked.replay === "guarded") && told(judged, status),
  );
  return row?.echo ?? { kind: "unverifiable" };
}
