/** What `docs/policy.md` says of the file's lists: routes, rows and tests. */
import type { Section } from "./policy-section.ts";

export const TABLES: readonly Section[] = [
  {
    key: "routes",
    text: [
      "A route gives a part of the API a name in metrics and logs, and may say anything for it that the file says for all,",
      "except `version`, `extends`, `forwarded`, `replay.memory`, `routes` and `tests`. Order decides: put the narrow ones first.",
      "",
      "A *family* is a part of the tenant that fails by itself, with one circuit, throttle gate, budget and limit. A route",
      "belongs to the family that the profile names for the path of each request. `breaker`, `limits` and `retry.budget` are",
      "the family's, not the route's: a route that says them has to name the family, and speaks for all of it. A name that",
      "the profile does not know makes a family of its own.",
    ],
    example: [
      "routes:",
      "  - name: bulk-import",
      "    match: { method: [PUT, PATCH], path: '/openidm/managed/alpha_user/*', header: { X-Job: import } }",
      "    family: import                 # a circuit and a queue of its own",
      "    limits: { concurrency: 4 }",
      "    deadline: 2m",
      "  - name: roles",
      "    match: { path: '/openidm/managed/alpha_role/**' }",
      "    replayableCreates: true",
    ].join("\n"),
    wrong: [
      {
        written:
          "routes:\n  - { name: all, match: {} }\n  - { name: users, match: { path: '/openidm/managed/**' } }",
      },
      { written: "routes: [{ name: slow, match: { path: /x }, limits: { concurrency: 2 } }]" },
      { written: "routes: [{ name: logs, match: { path: /monitoring/logs }, family: monitorng }]" },
      { written: "routes: [{ name: grants, match: { body: { grant_type: password } } }]" },
      {
        mind: "`replayableCreates` is for collections that take ids of the caller's choosing; one that does not is noticed, and its creates go out as they came.",
      },
    ],
  },
  {
    key: "operations",
    text: [
      "CREST's own rules tell most requests apart (a GET is a read, a PUT with `If-Match` is guarded, a POST is unsafe); rows",
      "say what they cannot know. A row may say one thing and leave the rest to those below it; the first that says `replay`",
      "ends the search. To see what a request is: `crest-gateway explain FILE 'POST /x?_action=y'`.",
    ],
    example: [
      "operations:",
      "  # A report that is asked for by POST changes nothing.",
      "  - { match: { method: POST, path: /openidm/endpoint/report }, replay: read }",
      "  # This PUT sends an e-mail each time.",
      "  - { match: { method: PUT, path: '/openidm/endpoint/invite/*' }, replay: unsafe }",
    ].join("\n"),
    wrong: [
      {
        written:
          "operations:\n  - { match: { path: '/x/**' }, replay: read }\n  - { match: { method: POST, path: /x/y }, replay: unsafe }",
      },
      { written: "operations: [{ match: { path: x }, replay: read }]" },
      {
        mind: "`read` or `idempotent` on a request that changes something each time breaks the promise that nothing is done twice, and no check can see it.",
      },
    ],
  },
  {
    key: "answers",
    text: [
      "Each answer, and each failure to get one, has a [meaning](meanings.md). All conditions of a row have to hold. A row",
      "that names a `failure` speaks of attempts without an answer, every other row of answers only.",
    ],
    example: [
      "answers:",
      "  # This endpoint says 500 when it is busy.",
      "  - { when: { status: 500, path: '/openidm/endpoint/**', message: '*try again*' }, means: unavailable }",
      "  # This one says 503 for what never works.",
      "  - { when: { status: 503, body: { detail.permanent: true } }, means: rejected }",
    ].join("\n"),
    wrong: [
      {
        written:
          "answers:\n  - { when: { status: 5xx }, means: unavailable }\n  - { when: { status: 503, origin: edge }, means: bad-gateway }",
      },
      { written: "answers: [{ when: { status: 502, failure: reset }, means: unavailable }]" },
      { written: "answers: [{ when: { status: 503 }, means: unavailble }]" },
      {
        mind: "A row that calls an answer `throttled`, `maintenance` or `unreachable` says that nothing was done: even a create is then sent again.",
      },
    ],
  },
  {
    key: "meanings",
    text: [
      "The second table: what each meaning has for consequences. Write only what is to be otherwise; the rest stays as in the",
      "profile. All meanings with their rows stand in [meanings.md](meanings.md).",
    ],
    example: [
      "meanings:",
      "  defect: { retry: never }                 # a 500 is never tried again, not even for reads",
      "  timed-out: { minDelay: 5s, attempts: 2 } # after a 504 wait longer, and try once",
    ].join("\n"),
    wrong: [
      { written: "meanings: { unavailable: { retry: any } }" },
      { written: "meanings: { timed-out: { minDelay: 45s } }" },
      { written: "meanings: { unavailble: { retry: never } }" },
    ],
  },
  {
    key: "tests",
    text: [
      "Each test is a request, what the tenant says to the first attempt, and what the gateway has to make of it. They run",
      "through the code that serves callers, on a gateway at rest, and nothing is sent. A bare error status stands for a CREST",
      "error of the tenant; the edge's pages have to be written out. Write one for each promise that you rely on, and a row",
      "that breaks it will not be loaded.",
    ],
    example: [
      "tests:",
      "  - name: a create is never sent twice",
      "    request: POST /openidm/managed/alpha_organization?_action=create",
      "    answer: reset",
      "    expect: { processed: unknown, retry: false, reason: not-replayable }",
      "  - name: the edge's page is not the tenant's word",
      "    request: GET /openidm/info/login",
      "    answer: { status: 503, header: { Content-Type: text/html }, body: <html>busy</html> }",
      "    expect: { origin: edge, meaning: unavailable, retry: true }",
    ].join("\n"),
    wrong: [
      { written: "tests: [{ name: users, request: GET /x, expect: { family: openidmm } }]" },
      { written: "tests: [{ name: nothing, request: GET /x, expect: {} }]" },
    ],
  },
];
