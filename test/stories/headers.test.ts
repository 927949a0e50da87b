/** What crosses the gateway in headers, in both directions, and what does not. */
import { describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";

const start = gateways();
const PATH = "/openidm/managed/alpha_user?_queryFilter=true";

const linesOf = (rawHeaders: readonly string[] | undefined, name: string): string[] =>
  (rawHeaders ?? []).filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name);

describe("to the tenant", () => {
  it("goes the tenant's own Host, a Via, and everything end-to-end", async () => {
    const g = await start();
    await ask(g.url, "GET", PATH, {
      headers: { authorization: "Bearer t", "x-custom": ["a", "b"], via: "1.0 first" },
    });
    const headers = g.tenant.saw[0]?.rawHeaders;
    expect(linesOf(headers, "host")).toEqual([new URL(g.tenant.url).host]);
    expect(linesOf(headers, "via").join(", ")).toBe("1.0 first, 1.1 crest-gateway");
    expect(linesOf(headers, "authorization")).toEqual(["Bearer t"]);
    expect(linesOf(headers, "x-custom").join(", ")).toBe("a, b");
  });

  it("goes nothing hop-by-hop, nothing forwarded-for, and nothing that the gateway would have to invent", async () => {
    const g = await start();
    await ask(g.url, "GET", PATH, {
      headers: {
        connection: "close, x-hop, authorization",
        "x-hop": "1",
        authorization: "Bearer t",
        te: "trailers",
        "keep-alive": "timeout=5",
        "proxy-connection": "keep-alive",
        forwarded: "for=1.2.3.4",
        "x-forwarded-for": "1.2.3.4",
        "x-forwarded-host": "evil.example",
        "x-real-ip": "1.2.3.4",
      },
    });
    const headers = g.tenant.saw[0]?.rawHeaders ?? [];
    const names = headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    for (const gone of [
      "x-hop",
      "te",
      "keep-alive",
      "proxy-connection",
      "forwarded",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-real-ip",
    ])
      expect(names).not.toContain(gone);
    for (const invented of ["accept-api-version", "if-modified-since", "if-match"])
      expect(names).not.toContain(invented);
    expect(linesOf(headers, "authorization")).toEqual(["Bearer t"]);
  });

  it("goes who is asking only when the policy says so", async () => {
    const g = await start({ policy: "forwarded: append\n" });
    await ask(g.url, "GET", PATH);
    expect(linesOf(g.tenant.saw[0]?.rawHeaders, "x-forwarded-for").join()).toContain("127.0.0.1");
  });
});

describe("to the caller", () => {
  it("comes every line of the tenant in its order, but not what only the gateway may say", async () => {
    const g = await start();
    g.tenant.raw(
      "HTTP/1.1 200 Fine\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nx-gateway-attempts: 99\r\nproxy-status: someone; error=x\r\nconnection: x-hop\r\nx-hop: 1\r\nvia: 1.1 google\r\ncontent-length: 2\r\n\r\n{}",
    );
    const answer = await ask(g.url, "GET", PATH);
    expect(linesOf(answer.rawHeaders, "set-cookie")).toEqual(["a=1", "b=2"]);
    expect(linesOf(answer.rawHeaders, "x-gateway-attempts")).toEqual(["1"]);
    expect(linesOf(answer.rawHeaders, "proxy-status")).toEqual([]);
    expect(linesOf(answer.rawHeaders, "x-hop")).toEqual([]);
    expect(linesOf(answer.rawHeaders, "via")).toEqual(["1.1 google"]);
  });

  it("comes a Location that leads back through the gateway, by the name the caller used", async () => {
    const g = await start();
    g.tenant.will(201, { location: `${g.tenant.url}/openidm/managed/alpha_user/1?x=y#z` }, {});
    const answer = await ask(g.url, "GET", PATH, { headers: { host: "gateway.example:8080" } });
    expect(answer.headers.location).toBe("http://gateway.example:8080/openidm/managed/alpha_user/1?x=y#z");
  });

  it("comes a Location with https where something in front ends TLS and says so", async () => {
    const g = await start();
    g.tenant.will(201, { location: `${g.tenant.url}/openidm/managed/alpha_user/1` }, {});
    const headers = { host: "gateway.example", "x-forwarded-proto": "https" };
    const answer = await ask(g.url, "GET", PATH, { headers });
    expect(answer.headers.location).toBe("https://gateway.example/openidm/managed/alpha_user/1");
    expect(linesOf(g.tenant.saw[0]?.rawHeaders, "x-forwarded-proto")).toEqual([]);
  });

  it("comes a foreign or relative Location, and a browser's, as it was", async () => {
    const g = await start();
    g.tenant
      .will(302, { location: "https://elsewhere.example/x" })
      .will(302, { location: "/x" })
      .will(302, { location: `${g.tenant.url}/x` });
    expect((await ask(g.url, "GET", PATH)).headers.location).toBe("https://elsewhere.example/x");
    expect((await ask(g.url, "GET", PATH)).headers.location).toBe("/x");
    const browser = { headers: { accept: "text/html" } };
    expect((await ask(g.url, "GET", PATH, browser)).headers.location).toBe(`${g.tenant.url}/x`);
  });
});

it("what the tenant says of its own host is not said of ours", async () => {
  const g = await start();
  const ofItsHost = {
    "alt-svc": 'h3=":443"; ma=2592000',
    "strict-transport-security": "max-age=31536000",
    nel: '{"max_age":1}',
    "report-to": "{}",
  };
  g.tenant.will(200, { ...ofItsHost, "x-kept": "1" });
  const { headers } = await ask(g.url, "GET", PATH);
  expect(Object.keys(ofItsHost).filter((name) => name in headers)).toEqual([]);
  expect(headers["x-kept"]).toBe("1");
});
