/** What `docs/why-not-retried.md` says of each reason: what is behind it, where else it shows, and what can be done. */
import type { BarredReason } from "../src/decide/access.ts";
import { MEANINGS, type WithheldReason } from "../src/decide/words.ts";
import { formatDuration, formatSize } from "../src/policy/written/units.ts";
import { defaultPolicy } from "./default-policy.ts";

/** A question to `explain`: the arguments behind the policy file, as a shell takes them and as they arrive. */
export type Example = {
  readonly shell: string;
  readonly args: (wallMs: number) => readonly string[];
};

export type Explained = {
  readonly means: readonly string[];
  /** Beyond the header, the log field and the metric, which every reason has. */
  readonly seen?: readonly string[];
  readonly cures: readonly string[];
  /** Pieces of a policy file that are such a cure. */
  readonly policy?: string;
  /** Undefined for what a gateway at rest never does. */
  readonly example?: Example;
  /** The same question, cured. */
  readonly cured?: Example;
};

const policy = defaultPolicy();
const { settings, meanings, operations } = policy.fallback;
const { breaker, limits, budget } = policy.familySettings("default");

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(", ");

/** Good answers are no trouble, and a caller who has left is a reason of its own. */
const NOT_TOLD_AS_FINAL: readonly string[] = ["ok", "abandoned"];
const final = MEANINGS.filter(
  (meaning) => meanings[meaning].retry === "never" && !NOT_TOLD_AS_FINAL.includes(meaning),
);
const limited = MEANINGS.flatMap((meaning) => {
  const { attempts } = meanings[meaning];
  return attempts === undefined ? [] : [`\`${meaning}\` (${attempts})`];
});
const limitedRequests = operations.rows.filter(({ attempts }) => attempts !== undefined).length;

/** The same in a shell and in Node. */
const words = (...args: readonly string[]): Example => ({
  shell: args.map((arg) => (/^[\w./-]+$/.test(arg) ? arg : `'${arg}'`)).join(" "),
  args: () => args,
});

const USER = "/openidm/managed/alpha_user/1";
const CREATE = "POST /openidm/managed/alpha_user?_action=create";
const EDGE = ["--answer", "502", "-A", "Content-Type: text/html"];
const IN_SECONDS = 45;

