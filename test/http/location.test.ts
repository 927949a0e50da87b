import { describe, expect, it } from "vitest";
import { locationForCaller } from "../../src/http/location.ts";

const TENANT = "https://tenant.example.com";
const CALLER = "http://127.0.0.1:8080";

describe("a Location for the caller", () => {
  it.each([
    ["https://tenant.example.com/openidm/managed/alpha_user/1", "/openidm/managed/alpha_user/1"],
    ["https://tenant.example.com:443/a", "/a"],
    ["https://tenant.example.com:/a", "/a"],
    ["HTTPS://Tenant.EXAMPLE.com/A%2fb?q=%20#f/../x", "/A%2fb?q=%20#f/../x"],
    ["https://tenant.example.com", ""],
    ["https://tenant.example.com?x=https://tenant.example.com/", "?x=https://tenant.example.com/"],
    ["//tenant.example.com/a", "/a"],
    ["https://tenant.example.com./a", "/a"],
    ["https://tenant.example.com.:443/a", "/a"],
  ])("turns %s", (value, rest) => {
    expect(locationForCaller(value, TENANT, CALLER)).toBe(CALLER + rest);
  });

  it.each([
    "/openidm/managed/alpha_user/1",
    "1",
    "",
    "?x",
    "https://other.example.com/a",
    "https://tenant.example.com.evil.example/a",
    "https://tenant.example.com../a",
    "https://user@tenant.example.com/a",
    "https://tenant.example.com:8443/a",
    "http://tenant.example.com/a",
    "//other.example.com/a",
    "com.example.app://tenant.example.com/callback",
    "mailto:admin@tenant.example.com",
    "/redirect?to=https://tenant.example.com/",
  ])("leaves %j as it is", (value) => {
    expect(locationForCaller(value, TENANT, CALLER)).toBe(value);
  });

  it("knows a tenant that is written with a dot at its end", () => {
    for (const value of ["https://tenant.example.com/a", "https://tenant.example.com./a"])
      expect(locationForCaller(value, "https://tenant.example.com.", CALLER)).toBe(`${CALLER}/a`);
  });

  it("knows the tenant's own port", () => {
    const tenant = "http://localhost:9000";
    expect(locationForCaller("http://LOCALHOST:9000/a", tenant, CALLER)).toBe(`${CALLER}/a`);
    expect(locationForCaller("http://localhost/a", tenant, CALLER)).toBe("http://localhost/a");
  });
});
