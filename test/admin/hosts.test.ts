/** Whoever is asked for by another name than its own may be asked by a page that somebody visits: see `admin/hosts.ts`. */
import { describe, expect, it } from "vitest";
import { adminHostNames, hostRefusal } from "../../src/admin/hosts.ts";

const NAMES = new Set(["gateway.monitoring.svc", "gateway"]);

const refusal = (hosts: readonly string[], httpVersion = "1.1") =>
  hostRefusal({ rawHeaders: hosts.flatMap((host) => ["Host", host]), httpVersion }, NAMES)?.status;

describe("the Host of a request for a page", () => {
  it.each([
    "127.0.0.1",
    "127.0.0.1:9090",
    "10.42.0.7:9090",
    "[::1]:9090",
    "[fe80::1]",
    "localhost",
    "LocalHost:9090",
    "localhost.:9090",
    "gateway:9090",
    "GATEWAY.monitoring.svc",
    "gateway.monitoring.svc.:9090",
  ])("%s is answered", (host) => {
    expect(refusal([host])).toBeUndefined();
  });

  it.each([
    "evil.example.com",
    "evil.example.com:9090",
    "127.0.0.1.nip.io",
    "localhost.evil.example.com",
    "0x7f000001",
    "2130706433",
    "127.1",
    "gateway.monitoring",
    "gateway.monitoring.svc.evil.example.com",
    "constructor",
    "__proto__",
  ])("%s is told 421", (host) => {
    expect(refusal([host])).toBe(421);
  });

  it.each([
    [["127.0.0.1", "127.0.0.1"], "1.1"],
    [["127.0.0.1", "evil.example.com"], "1.0"],
    [[""], "1.1"],
    [["user@127.0.0.1"], "1.1"],
    [["127.0.0.1, evil.example.com"], "1.1"],
    [["::1"], "1.1"],
    [[], "1.1"],
  ])("%j over HTTP/%s is told 400", (hosts, version) => {
    expect(refusal(hosts, version)).toBe(400);
  });

  it("may be missing in HTTP/1.0, which no browser speaks", () => {
    expect(refusal([], "1.0")).toBeUndefined();
  });
});

describe("names of --admin-host", () => {
  it("are compared without case, and without a dot at their end", () => {
    expect(adminHostNames("A.example, b.example.,c")).toEqual({
      names: new Set(["a.example", "b.example", "c"]),
    });
    expect(adminHostNames("")).toEqual({ names: new Set() });
  });

  it.each(["a:9090", "http://a", "a,,b", "a b", "*.example.com"])("%s is told", (list) => {
    expect(adminHostNames(list)).toEqual({
      problem: expect.stringContaining("expected a host's name without a port"),
    });
  });
});