export const REASONS: Readonly<Record<WithheldReason, Explained>> = {
  "caller-left": {
    means: [
      "The caller closed its connection before it had its answer. A read is ended at once; a write that is under way is let finish, so that the log can say what became of it; nothing is sent again for nobody.",
    ],
    seen: [
      'the log and the metrics are all, since nobody is there to read the answer. The status there is 499, and the log line has `"delivery":"caller-left"`.',
    ],
    cures: [
      `Most often the caller's own time limit is shorter than the gateway's \`deadline\` (${formatDuration(settings.deadlineMs)}). Make the caller wait longer, or the deadline shorter: then the caller gets an answer that says what happened.`,
      "People who close a page: nothing to do.",
    ],
    policy: "deadline: 8s\nattempt: { timeout: 5s }",
    example: words(`GET ${USER}`, "--failure", "caller-left"),
  },
  answered: {
    means: [
      `The row of the meaning says \`retry: never\`. In the profile \`aic\` these are ${code(final)}. All but \`untrusted\`, a certificate that is not the tenant's, are the request's own doing or the state of the object it speaks about: the same request would hear the same.`,
    ],
    cures: [
      "Look at `meaning`, and at the answer itself, which passes to the caller: 401 wants another token, 403 other rights, 409 and 412 a fresh read, 400 another body. [What each answer means](meanings.md) has them all.",
      "When one of your endpoints uses such a status for what passes by itself, say so with a row of [answers](policy.md#answers).",
    ],
    policy:
      "answers:\n  - { when: { status: 409, path: '/openidm/endpoint/**', message: '*try again*' }, means: unavailable }",
    example: words(`GET ${USER}`, "--answer", "404"),
  },
  "not-replayable": {
    means: [
      "What came back leaves open whether the tenant acted on the request, and the request is of a class for which a second time could be one time too many: a create, an action, a patch that adds or counts, a login step, a token grant that works once. The line `replay` of `explain` names the class and the row that says so, the line `verdict` which classes may be sent again.",
    ],
    cures: [
      "Let the request carry what keeps it from being done twice: `If-Match` with the revision that was read, for PUT, PATCH and DELETE; `If-None-Match: *` for a PUT that creates; `replace` instead of `add` or `increment` in a patch.",
      "For creates by POST in a collection that takes ids of its callers' choosing: [replayableCreates](policy.md#routes), and an `Idempotency-Key` of the caller.",
      "For an action or an endpoint of your own that changes nothing: say so with a row of [operations](policy.md#operations). Only if it is true; this is the one row that can make the gateway do something twice.",
      "`processed=no` in the same answer means that nothing was done: the caller may simply send it again.",
    ],
    policy:
      "operations:\n  - { match: { method: POST, path: /openidm/endpoint/report }, replay: read }\nroutes:\n  - name: users\n    match: { path: '/openidm/managed/alpha_user/**' }\n    replayableCreates: true",
    example: words(CREATE, ...EDGE),
    cured: words(`PUT ${USER}`, "-H", "If-None-Match: *", ...EDGE),
  },
  "body-not-held": {
    means: [
      `A body is held in memory until the answer begins, so that it can be sent again, if it is no longer than \`replay.maxBody\` (${formatSize(settings.replayMaxBodyBytes)}) and all held bodies together stay under \`replay.memory\` (${formatSize(policy.replayMemoryBytes)}). This one was longer, or the memory was full (under a container's memory limit there may be less of it than the policy says): it streamed through, once. Rows that ask for a member of the body do not see such a body either.`,
    ],
    seen: ["`crest_gateway_held_body_bytes` tells how full the memory is."],
    cures: [
      "Raise `replay.maxBody` for the route that takes such bodies, and `replay.memory` if many come at once, with the container's memory limit; or send less at a time.",
    ],
    policy:
      "replay: { memory: 256MiB }\nroutes:\n  - name: imports\n    match: { method: PUT, path: '/openidm/config/**' }\n    replay: { maxBody: 16MiB }",
    example: {
      shell: "'PUT /openidm/config/sync' --body sync.json --answer 503   # 2 MiB",
      args: () => ["PUT /openidm/config/sync", "-d", `"${"x".repeat(2 * 1024 * 1024)}"`, "--answer", "503"],
    },
  },
  "attempts-spent": {
    means: [
      `It was sent again, as often as allowed, and each attempt failed: \`retry.attempts\` (${settings.retry.attempts}) counts the first one too. Fewer are allowed after ${limited.join(", ")}, and to ${limitedRequests} kinds of requests that have a row with \`attempts\`, such as a start of a login.`,
    ],
    cures: [
      "Ask what was wrong, not how often: `meaning` and `origin` of the last attempt stand in the same line. When the tenant is down for minutes, more attempts only come later to the same end.",
      "Failures that last a second or two: more attempts, or longer waits between them, for the route that needs it.",
    ],
    policy: "retry: { attempts: 5, backoff: { base: 250ms, max: 5s } }",
    example: words(`GET ${USER}`, "--answer", "503", "--attempt", String(settings.retry.attempts)),
  },
  "no-time": {
    means: [
      `The wait before the next attempt would end after \`deadline\` (${formatDuration(settings.deadlineMs)} for everything: attempts, waits, read-backs); or the tenant asks for a wait beyond \`retry.retryAfter.max\` (${formatDuration(settings.retry.retryAfterMaxMs)}). The caller gets the tenant's answer at once, its \`Retry-After\` intact, and can wait better than the gateway.`,
    ],
    cures: [
      `When attempts hang until their own limit, that limit eats the time: \`attempt.timeout\` (${formatDuration(settings.attempt.timeoutMs)}) has to fit into the deadline as often as there are to be attempts.`,
      "For callers that can wait: a longer deadline for their route, and a longer `retryAfter.max`.",
      "Callers should obey `Retry-After`, which is always in seconds here.",
    ],
    policy:
      "routes:\n  - name: logs\n    match: { path: '/monitoring/logs/**' }\n    deadline: 90s\n    retry: { retryAfter: { max: 60s } }",
    example: words(`GET ${USER}`, "--answer", "503", "-A", "Retry-After: 60"),
  },
  "circuit-open": {
    means: [
      `So many attempts of the family have failed that the tenant is given a rest: at least ${breaker.failureRatio * 100}% of ${breaker.minimum} or more within ${formatDuration(breaker.windowMs)}. After ${formatDuration(breaker.openMs)} a first read tries how things are, and then another every few seconds; once one goes well more follow, and after ${breaker.probes} the circuit closes, within ${formatDuration(breaker.openMaxMs)} of the tenant being well. Requests that come meanwhile are refused with 503, and \`Retry-After\` says when.`,
    ],
    seen: [
      '`crest_gateway_breaker_state{state="open"}`, the log line `circuit open`, and `/status` on the admin port. `explain` speaks of a gateway at rest and never says it.',
    ],
    cures: [
      "It is a symptom. Find out what fails: `sum by (route, meaning) (rate(crest_gateway_attempts_total[5m]))`.",
      "When one endpoint drags others down with it, give it a family of its own: a family has its own circuit, budget and limits.",
      "When what fails is no sign of a sick tenant, say so: a row of [answers](policy.md#answers) with another meaning, or `health: neutral` for a meaning of a route.",
    ],
    policy:
      "routes:\n  - name: slow-report\n    match: { path: /openidm/endpoint/report }\n    family: reports\n    breaker: { minimum: 50, failures: 80% }",
  },
  throttled: {
    means: [
      "The tenant wants fewer requests: it answered 429, or its `x-ratelimit-…` headers say that its limit is used up. That holds for the whole family until the told time; then those who wait are let go one by one. This request cannot wait so long within its deadline. With no attempt made it is refused with 429, and `Retry-After` says when to come back.",
    ],
    seen: [
      "`crest_gateway_throttle_closed`, and `/status` on the admin port. `explain` says it only when the very answer closes the gate for too long.",
    ],
    cures: [
      "Ask less often, or spread out what you ask: the limit is the tenant's, and other clients use it up as well. `/monitoring/logs` takes 60 requests a minute for the whole environment.",
      "For jobs that can wait: a longer `deadline` for their route. `limits.concurrency` keeps them from coming all at once.",
    ],
    policy:
      "routes:\n  - name: logs\n    match: { path: '/monitoring/logs/**' }\n    family: monitoring\n    deadline: 90s\n    limits: { concurrency: 2 }",
    example: {
      shell: `'GET ${USER}' --answer 503 -A 'Retry-After: 1' -A 'x-ratelimit-remaining: 0' -A "x-ratelimit-reset: $(( $(date +%s) + ${IN_SECONDS} ))"`,
      args: (wallMs) => [
        `GET ${USER}`,
        "--answer",
        "503",
        ...["Retry-After: 1", "x-ratelimit-remaining: 0"].flatMap((header) => ["-A", header]),
        "-A",
        `x-ratelimit-reset: ${Math.floor(wallMs / 1000) + IN_SECONDS}`,
      ],
    },
  },
  "budget-spent": {
    means: [
      `Retries may be at most ${budget.ratio * 100}% of a family's requests in any second, and ${budget.perSecond} a second besides where these are few: \`retry.budget\`. When everything fails, three attempts each would be three times the load on a tenant that is ill already; the budget bounds what is added, in every second and whatever callers do.`,
    ],
    seen: [
      "`crest_gateway_retry_budget_remaining` below 1. `explain` speaks of a gateway at rest and never says it.",
    ],
    cures: [
      "Usually nothing: it is an outage, and the caller may try again later. Ask what fails, as with `circuit-open`.",
      "Where few requests come, and single failures are not mended, raise `perSecond`.",
    ],
    policy: "retry: { budget: { percent: 20%, perSecond: 5 } }",
  },
};

