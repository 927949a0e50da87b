/**
 * The gateway at one moment, for people and for programs: decides what is shown, and which of it is trouble.
 * It knows nothing of HTTP or HTML.
 */
import type { Clock } from "../clock.ts";
import type { FamilySettings, FamilySnapshot } from "../guard/settings.ts";
import type { CertificateState } from "../observe/states.ts";
import type { Policy } from "../policy/policy.ts";
import type { History, HistoryView } from "./history.ts";
import type { Change, NotableExchange, Recent, Reloads } from "./recent.ts";
import { counted, inSeconds } from "./words.ts";

export type GatewayState = "starting" | "ready" | "draining";

/** What the status is made of; everything that changes is asked for anew each time. */
export type StatusSources = {
  readonly state: () => GatewayState;
  readonly families: () => readonly FamilySnapshot[];
  readonly policy: () => Policy;
  /** False while the policy file, as last read, is bad and an earlier policy is in force instead. */
  readonly lastReloadSuccessful: () => boolean;
  /** The certificates in force; absent when there are none. */
  readonly certificates?: () => readonly CertificateState[];
  /** `clock.now()` when it started. */
  readonly startedAtMs: number;
  readonly clock: Clock;
  readonly build: { readonly version: string; readonly node: string };
  /** The tenant's base URL as configured; a note may follow after a space. */
  readonly upstream: string;
  /** Absent when nobody keeps them. */
  readonly recent?: Pick<Recent, "exchanges" | "changes" | "reloads">;
  /** Absent when nobody counts. */
  readonly history?: Pick<History, "view">;
};

export type FamilyStatus = FamilySnapshot & {
  /** The most that `inFlight` may be. */
  readonly concurrency: number;
  /** The most that `queued` may be. */
  readonly queue: number;
};

export type Status = {
  readonly state: GatewayState;
  /** One sentence for each thing that is not as it should be; empty when all is well. */
  readonly trouble: readonly string[];
  readonly uptimeSeconds: number;
  readonly version: string;
  readonly node: string;
  readonly upstream: string;
  readonly policy: {
    readonly hash: string;
    readonly profile: string;
    readonly file: string;
    readonly warnings: number;
    /** When it came into force, ISO 8601 in UTC. */
    readonly loadedAt: string;
    /** Why the file that lies there now was refused; null when it was not. */
    readonly refused: NonNullable<Reloads["refused"]> | null;
  };
  readonly families: readonly FamilyStatus[];
  readonly recent: {
    readonly changes: readonly Change[];
    readonly exchanges: readonly NotableExchange[];
  } | null;
  /** The last fifteen minutes in numbers. */
  readonly history: HistoryView | null;
};

/** Reads every source once. */
export function statusOf(sources: StatusSources): Status {
  const { clock, build, recent, history } = sources;
  const policy = sources.policy();
  const state = sources.state();
  const familyTroubles = (snapshot: FamilySnapshot): string[] =>
    familyTrouble(snapshot, policy.familySettings(snapshot.family));
  const upMs = clock.now() - sources.startedAtMs;
  const reloads = recent?.reloads() ?? {};
  const snapshots = sources.families().toSorted((a, b) => (a.family < b.family ? -1 : 1));
  return {
    state,
    trouble: [
      ...STATE_TROUBLE[state],
      ...(sources.lastReloadSuccessful()
        ? []
        : [`policy: ${policy.file}, as it is now, was refused; ${REFUSED}`]),
      ...(sources.certificates?.() ?? []).flatMap((each) => certificateTrouble(each, clock.wall())),
      ...snapshots.toSorted((a, b) => WORSE[b.breaker] - WORSE[a.breaker]).flatMap(familyTroubles),
    ],
    uptimeSeconds: Math.floor(upMs / 1000),
    version: build.version,
    node: build.node,
    upstream: withoutCredentials(sources.upstream),
    policy: {
      hash: policy.hash,
      profile: policy.profile,
      file: policy.file,
      warnings: policy.warnings.length,
      loadedAt: reloads.loadedAt ?? new Date(clock.wall() - upMs).toISOString(),
      refused: (sources.lastReloadSuccessful() ? undefined : reloads.refused) ?? null,
    },
    families: snapshots.map((snapshot) => {
      const { concurrency, queue } = policy.familySettings(snapshot.family).limits;
      return { ...snapshot, concurrency, queue };
    }),
    recent: recent ? { changes: recent.changes(), exchanges: recent.exchanges() } : null,
    history: history?.view() ?? null,
  };
}

const STATE_TROUBLE: Readonly<Record<GatewayState, readonly string[]>> = {
  starting: ["gateway: starting, not ready for callers yet"],
  ready: [],
  draining: ["gateway: draining, it finishes what is in flight and then ends"],
};

const REFUSED =
  "the last good one is in force, and a restart would fail. The log says what is wrong, and so does `crest-gateway check`";

function certificateTrouble(
  { use, endsAtMs, lastReloadSuccessful }: CertificateState,
  nowMs: number,
): string[] {
  const trouble: string[] = [];
  if (nowMs > endsAtMs) trouble.push(`certificate ${use}: it ended on ${new Date(endsAtMs).toISOString()}`);
  if (!lastReloadSuccessful)
    trouble.push(
      `certificate ${use}: its files, as they are now, were refused; the last good one is in force, and a restart would fail. The log says what is wrong`,
    );
  return trouble;
}

/** What refuses requests is told first. */
const WORSE: Readonly<Record<FamilySnapshot["breaker"], number>> = { closed: 0, "half-open": 1, open: 2 };

function familyTrouble(now: FamilySnapshot, settings: FamilySettings): string[] {
  const { concurrency, streams } = settings.limits;
  const trouble: string[] = [];
  if (now.breaker === "open") {
    trouble.push(
      now.opensInMs > 0
        ? `circuit open, requests are refused; next probe in ${inSeconds(now.opensInMs)}`
        : "circuit open, requests are refused; the next one is the probe",
    );
  }
  if (now.breaker === "half-open") trouble.push("circuit half-open, a probe decides");
  if (now.throttled) trouble.push(`held back by the tenant (429), ${inSeconds(now.throttledForMs)} to go`);
  if (now.inFlight >= concurrency) {
    trouble.push(`all ${concurrency} places taken, ${counted(now.queued, "caller")} waiting`);
  }
  if (now.streams >= streams) {
    trouble.push(`all ${streams} streams taken, large answers and uploads are refused`);
  }
  // With no allowance per second, a family at rest has no budget, and nothing is wrong.
  if (now.budgetRemaining < 1 && settings.budget.perSecond >= 1) {
    trouble.push("retry budget spent, failures are answered as they come");
  }
  return trouble.map((sentence) => `${now.family}: ${sentence}`);
}

/** The URL without user information, query and fragment; nothing of it when it is not a URL. A note stays. */
export function withoutCredentials(upstream: string): string {
  const [address = "", ...note] = upstream.split(" ");
  const url = URL.parse(address);
  if (!url) return "(not a URL)";
  const path = url.pathname === "/" ? "" : url.pathname;
  return [`${url.protocol}//${url.host}${path}`, ...note].join(" ");
}
