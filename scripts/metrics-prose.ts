/** What `docs/metrics.md` says of each metric and each label, and the questions that the metrics answer. */
import { MEANINGS, REFUSAL_REASONS, STATUS_CLASSES, WITHHELD_REASONS } from "../src/decide/words.ts";
import {
  BREAKER_STATES,
  CERTIFICATE_USES,
  HANDSHAKE_FAILURES,
  METHODS,
  SAVED_BY,
} from "../src/observe/labels.ts";
import { PROFILES } from "../src/policy/written/schema.ts";
import { formatSize } from "../src/policy/written/units.ts";
import { ERROR_FORMATS } from "../src/problem/read.ts";
import { defaultPolicy } from "./default-policy.ts";

type Question = readonly [question: string, promql: string];

const HELD_BYTES = defaultPolicy().replayMemoryBytes;

/** In the order of the page: what each is good for besides its help text, and questions that it answers. */
export const METRICS: Readonly<
  Record<string, { readonly says: string; readonly questions: readonly Question[] }>
> = {
  requests_total: {
    says: "One for each exchange, when its last byte has gone. `unrouted` are requests that were refused for their form.",
    questions: [
      [
        "What share of callers' requests ends in a server error, route by route?",
        `sum by (route) (rate(crest_gateway_requests_total{class="5xx"}[5m]))
  / sum by (route) (rate(crest_gateway_requests_total[5m]))`,
      ],
      [
        "How many callers give up waiting?",
        `sum by (route) (rate(crest_gateway_requests_total{code="499"}[5m]))`,
      ],
    ],
  },
  request_duration_seconds: {
    says: "What a caller feels.",
    questions: [
      [
        "Within what time are 99 of 100 requests answered?",
        `histogram_quantile(0.99, sum by (route, le) (rate(crest_gateway_request_duration_seconds_bucket[5m])))`,
      ],
    ],
  },
  attempts_total: {
    says: "What the tenant feels. Reads that look into a lost answer are attempts too. [Meanings](meanings.md) are words for what an outcome means, whatever its status.",
    questions: [
      [
        "What is wrong with the tenant?",
        `sum by (meaning) (rate(crest_gateway_attempts_total{meaning!="ok"}[5m]))`,
      ],
      [
        "How much load do retries add? 1 is none, 1.2 is a fifth more.",
        `sum(rate(crest_gateway_attempts_total[5m])) / sum(rate(crest_gateway_requests_total[5m]))`,
      ],
    ],
  },
  attempt_duration_seconds: {
    says: "Beside the duration of requests it tells whether the tenant is slow or waits are long.",
    questions: [
      [
        "Within what time does the tenant answer 95 of 100 attempts?",
        `histogram_quantile(0.95, sum by (route, le) (rate(crest_gateway_attempt_duration_seconds_bucket{class!="failure"}[5m])))`,
      ],
    ],
  },
  retry_decisions_total: {
    says: "One for each attempt of an exchange that was not `ok`; reads that look into a lost answer ask for no other. [Why was it not sent again?](why-not-retried.md) has a section for each reason.",
    questions: [
      [
        "Why are failures not mended?",
        `sum by (route, reason) (rate(crest_gateway_retry_decisions_total{decision="withheld",reason!="answered"}[5m]))`,
      ],
      [
        "What is it that retries are made for?",
        `sum by (reason) (rate(crest_gateway_retry_decisions_total{decision="retried"}[5m]))`,
      ],
    ],
  },
  saved_total: {
    says: "What the gateway is worth: without it each of these would have been a failure. `retry`: a further attempt went well; `settled`: an answer was lost, and what had been done was found out.",
    questions: [
      [
        "How many failures did callers not see today?",
        `sum by (by) (increase(crest_gateway_saved_total[1d]))`,
      ],
      [
        "What would the share of good answers be without the gateway?",
        `1 - (sum(rate(crest_gateway_requests_total{class="5xx"}[1h])) + sum(rate(crest_gateway_saved_total[1h])))
  / sum(rate(crest_gateway_requests_total[1h]))`,
      ],
    ],
  },
  lost_answers_total: {
    says: "Only writes of which an attempt may have been processed without telling. `unresolved` ones reached the caller as `processed=unknown`; the log line `lost answer` names the fields that were compared.",
    questions: [
      [
        "How many writes ended with nobody knowing whether they were done?",
        `sum by (route) (increase(crest_gateway_lost_answers_total{result="unresolved"}[1h]))`,
      ],
    ],
  },
  errors_normalised_total: {
    says: "`html`, `text` and `empty` are mostly the edge: a load balancer or a firewall that speaks in the tenant's place.",
    questions: [
      [
        "Who answers with pages instead of JSON?",
        `sum by (route, from) (rate(crest_gateway_errors_normalised_total[5m]))`,
      ],
    ],
  },
  breaker_state: {
    says: "Each family has three series, of which one is 1.",
    questions: [
      ["Which parts of the tenant are given a rest now?", `crest_gateway_breaker_state{state="open"} == 1`],
    ],
  },
  breaker_transitions_total: {
    says: "Catches what opens and closes between two scrapes.",
    questions: [
      [
        "Which circuits have opened more than three times in an hour?",
        `sum by (family) (increase(crest_gateway_breaker_transitions_total{to="open"}[1h])) > 3`,
      ],
    ],
  },
  throttle_closed: {
    says: "After a 429, or when the tenant says that its limit is used up.",
    questions: [
      [
        "What share of the last quarter of an hour was each family held back?",
        `avg_over_time(crest_gateway_throttle_closed[15m])`,
      ],
    ],
  },
  retry_budget_remaining: {
    says: "Falls while retries are made and comes back within two seconds. At less than 1 failures are answered as they come.",
    questions: [
      [
        "Where is the budget what keeps failures from being mended?",
        `crest_gateway_retry_budget_remaining < 1`,
      ],
    ],
  },
  in_flight: {
    says: "From when the request goes out until its answer is there; one that streams counts as a stream from then on.",
    questions: [
      [
        "How near did a family come to its `limits.concurrency`?",
        `max by (family) (max_over_time(crest_gateway_in_flight[5m]))`,
      ],
    ],
  },
  queued: {
    says: "More than a moment above 0 means that `limits.concurrency` is too low, or the tenant too slow.",
    questions: [["Where do requests wait for each other?", `max_over_time(crest_gateway_queued[5m]) > 0`]],
  },
  streams: {
    says: "How long one lasts is up to its caller. At `limits.streams` the next one is told 503.",
    questions: [
      [
        "Where do callers read or send large bodies slowly?",
        `max by (family) (max_over_time(crest_gateway_streams[5m])) > 100`,
      ],
    ],
  },
  rejected_total: {
    says: "These reached nobody: the caller was told 503, or 429 when `throttled`, or got what an earlier attempt had brought. `streams-full` also stands for answers that came and could not be passed on.",
    questions: [
      [
        "What does the gateway turn away, and why?",
        `sum by (family, reason) (rate(crest_gateway_rejected_total[5m]))`,
      ],
    ],
  },
  held_body_bytes: {
    says: "Beyond `replay.memory` of the policy file, or what fits under the container's memory limit where that is less, bodies stream through and are tried once.",
    questions: [
      [
        `How full did the memory for bodies get, of the ${formatSize(HELD_BYTES)} that are the default?`,
        `max_over_time(crest_gateway_held_body_bytes[1h]) / ${HELD_BYTES}`,
      ],
    ],
  },
  policy_reloads_total: {
    says: "A file that reads as before counts neither way. After a failure the last good policy stays in force; the log says why.",
    questions: [
      [
        "How often was a bad policy file brought within the last hour?",
        `increase(crest_gateway_policy_reloads_total{result="failure"}[1h]) > 0`,
      ],
    ],
  },
  policy_last_reload_successful: {
    says: "1 at the start, for without a good file there is none; 1 again when the file is good, also when it says again what is in force. While it is 0, the next start would fail.",
    questions: [
      [
        "Which gateways go by another policy than the file that lies before them?",
        `crest_gateway_policy_last_reload_successful == 0`,
      ],
    ],
  },
  policy_info: {
    says: "The hash is that of `/policy` on the admin port, of `check`, and of each log line.",
    questions: [
      [
        "Do all gateways go by the same policy? More than 1 says no.",
        `count(count by (hash) (crest_gateway_policy_info))`,
      ],
    ],
  },
  certificate_expiry_seconds: {
    says: "A point in time, not what is left of it, so that a scrape that comes late does no harm. Of a certificate with those between it and its authority it is the end of the first that ends; of authorities that of the last, since one that is exchanged may end beside the one that takes its place. What no flag names is not there.",
    questions: [
      [
        "How many days are left of each certificate?",
        `(min by (use) (crest_gateway_certificate_expiry_seconds) - time()) / 86400`,
      ],
    ],
  },
  certificate_reloads_total: {
    says: "Files that read as before count neither way. After a failure the last good certificate stays in force; the log says why, and `/status` until it is mended.",
    questions: [
      [
        "Were files of certificates refused within the last hour?",
        `increase(crest_gateway_certificate_reloads_total{result="failure"}[1h]) > 0`,
      ],
    ],
  },
  handshakes_failed_total: {
    says: "Only where callers speak TLS. None of these became a request. `left` is everyday: health checks that connect and go, callers that are stopped. The log says more at `debug`.",
    questions: [
      [
        "Why do callers not get in?",
        `sum by (reason) (rate(crest_gateway_handshakes_failed_total{reason!="left"}[5m]))`,
      ],
    ],
  },
  build_info: {
    says: "",
    questions: [["Which versions are running?", `count by (version, node) (crest_gateway_build_info)`]],
  },
};