/** The word for what is refused without any attempt and is none of the reasons above. */
export const OVERLOADED: Explained = {
  means: [
    `A family has places for ${limits.concurrency} attempts at once, and for ${limits.queue} requests that wait, each for up to ${formatDuration(limits.waitMs)}: \`limits\`. This one found no room to wait (\`queue-full\`), or waited too long or would have (\`queue-wait\`). It is refused with 503 and \`Retry-After: 1\`; nothing was sent.`,
    `Large answers and uploads that pass piece by piece are counted apart, at most ${limits.streams} at once: the next one is refused as \`streams-full\`. An answer that came and cannot be passed on is told so; \`processed\` says what became of the request.`,
  ],
  seen: [
    "`crest_gateway_queued`, `crest_gateway_in_flight` and `crest_gateway_streams`. `explain` speaks of a gateway at rest and never says it.",
  ],
  cures: [
    "Look at `crest_gateway_attempt_duration_seconds`: when the tenant has become slow, places are taken longer, and more of them only put more load on it.",
    "When the tenant is quick and can take more: raise `limits.concurrency`. When requests come in bursts: `queue` and `wait`.",
    "When one part of the API takes all the places: give it a family of its own.",
  ],
  policy: "limits: { concurrency: 256, queue: 512, wait: 2s }",
};

