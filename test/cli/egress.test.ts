/** Which proxy leads to the tenant, by flag and by environment. */
import { describe, expect, it } from "vitest";
import { egress, parseProxy, passesBy } from "../../src/cli/serve/egress.ts";

const TENANT = new URL("https://openam-example.forgeblocks.com");

describe("who says it", () => {
  const chosen = (env: Record<string, string>, flag = "", upstream = TENANT): string => {
    const way = egress(upstream, flag, env);
    if ("problem" in way) return way.problem;
    return way.proxy ? `${way.proxy.name} by ${way.from}` : "direct";
  };

  it.each<[string, Record<string, string>, string, string]>([
    ["nobody", {}, "", "direct"],
    ["the variable", { HTTPS_PROXY: "http://p:3128" }, "", "http://p:3128 by HTTPS_PROXY"],
    ["without a scheme", { HTTPS_PROXY: "p:3128" }, "", "http://p:3128 by HTTPS_PROXY"],
    ["lower case first", { HTTPS_PROXY: "a:1", https_proxy: "b:2" }, "", "http://b:2 by https_proxy"],
    ["set and empty means none", { https_proxy: "", HTTPS_PROXY: "a:1" }, "", "direct"],
    ["the other scheme's is not asked", { HTTP_PROXY: "a:1" }, "", "direct"],
    [
      "the flag before the variable",
      { HTTPS_PROXY: "a:1" },
      "https://b",
      "https://b:443 by --upstream-proxy",
    ],
    ["the flag, whatever NO_PROXY says", { NO_PROXY: "*" }, "http://b", "http://b:80 by --upstream-proxy"],
    ["the flag says none", { HTTPS_PROXY: "a:1" }, "none", "direct"],
    ["NO_PROXY", { HTTPS_PROXY: "a:1", NO_PROXY: "x, .forgeblocks.com" }, "", "direct"],
    [
      "no_proxy before NO_PROXY",
      { HTTPS_PROXY: "a:1", NO_PROXY: "*", no_proxy: "x" },
      "",
      "http://a:1 by HTTPS_PROXY",
    ],
  ])("%s", (_name, env, flag, expected) => {
    expect(chosen(env, flag)).toBe(expected);
  });

  it("a tenant without TLS asks for its own variable", () => {
    const plain = new URL("http://am.internal:8080");
    expect(chosen({ HTTP_PROXY: "a:1", HTTPS_PROXY: "b:2" }, "", plain)).toBe("http://a:1 by HTTP_PROXY");
    expect(chosen({ http_proxy: "c:3", HTTP_PROXY: "a:1" }, "", plain)).toBe("http://c:3 by http_proxy");
  });

  it("nobody's proxy leads to our own machine, unless the flag says so", () => {
    for (const host of ["localhost", "a.localhost", "127.0.0.1", "127.8.9.1", "[::1]"]) {
      const upstream = new URL(`http://${host}:8080`);
      expect(chosen({ HTTP_PROXY: "a:1" }, "", upstream)).toBe("direct");
      expect(chosen({}, "a:1", upstream)).toBe("http://a:1 by --upstream-proxy");
    }
  });

  it("what cannot be used is a mistake of whoever said it, and its secrets are not repeated", () => {
    const said = chosen({ HTTPS_PROXY: "socks5://canary:hunter2@p:1080" });
    expect(said).toMatch(/^HTTPS_PROXY: a proxy of the kind socks5:\/\/ is not supported/);
    expect(chosen({}, "http://canary:hunter2@p:99999")).toMatch(
      /^--upstream-proxy: it is no proxy's address/,
    );
    expect(chosen({}, "http://canary:100%@p:1")).toMatch(/%25/);
    expect([said, chosen({}, "canary:hunter2@p:99999")].join()).not.toMatch(/canary|hunter2@p/);
  });
});

describe("the address of a proxy", () => {
  it.each([
    ["proxy.example.com:3128", "http://proxy.example.com:3128", undefined],
    ["http://proxy.example.com", "http://proxy.example.com:80", undefined],
    ["https://proxy.example.com/", "https://proxy.example.com:443", undefined],
    ["http://[::1]:3128", "http://[::1]:3128", undefined],
    ["http://u:p@h:1", "http://h:1", "u:p"],
    ["u:p@h:1", "http://h:1", "u:p"],
    ["http://u@h:1", "http://h:1", "u:"],
    ["http://u%40x:%3A%2F@h:1", "http://h:1", "u@x::/"],
  ])("%s", (text, name, credentials) => {
    const authorization =
      credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
    expect(parseProxy(text)).toMatchObject({ proxy: { name, authorization } });
  });

  it.each(["", "http://", "http://h/path", "http://h?x", "http://h#f", "ftp://h", "a b", "http://h:0x1"])(
    "%j is none",
    (text) => {
      expect(parseProxy(text)).toHaveProperty("problem");
    },
  );
});

describe("NO_PROXY", () => {
  it.each([
    ["*", "https://t.example.com"],
    ["t.example.com", "https://t.example.com"],
    ["T.Example.COM", "https://t.example.com"],
    ["example.com", "https://t.example.com"],
    [".example.com", "https://t.example.com"],
    ["*.example.com", "https://t.example.com"],
    ["example.com.", "https://t.example.com."],
    ["a b,example.com", "https://t.example.com"],
    ["example.com:443", "https://t.example.com"],
    ["example.com:8443", "https://t.example.com:8443"],
    ["10.1.2.3", "http://10.1.2.3"],
    ["10.0.0.0/8", "http://10.1.2.3:8080"],
    ["10.1.2.3:8080", "http://10.1.2.3:8080"],
    ["2001:db8::/32", "http://[2001:db8::9]"],
    ["[2001:db8::9]:8080", "http://[2001:db8::9]:8080"],
  ])("%s speaks of %s", (list, upstream) => {
    expect(passesBy(new URL(upstream), list)).toBe(true);
  });

  it.each([
    ["", "https://t.example.com"],
    [" , ", "https://t.example.com"],
    ["ample.com", "https://t.example.com"],
    ["x.t.example.com", "https://t.example.com"],
    ["example.com:8443", "https://t.example.com"],
    ["10.0.0.0/8", "https://t.example.com"],
    ["10.0.0.0/8", "http://11.1.2.3"],
    ["10.0.0.0/99", "http://10.1.2.3"],
    ["10.0.0.0/x", "http://10.1.2.3"],
    ["1.2.3", "http://0.1.2.3"],
    ["2001:db8::/32", "http://10.1.2.3"],
  ])("%j does not speak of %s", (list, upstream) => {
    expect(passesBy(new URL(upstream), list)).toBe(false);
  });
});