const words = (list: Iterable<string>): string => [...list].map((word) => `\`${word}\``).join(", ");

/** What a label may say; one that differs between metrics stands under `metric.label`. */
export const LABELS: Readonly<Record<string, string>> = {
  route:
    "a route of the policy file; for what no route matches, the profile's name for that part of the API; `unrouted`",
  family:
    "a family of the policy file or its profile; connected systems have one each, at most 32, then `openidm-system-other`",
  method: `${words(METHODS)}, \`other\``,
  class: words(STATUS_CLASSES.slice(1)),
  "attempts_total.class": `${words(STATUS_CLASSES.slice(1))}, \`failure\``,
  "attempt_duration_seconds.class": `${words(STATUS_CLASSES.slice(1))}, \`failure\``,
  code: "a registered status code, `499`, `other`",
  meaning: words(MEANINGS),
  decision: words(["retried", "withheld"]),
  "retry_decisions_total.reason": `withheld: ${words(WITHHELD_REASONS)}; retried: a meaning, or \`client-id-refused\` when a collection takes no ids of ours and the create goes once more as it came`,
  "rejected_total.reason": words(REFUSAL_REASONS),
  from: words(ERROR_FORMATS),
  state: words(BREAKER_STATES),
  to: words(BREAKER_STATES),
  "lost_answers_total.result": words(["applied", "not-applied", "unresolved"]),
  "policy_reloads_total.result": words(["success", "failure"]),
  by: words(SAVED_BY),
  use: words(CERTIFICATE_USES),
  "certificate_reloads_total.result": words(["success", "failure"]),
  "handshakes_failed_total.reason": `${words(HANDSHAKE_FAILURES)}; \`distrusted\` when it is the caller that does not accept the gateway's certificate, \`version\` also when no common cipher or protocol was found`,
  hash: "the first twelve hex digits of the SHA-256 of the file and its profile",
  profile: words(PROFILES),
  version: "of the gateway",
  node: "of the runtime",
};