/** The word for a caller who did not send what is to be held. */
export const SLOW_BODY: Explained = {
  means: [
    `A body that is held has to be there before the \`deadline\` (${formatDuration(settings.deadlineMs)}), which begins with the request's head; and it has to come at \`listener.minRate\` on average over each \`listener.stall\`. This one did not: it is refused with 408, nothing was sent to the tenant, and its connection ends.`,
  ],
  seen: [
    "`crest_gateway_rejected_total`. A body that streams is bound by the rate alone; when it is too slow its connection ends with 408, and the tenant may have seen its beginning.",
  ],
  cures: [
    "Look at the caller's way to the gateway, and at what it does between the pieces of its body: a caller that gathers its data while it sends should gather first.",
    "Where callers are far away and slow for good reason: raise `deadline` for the route, or lower `listener.minRate`.",
  ],
  policy: "deadline: 60s\nlistener: { stall: 60s, minRate: 512B/s }",
};

/** The words for what the policy does not let through. */
export const BARRED: Readonly<
  Record<BarredReason, { readonly sentence: string; readonly explained: Explained }>
> = {
  "access-denied": {
    sentence: "The route's `access: deny` lets nothing through.",
    explained: {
      means: [
        "The request belongs to a route with `access: deny`. It is refused with 403, nothing of its body is read, and the tenant never hears of it.",
      ],
      seen: [
        "`crest_gateway_rejected_total`. A path that a server could read in several ways (dot segments, escapes, doubled slashes) is denied when any reading leads to such a route.",
      ],
      cures: ["Where it should go: a route of its own in front of that one."],
      policy:
        "routes:\n  - { name: open, match: { path: '/openidm/info/**' }, access: allow }\n  - { name: closed, match: { path: '/openidm/**' }, access: deny }",
    },
  },
  "read-only": {
    sentence: "The route's `access: read-only` lets through only what changes nothing.",
    explained: {
      means: [
        "The route has `access: read-only`, and the request's replay class is not `read`. It is refused with 403, and the tenant never hears of it.",
      ],
      seen: ["`explain` names the class and the row that says it."],
      cures: [
        "When the request only reads, and the gateway does not know it: an `operations` row says so. It makes the request repeatable as well.",
      ],
      policy: "operations:\n  - { match: { method: POST, path: /openidm/endpoint/report }, replay: read }",
    },
  },
  "body-too-large": {
    sentence: "The request's body is longer than the route's `maxRequestBody`.",
    explained: {
      means: [
        "With `Content-Length` it is refused with 413 before anything of it is read. A body of unknown length is refused when it gets too long; when its beginning has gone to the tenant already, that connection is broken off, so that the tenant never sees a whole request, and `processed` is `unknown`.",
      ],
      cures: ["Where bodies of that size are meant: a larger `maxRequestBody` for the route."],
      policy: "routes:\n  - { name: uploads, match: { path: '/openidm/managed/**' }, maxRequestBody: 20MiB }",
    },
  },
};
