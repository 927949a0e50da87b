import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ForwardOptions,
  fieldEdits,
  requestHeadersToSend,
  responseHeadersToPass,
} from "../../src/http/forward.ts";
import { type HeaderList, headerLines, headerPairs } from "../../src/http/headers.ts";

const OPTIONS: ForwardOptions = { forwarded: "none", host: "tenant.example.com", httpVersion: "1.1" };
const sent = (headers: HeaderList, options: Partial<ForwardOptions> = {}): string[] =>
  requestHeadersToSend(headers, { ...OPTIONS, ...options });
const NO_EDITS = fieldEdits<undefined>({});
const passed = (headers: HeaderList): string[] => responseHeadersToPass(headers, NO_EDITS, undefined);

/** What every request gets, around what is left of the caller's fields. */
const around = (...kept: string[]): string[] => [
  "Host",
  "tenant.example.com",
  ...kept,
  "Via",
  "1.1 crest-gateway",
];

const HOP_BY_HOP = [
  "Connection",
  "Keep-Alive",
  "Proxy-Connection",
  "Proxy-Authorization",
  "Proxy-Authenticate",
  "Proxy-Authentication-Info",
  "Transfer-Encoding",
  "TE",
  "Trailer",
  "Upgrade",
  "HTTP2-Settings",
  "Expect",
];

describe("fields of a connection (RFC 9110 section 7.6.1)", () => {
  it.each(HOP_BY_HOP)("%s goes neither way", (name) => {
    expect(sent([name, "x", name.toUpperCase(), "y", "Accept", "*/*"])).toEqual(around("Accept", "*/*"));
    expect(passed([name, "x", "ETag", '"1"'])).toEqual(["ETag", '"1"']);
  });

  it("what Connection lists goes with it, on whatever line and in whatever case", () => {
    const headers = [
      "X-Hop",
      "1",
      "Connection",
      "close, x-hop",
      "connection",
      ", X-OTHER",
      "x-other",
      "2",
      "X-Kept",
      "3",
    ];
    expect(sent(headers)).toEqual(around("X-Kept", "3"));
    expect(passed(headers)).toEqual(["X-Kept", "3"]);
  });

  it.each([
    "Authorization",
    "Cookie",
    "Content-Type",
    "Content-Encoding",
    "If-Match",
    "If-None-Match",
    "Accept-API-Version",
    "X-HTTP-Method-Override",
    "X-ForgeRock-TransactionId",
    "X-OpenAM-Username",
    "X-Requested-With",
    "x-api-key",
  ])("Connection cannot take %s out of a request", (name) => {
    expect(sent(["Connection", name.toLowerCase(), name, "x"])).toEqual(around(name, "x"));
  });

  it.each([
    "Content-Length",
    "Content-Type",
    "Set-Cookie",
    "ETag",
    "Location",
    "WWW-Authenticate",
    "Cache-Control",
  ])("Connection cannot take %s out of an answer", (name) => {
    expect(passed(["Connection", name, name, "x"])).toEqual([name, "x"]);
  });

  it("Host and Content-Length cannot be kept by listing them either", () => {
    expect(sent(["Connection", "host, content-length", "Host", "a", "Content-Length", "3"])).toEqual(
      around(),
    );
  });
});

describe("what the tenant gets", () => {
  it("has the tenant's Host, first and once, and ends with Via", () => {
    expect(sent(["Accept", "*/*", "Host", "a", "hOsT", "b"])).toEqual(around("Accept", "*/*"));
  });

  it("names the protocol that the caller spoke, after the Via of those before", () => {
    expect(sent(["Via", "1.1 front"], { httpVersion: "1.0" })).toEqual([
      "Host",
      "tenant.example.com",
      "Via",
      "1.1 front",
      "Via",
      "1.0 crest-gateway",
    ]);
  });

  it("leaves Content-Length to whoever sends the body", () => {
    expect(sent(["Content-Length", "3", "content-length", "4"])).toEqual(around());
  });

  it.each([
    ["bad name", "x"],
    ["", "x"],
    ["X:Y", "x"],
    ["X\r\nInjected", "x"],
    ["X-Split", "a\r\nInjected: b"],
    ["X-Nul", "a\0b"],
  ])("has no field that is not one: %j", (name, value) => {
    expect(sent([name, value, "Accept", "*/*"])).toEqual(around("Accept", "*/*"));
  });

  it("keeps spelling, order and repeated lines", () => {
    const headers = ["x-A", "1", "X-B", "2", "x-A", "3, 4", "Cookie", "a=b", "Cookie", "c=d", "X-Empty", ""];
    expect(sent(headers)).toEqual(around(...headers));
  });
});

