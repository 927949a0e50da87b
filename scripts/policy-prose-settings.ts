/** What `docs/policy.md` says of the file's numbers and choices. */
import type { Section } from "./policy-section.ts";

export const SETTINGS: readonly Section[] = [
  {
    key: "version",
    text: ["Stands in every file; it lets a later format tell its files from this one's."],
    example: "version: 1",
    wrong: [{ written: "version: 2" }],
  },
  {
    key: "extends",
    text: [
      "A profile is a set of tables like your own: [aic](../config/profiles/aic.yaml) builds on",
      "[crest](../config/profiles/crest.yaml), and that on [none](../config/profiles/none.yaml). They are part of the program;",
      "what you want otherwise you write in front of them.",
    ],
    example:
      "extends: crest            # a PingAM or PingIDM of your own, without Google's load balancer in front",
    wrong: [
      { written: "extends: aic2" },
      {
        mind: "`none` knows no families: the whole tenant shares one circuit, named `default`, unless routes name families.",
      },
    ],
  },
  {
    key: "deadline",
    text: [
      "The one number that your callers feel. It runs from the head of their request until the first byte of the answer; after",
      "that byte nothing is tried again. It should be a little shorter than your callers' own time limit: whoever gives up",
      "first never hears what happened.",
    ],
    example: "deadline: 20s",
    wrong: [
      { written: "deadline: 30" },
      { written: "deadline: 5s\nattempt: { timeout: 10s }" },
      {
        mind: "Shorter than about three attempts, it leaves little to retry with. What a nearer layer lowers takes the waits that it inherits down with it; what the same layer says has to fit.",
      },
    ],
  },
  {
    key: "attempt",
    text: [
      "`timeout` ends an attempt that brings no head of an answer (meaning `silent`), `connect` one that does not get",
      "through (`unreachable`), `idle` a body that stops in the middle.",
    ],
    example: "attempt: { timeout: 8s, connect: 2s, idle: 15s }",
    wrong: [
      { written: "attempt: { timeout: 3s, connect: 5s }" },
      {
        mind: "Too short, and slow answers of a healthy tenant count as failures: writes that were done are reported as unknown, and the circuit opens. Look at `crest_gateway_attempt_duration_seconds` before you lower it.",
      },
    ],
  },
  {
    key: "retry",
    text: [
      "Whether a request may be sent again is decided by `operations` and `meanings`; here stands how often and when. The",
      "wait is random, from nothing up to `base` before the second attempt, up to twice that before the third. A",
      "`Retry-After` of the tenant is never undercut. The budget bounds what all callers' retries together add, in every",
      "second: `percent` of the requests that went to the tenant in that second (or on average of two), so that a sick",
      "tenant does not get three times its load. Where these are few, `perSecond` comes on top, two seconds' worth at once;",
      "once `percent` alone allows ten times as many, it does not. A retry that waits counts from when it was decided on.",
    ],
    example: [
      "retry:",
      "  attempts: 4",
      "  backoff: { base: 200ms, max: 5s }",
      "  retryAfter: { max: 10s }",
      "  budget: { percent: 10%, perSecond: 1 }",
    ].join("\n"),
    wrong: [
      { written: "retry: { attempts: 0 }" },
      { written: "retry: { backoff: { base: 10s, max: 5s } }" },
      { written: "retry: { retryAfter: { max: 1m } }" },
      {
        mind: "`percent: 0.2` is a fifth of a percent, not a fifth: write `20` or `20%`. Callers that retry by themselves multiply with these attempts; let one side do it.",
      },
    ],
  },
  {
    key: "replay",
    text: [
      "What is to be sent again has to be kept until the answer begins. A body that does not fit is sent once, from its",
      "first byte, and a failure of it says `reason=body-not-held`.",
    ],
    example: "replay: { maxBody: 4MiB, memory: 128MiB }",
    wrong: [
      { written: "replay: { maxBody: 1MB }" },
      { written: "replay: { maxBody: 128MiB }" },
      {
        mind: "`memory` is real memory of the process, and costs about two and a half times as much of it. Where the process runs under a memory limit, held bodies get no more than leaves room for the rest (34 MiB of 256), whatever stands here; the log says so at the start.",
      },
    ],
  },
  {
    key: "breaker",
    text: [
      "Each family has a circuit of its own. When `failures` of at least `minimum` counted attempts in the window were bad,",
      "it opens: callers are told 503 at once, with the time to the next probe in `Retry-After`. After `open` one request, a",
      "read if there are any, tries how things are; while it fails, further ones follow, each wait half as much again as the",
      "one before it, up to four fifths of `openMax`. Once one goes well the flow widens: 2, 4, 8, ... at once, until `probes`",
      "of them went well and the circuit closes. So callers of a healthy tenant are let through again within `openMax`,",
      "however long the outage was. A probe that is bad opens the circuit again if `failures` of the probes were. One that is",
      "not answered by the time of the next is bad. A 404 counts neither way.",
    ],
    example: "breaker: { window: 1m, minimum: 50, failures: 60%, open: 1s, openMax: 10s, probes: 20 }",
    wrong: [
      { written: "breaker: { open: 5m }" },
      { written: "breaker: { failures: 0% }" },
      { mind: "A `minimum` above what a family gets in a window means that its circuit never opens." },
    ],
  },
  {
    key: "limits",
    text: [
      "Protects the tenant from a burst, and this process from its queue. An attempt has its place until its answer is",
      "there. Whoever finds the queue full, waits too long, or would wait too long at the pace of the last second, is told",
      "503 with `Retry-After`. As many as may wait for a place may wait for the end of a 429.",
      "",
      "Answers above 64 KiB and uploads that are not held pass piece by piece, as fast as their caller reads or sends. They",
      "take no place of an attempt but one of `streams`, of which nobody waits for one.",
    ],
    example: "limits: { concurrency: 32, queue: 64, wait: 500ms, streams: 200 }",
    wrong: [
      { written: "limits: { concurrency: 0 }" },
      {
        mind: "It holds for each process: three replicas let three times as much through. Written for the whole file it also replaces what the profile says for single families (`monitoring` has 8 in `aic`).",
      },
    ],
  },
  {
    key: "errors",
    text: [
      "The status is never changed, and a body that is well formed already passes byte for byte. OAuth2 errors, SCIM, answers",
      "to browsers and the bodies of `/authenticate` stay what they are. What the gateway says itself is a problem for",
      "`problem`, and CREST otherwise.",
    ],
    example: "errors: problem",
    wrong: [
      { written: "errors: json" },
      {
        mind: "`problem` also rewrites CREST errors: CREST's own `detail` is `details` there, so callers that read `detail.failedPolicyRequirements` miss it.",
      },
    ],
  },
  {
    key: "lostAnswers",
    text: [
      "An update was done, its answer was lost, and the second attempt is told 412: to the caller that is a lie. `read-back`",
      "reads the object with the caller's own credentials and says what is true (`settled=` in `Proxy-Status`). `annotate`",
      "never reads; the refusal passes with `processed=unknown`.",
    ],
    example: "lostAnswers: annotate",
    wrong: [
      { written: "lostAnswers: never" },
      { mind: "A caller that may write and not read gets `processed=unknown` either way." },
    ],
  },
  {
    key: "access",
    text: [
      "`deny` lets nothing through, `read-only` only requests of the replay class `read`: what changes nothing, whatever its",
      "method. The others are told 403 by the gateway, in CREST's shape, and the tenant never hears of them. Said for the whole",
      "file it is a default from which routes depart: a list of what is allowed, or of what is not. A path that the tenant",
      "could read in several ways, a method that is overridden and a parameter that stands twice are held to the tightest",
      "word that any reading leads to. A test can `expect: { refused: access-denied }`.",
    ],
    example: "access: read-only",
    wrong: [
      { written: "access: none" },
      {
        mind: "It does not know who is calling: it is the same for everybody, and no matter of passwords or tokens, which stay the tenant's.",
      },
    ],
  },
  {
    key: "maxRequestBody",
    text: [
      "A longer request body is told 413: before anything is read where `Content-Length` says so, else when it has got too",
      "long, and then the tenant never sees the end of what has gone to it.",
    ],
    example: "maxRequestBody: 20MiB",
    wrong: [
      { written: "maxRequestBody: 20" },
      { mind: "`replay.maxBody` is another thing: a longer body than that goes to the tenant, once." },
    ],
  },
  {
    key: "forwarded",
    text: [
      "The tenant builds links from these headers, so by default it gets none, and those of callers are dropped as well.",
    ],
    example: "forwarded: append          # for a server of your own that has to log the callers' addresses",
    wrong: [
      { written: "forwarded: yes" },
      {
        mind: "With `append`, whatever the caller claims is passed on in front of the address that is true.",
      },
    ],
  },
  {
    key: "connection",
    text: [
      "Connections to the tenant are kept and used again. What was learned when one was opened, the address behind a name, a",
      "certificate, the server that a balancer chose, holds as long as it is used; `maxAge` bounds that. A further attempt after a",
      "failure, 502 or 503 goes on a new connection in any case, and a connection that brought a 502 or 503 is not kept, unless it",
      "is only seconds old. For the file, not for routes: everything shares them. A reload opens new ones.",
      "",
      "An answer whose head is longer than `head` is the meaning `oversized`: the limit is the gateway's own, so it is not tried",
      "again and says nothing about the tenant's health.",
    ],
    example: "connection: { idle: 30s, maxAge: 1m, head: 128KiB }",
    wrong: [
      { written: "connection: { maxAge: 0s }" },
      { written: "routes: [{ name: users, match: { path: /x }, connection: { idle: 10s } }]" },
      {
        mind: "`idle` has to be shorter than what the tenant's side allows (Google's balancers: 600 s), or requests meet closing connections.",
      },
    ],
  },
  {
    key: "listener",
    text: [
      "Callers' own connections. `idle` is longer than a cloud balancer in front keeps one (600 s at Google's), so that the",
      "balancer closes first and never sends into a close. A body has to come, and an answer to be taken, at `minRate` on",
      "average over each `stall`: whoever is slower is told 408, or cut off where the answer has begun. What the tenant",
      "keeps waiting is never held against a caller. A change holds from the next second on, `head` and `headers` for",
      "connections made from then on; nothing here needs a restart.",
    ],
    example: "listener: { idle: 90s, head: 32KiB, minRate: 4KiB/s }",
    wrong: [
      { written: "listener: { minRate: 1KiB }" },
      { written: "listener: { idle: 65 }" },
      {
        mind: "A balancer that keeps idle connections for longer than `idle` sends requests into connections that are just being closed, and answers 502. `head` also has to be what the tenant takes: a longer one that passes here is refused there.",
      },
    ],
  },
];
