import { describe, expect, it } from "vitest";
import type { Event } from "../../src/observe/events.ts";
import { CALM, EXCHANGE, everyEvent, metricsOf, samples } from "./sources.ts";

describe("what an event counts", () => {
  it.each<[string, Event, string]>([
    [
      "a request, by route, method, class and code",
      { kind: "exchange", ...EXCHANGE, status: 412 },
      'crest_gateway_requests_total{route="users",method="PUT",class="4xx",code="412"} 1',
    ],
    [
      "a caller that left, as 499",
      { kind: "exchange", ...EXCHANGE, status: 499 },
      'crest_gateway_requests_total{route="users",method="PUT",class="4xx",code="499"} 1',
    ],
    [
      "a method that is not in the list, as other",
      { kind: "exchange", ...EXCHANGE, method: "BREW" },
      'crest_gateway_requests_total{route="users",method="other",class="2xx",code="200"} 1',
    ],
    [
      "a status that nobody registered, as other",
      { kind: "exchange", ...EXCHANGE, status: 799 },
      'crest_gateway_requests_total{route="users",method="PUT",class="5xx",code="other"} 1',
    ],
    [
      "a request's duration, in seconds",
      { kind: "exchange", ...EXCHANGE, durationMs: 97 },
      'crest_gateway_request_duration_seconds_sum{route="users",class="2xx"} 0.097',
    ],
    [
      "an attempt, by what it meant",
      {
        kind: "attempt",
        route: "users",
        family: "openidm",
        class: "failure",
        meaning: "cut-off",
        durationMs: 1,
      },
      'crest_gateway_attempts_total{route="users",class="failure",meaning="cut-off"} 1',
    ],
    [
      "an attempt's duration, in its bucket",
      {
        kind: "attempt",
        route: "users",
        family: "openidm",
        class: "5xx",
        meaning: "defect",
        durationMs: 661,
      },
      'crest_gateway_attempt_duration_seconds_bucket{le="1",route="users",class="5xx"} 1',
    ],
    [
      "a decision and its reason",
      { kind: "decision", route: "users", decision: "withheld", reason: "budget-spent" },
      'crest_gateway_retry_decisions_total{route="users",decision="withheld",reason="budget-spent"} 1',
    ],
    [
      "a rewritten error body, by how it spoke",
      { kind: "normalised", route: "users", from: "html" },
      'crest_gateway_errors_normalised_total{route="users",from="html"} 1',
    ],
    [
      "a refused attempt",
      { kind: "refused", family: "openidm", reason: "queue-full" },
      'crest_gateway_rejected_total{family="openidm",reason="queue-full"} 1',
    ],
    [
      "a circuit that changed",
      { kind: "breaker", family: "openidm", to: "open" },
      'crest_gateway_breaker_transitions_total{family="openidm",to="open"} 1',
    ],
    [
      "a failed reload",
      { kind: "reload", result: "failure", message: "policy.yaml:3: retry.attempts: expected 1 to 10" },
      'crest_gateway_policy_reloads_total{result="failure"} 1',
    ],
  ])("%s", async (_, event, expected) => {
    const metrics = metricsOf();
    metrics.observe(event);
    expect(await samples(metrics)).toContain(expected);
  });

  /** The attempt that follows is counted among the decisions. */
  const UNCOUNTED: readonly Event["kind"][] = ["client-id-refused"];

  it.each(Object.values(everyEvent))(
    "$kind moves some sample, or stands among those that do not",
    async (event) => {
      const metrics = metricsOf();
      const before = await samples(metrics);
      metrics.observe(event);
      const moved = (await samples(metrics)).filter((line) => !before.includes(line));
      expect(moved.length > 0).toBe(!UNCOUNTED.includes(event.kind));
    },
  );

  it("every counter and every histogram is moved by some event", async () => {
    const metrics = metricsOf();
    Object.values(everyEvent).forEach(metrics.observe);
    metrics.observe({ ...everyEvent.exchange, attempts: 2 });
    const { body } = await metrics.expose(undefined);
    const moved = (await samples(metrics)).filter((line) => !line.endsWith(" 0")).join("\n");
    const names = [...body.matchAll(/^# TYPE (crest_gateway_\w+) (counter|histogram)$/gm)].map(
      ([, name]) => name,
    );
    expect(names.length).toBeGreaterThan(9);
    expect(names.filter((name) => !new RegExp(`^${name}(_count)?\\{`, "m").test(moved))).toEqual([]);
  });

  it("counts on, however often it is asked, and each series for itself", async () => {
    const metrics = metricsOf();
    const requests = async (): Promise<string[]> =>
      (await samples(metrics)).filter((line) => line.startsWith("crest_gateway_requests_total"));
    const exchange = everyEvent.exchange;
    metrics.observe(exchange);
    metrics.observe(exchange);
    expect(await requests()).toEqual([
      'crest_gateway_requests_total{route="users",method="PUT",class="2xx",code="200"} 2',
    ]);
    for (const status of [201, 299, 799, 798]) metrics.observe({ ...exchange, status });
    for (const change of [{ route: "roles" }, { method: "GET" }, { method: "BREW" }, { method: "STEW" }, {}])
      metrics.observe({ ...exchange, ...change });
    expect((await requests()).toSorted()).toEqual([
      'crest_gateway_requests_total{route="roles",method="PUT",class="2xx",code="200"} 1',
      'crest_gateway_requests_total{route="users",method="GET",class="2xx",code="200"} 1',
      'crest_gateway_requests_total{route="users",method="PUT",class="2xx",code="200"} 3',
      'crest_gateway_requests_total{route="users",method="PUT",class="2xx",code="201"} 1',
      'crest_gateway_requests_total{route="users",method="PUT",class="2xx",code="other"} 1',
      'crest_gateway_requests_total{route="users",method="PUT",class="5xx",code="other"} 2',
      'crest_gateway_requests_total{route="users",method="other",class="2xx",code="200"} 2',
    ]);
  });

  it("nothing from the path, the id or a message reaches a label", async () => {
    const metrics = metricsOf();
    metrics.observe({
      kind: "exchange",
      ...EXCHANGE,
      id: "canary-1",
      path: "/canary-2",
      transactionId: "canary-3",
    });
    metrics.observe({ kind: "reload", result: "failure", message: "canary-4" });
    expect((await samples(metrics)).join("\n")).not.toContain("canary");
  });
});

describe("what is read at scrape time", () => {
  it("shows each family's state, one of three", async () => {
    const metrics = metricsOf({ families: () => [{ ...CALM, breaker: "half-open", throttled: true }] });
    expect(await samples(metrics)).toEqual(
      expect.arrayContaining([
        'crest_gateway_breaker_state{family="openidm",state="closed"} 0',
        'crest_gateway_breaker_state{family="openidm",state="half-open"} 1',
        'crest_gateway_breaker_state{family="openidm",state="open"} 0',
        'crest_gateway_throttle_closed{family="openidm"} 1',
        'crest_gateway_retry_budget_remaining{family="openidm"} 12.5',
        'crest_gateway_in_flight{family="openidm"} 3',
        'crest_gateway_queued{family="openidm"} 1',
        "crest_gateway_held_body_bytes 2048",
        'crest_gateway_policy_info{hash="0123456789ab",profile="aic"} 1',
        'crest_gateway_build_info{version="1.2.3",node="24.21.0"} 1',
      ]),
    );
  });

  it("forgets families and policies that are gone", async () => {
    let families = [CALM, { ...CALM, family: "openidm-system-ldap" }];
    let policy = { hash: "aaaaaaaaaaaa", profile: "crest" };
    const metrics = metricsOf({ families: () => families, policy: () => policy });
    expect((await samples(metrics)).join("\n")).toContain("openidm-system-ldap");
    families = [CALM];
    policy = { hash: "bbbbbbbbbbbb", profile: "aic" };
    const after = await samples(metrics);
    expect(after.join("\n")).not.toContain("openidm-system-ldap");
    expect(after.filter((line) => line.includes("policy_info"))).toEqual([
      'crest_gateway_policy_info{hash="bbbbbbbbbbbb",profile="aic"} 1',
    ]);
  });

  it("takes only hash and profile of a policy that has more to it", async () => {
    const policy = { hash: "cccccccccccc", profile: "aic", file: "policy.yaml" };
    expect(await samples(metricsOf({ policy: () => policy }))).toContain(
      'crest_gateway_policy_info{hash="cccccccccccc",profile="aic"} 1',
    );
  });

  it("starts with both results of a reload at zero, so that a first failure is an increase", async () => {
    expect(await samples(metricsOf())).toEqual(
      expect.arrayContaining([
        'crest_gateway_policy_reloads_total{result="success"} 0',
        'crest_gateway_policy_reloads_total{result="failure"} 0',
      ]),
    );
  });

  it("tells by 0 and 1 whether the policy file could be used", async () => {
    let usable = true;
    const metrics = metricsOf({ lastReloadSuccessful: () => usable });
    expect(await samples(metrics)).toContain("crest_gateway_policy_last_reload_successful 1");
    usable = false;
    expect(await samples(metrics)).toContain("crest_gateway_policy_last_reload_successful 0");
  });

  it("rejects when a source fails", async () => {
    const metrics = metricsOf({
      families: () => {
        throw new Error("no families today");
      },
    });
    await expect(metrics.expose(undefined)).rejects.toThrow("no families today");
  });
});