describe("who called", () => {
  const claims = [
    "Forwarded",
    "for=1.1.1.1",
    "X-Forwarded-For",
    "1.1.1.1",
    "X-Forwarded-Host",
    "evil",
    "X-Real-IP",
    "1.1.1.1",
  ];

  it("is not told, and claims of the caller are dropped", () => {
    expect(sent([...claims, "X-Forwarded-Proto", "https"], { callerAddress: "10.1.1.1" })).toEqual(around());
  });

  it("is appended where the policy says so, in one line each (RFC 7239)", () => {
    const headers = sent([...claims, "X-Forwarded-For", "2.2.2.2", "Host", "gateway.example:8080"], {
      forwarded: "append",
      callerAddress: "10.1.1.1",
      callerProto: "http",
    });
    expect(headerLines(headers, "x-forwarded-for")).toEqual(["1.1.1.1, 2.2.2.2, 10.1.1.1"]);
    expect(headerLines(headers, "forwarded")).toEqual([
      'for=1.1.1.1, for=10.1.1.1;host="gateway.example:8080";proto=http',
    ]);
    expect(headerLines(headers, "x-forwarded-host")).toEqual(["evil"]);
    expect(headerLines(headers, "x-real-ip")).toEqual(["1.1.1.1"]);
  });

  it.each([
    ["::1", "::1", 'for="[::1]"'],
    ["::ffff:192.0.2.7", "192.0.2.7", "for=192.0.2.7"],
    ["fe80::1%eth0", "fe80::1", 'for="[fe80::1]"'],
    [undefined, undefined, "for=unknown"],
    ["/run/caller.sock", undefined, "for=unknown"],
  ])("at %s", (callerAddress, forwardedFor, forwarded) => {
    const headers = sent([], { forwarded: "append", callerAddress });
    expect(headerLines(headers, "x-forwarded-for")).toEqual(forwardedFor === undefined ? [] : [forwardedFor]);
    expect(headerLines(headers, "forwarded")).toEqual([forwarded]);
  });

  it("does not take the caller's word for a Host that is none", () => {
    const headers = sent(["Host", 'a";by=x'], { forwarded: "append", callerAddress: "10.1.1.1" });
    expect(headerLines(headers, "forwarded")).toEqual(["for=10.1.1.1"]);
  });
});

describe("what the caller gets", () => {
  it("keeps everything else in order, line by line", () => {
    const headers = [
      "Date",
      "Thu, 15 Jan 2026 12:00:00 GMT",
      "Set-Cookie",
      "a=1",
      "Content-Length",
      "5",
      "via",
      "1.1 google",
      "Set-Cookie",
      "b=2",
      "Warning",
      '100 CREST "x"',
      "ETag",
      'W/"1"',
      "X-ForgeRock-TransactionId",
      "t",
    ];
    expect(passed(headers)).toEqual(headers);
  });

  it.each(["Proxy-Status", "proxy-status", "X-Gateway-Attempts", "x-gateway-anything"])(
    "has no %s that the gateway did not write",
    (name) => {
      expect(passed([name, "x", "Date", "y"])).toEqual(["Date", "y"]);
    },
  );

  it.each(["a\rb", "a\nb", "a\r\nSet-Cookie: x=y", "a\0b", "a\u001bb", "a\u007fb", "a\u20acb"])(
    "has no value that could end its line: %j",
    (value) => {
      expect(passed(["X-A", value, "X-B", "tab\tand \u00e9"])).toEqual(["X-B", "tab\tand \u00e9"]);
    },
  );
});

describe("the edits of an answer", () => {
  const edits = fieldEdits<string>({
    "content-length": "drop",
    location: (value, origin) => value.replace("http://tenant", origin),
    "x-gateway-attempts": (value) => value,
    "proxy-status": (value) => value,
  });
  const edited = (headers: HeaderList): string[] => responseHeadersToPass(headers, edits, "http://here");

  it("drop and rewrite fields of any case, line by line and in their place", () => {
    expect(
      edited(["Content-LENGTH", "3", "LOCATION", "http://tenant/a", "ETag", '"1"', "location", "/b"]),
    ).toEqual(["LOCATION", "http://here/a", "ETag", '"1"', "location", "/b"]);
  });

  it("cannot let through what only the gateway may say, nor what belongs to a connection", () => {
    expect(edited(["X-Gateway-Attempts", "9", "Proxy-Status", "x", "Connection", "close"])).toEqual([]);
  });

  it("are not asked about a value that could end its line", () => {
    expect(edited(["Location", "http://tenant/\r\nX-Injected: 1"])).toEqual([]);
  });
});

describe("the laws of forwarding", () => {
  const name = fc.oneof(
    fc.constantFrom(
      ...HOP_BY_HOP,
      "Host",
      "host",
      "Content-Length",
      "Cookie",
      "X-A",
      "x-a",
      "X-B",
      "Forwarded",
      "Via",
    ),
    fc.string(),
  );
  const value = fc.oneof(fc.constantFrom("x-a", "close, X-B", "host, cookie", "1"), fc.string());
  const list = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((lines) => lines.flat());
  const options = fc.record({
    forwarded: fc.constantFrom("none" as const, "append" as const),
    callerAddress: fc.option(fc.ipV6(), { nil: undefined }),
    host: fc.constant("tenant.example.com"),
    httpVersion: fc.constantFrom("1.0", "1.1"),
  });

  const hopByHop = new Set(HOP_BY_HOP.map((each) => each.toLowerCase()));

  it("no field of a connection, exactly one Host, nothing that could end a line", () => {
    fc.assert(
      fc.property(list, options, (headers, how) => {
        const out = requestHeadersToSend(headers, how);
        const names = [...headerPairs(out)].map(([each]) => each.toLowerCase());
        expect(names.filter((each) => hopByHop.has(each))).toEqual([]);
        expect(headerLines(out, "host")).toEqual(["tenant.example.com"]);
        expect(names).not.toContain("content-length");
        for (const part of out) expect(part).not.toMatch(/[\r\n\0]/);
      }),
    );
  });

  it("the lines of a field are a subsequence of the caller's, in their order", () => {
    fc.assert(
      fc.property(list, (headers) => {
        for (const out of [sent(headers), passed(headers)]) {
          for (const each of ["cookie", "x-a", "x-b"]) {
            const given = headerLines(headers, each);
            const kept = headerLines(out, each);
            const legal = given.filter((line) => /^[\t\x20-\x7e\x80-\xff]*$/.test(line));
            expect([[], legal]).toContainEqual(kept);
          }
        }
      }),
    );
  });

  it("what was passed on once passes again unchanged", () => {
    fc.assert(
      fc.property(list, (headers) => {
        const once = passed(headers);
        expect(passed(once)).toEqual(once);
      }),
    );
  });
});
