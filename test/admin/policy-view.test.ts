import { describe, expect, it } from "vitest";
import { policyView } from "../../src/admin/policy-view.ts";
import { POLICY, SETTINGS } from "./parts.ts";

describe("the policy as shown", () => {
  const view = JSON.parse(JSON.stringify(policyView(POLICY, ["am"])));

  it("names its hash, its file, its profile and its warnings", () => {
    expect(view).toMatchObject({
      hash: "0123456789ab",
      file: "config/policy.yaml",
      profile: "aic",
      warnings: [],
    });
  });

  it("shows every table once, patterns as they were written, each row with its place", () => {
    expect(view.tables.operations).toEqual([
      { match: { methods: ["GET"] }, operation: "read", replay: "read", at: "aic.yaml:3" },
    ]);
    expect(view.tables.answers).toEqual([
      { when: { statuses: [{ from: 500, to: 599 }], message: "*down*" }, means: "defect", at: "aic.yaml:5" },
    ]);
    expect(view.tables.meanings.silent).toMatchObject({ retry: "idempotent", at: "aic.yaml:9" });
    expect(view.tables.families).toEqual([{ paths: ["/openidm/**"], family: "openidm", at: "aic.yaml:11" }]);
  });

  it("shows of a route its settings and what is its own", () => {
    expect(view.routes).toHaveLength(1);
    expect(view.routes[0]).toMatchObject({
      name: "users",
      at: "policy.yaml:6",
      settings: { deadlineMs: 30_000 },
      match: { paths: ["/openidm/managed/alpha_user/**"] },
      operations: [{ match: { methods: ["POST"], paths: ["/x"] }, replay: "read", at: "policy.yaml:7" }],
      answers: [],
    });
    expect(Object.keys(view.routes[0].meanings)).toEqual(["defect"]);
    expect(view.fallback).toMatchObject({ name: "default", operations: [], answers: [], meanings: {} });
  });

  it("shows the numbers of families that routes name and of those that are in use", () => {
    expect(Object.keys(view.families)).toEqual(["am", "openidm"]);
    expect(view.families.am).toEqual(SETTINGS);
  });

  it("masks a secret that a row compares with, and keeps the mere asking for it", () => {
    expect(JSON.stringify(view)).not.toContain("c2VjcmV0OmNhbmFyeQ");
    expect(view.routes[0].match.headers).toEqual([
      { name: "authorization", value: "[redacted]" },
      { name: "cookie", value: "*" },
    ]);
  });
});
