import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excerpt } from "../../src/problem/excerpt.ts";

describe("the text of a page", () => {
  it.each([
    ["<title>403</title>403 Forbidden", "403 403 Forbidden"],
    [
      "<h1>Sorry</h1><p>Try&nbsp;again &amp; again,\n\n &quot;later&quot;</p>",
      'Sorry Try again & again, "later"',
    ],
    ["<p>a<br>b<br/>c", "a b c"],
    ["a<script>alert('<p>')</script>b<STYLE>p { x: y }</STYLE >c", "a b"],
    ["a<script>never closed", "a"],
    ["a<!-- <p>secret</p> -->b", "a b"],
    ["a<!-- never closed", "a"],
    ["a <b class=x", "a"],
    ["&lt;b&gt; &#39;x&#39; &#x41; &unknown; &#9999999;", "<b> 'x' A &unknown; &#9999999;"],
    ["<p></p>", ""],
  ])("%s", (page, text) => {
    expect(excerpt(page, true)).toBe(text);
  });

  it("is found in XML by how it begins", () => {
    expect(excerpt('<?xml version="1.0"?><Error><Code>Denied</Code></Error>', false)).toBe("Denied");
    expect(excerpt("List<String> is <empty>", false)).toBe("List<String> is <empty>");
  });
});

describe("a stack trace", () => {
  it("of Java loses its frames and its causes", () => {
    const trace = [
      "java.lang.IllegalStateException: the pool is shut down",
      "\tat org.example.idm.Pool.take(Pool.java:42)",
      "\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(Unknown Source)",
      "\tat app//org.example.Main$1.<init>(Main.java)",
      "\tat org.example.Native.call(Native Method)",
      "Caused by: java.net.ConnectException: secret-db refused",
      "\tat org.example.Db.open(Db.java:7)",
      "\t... 12 more",
    ].join("\r\n");
    expect(excerpt(trace, false)).toBe("java.lang.IllegalStateException: the pool is shut down");
    expect(excerpt(`<pre>${trace}</pre>`, true)).toBe(
      "java.lang.IllegalStateException: the pool is shut down",
    );
  });

  it("of Java on one line too", () => {
    const folded = "X: boom at a.b.C.d(C.java:1) at a.b.C.e(C.java:2) and then nothing";
    expect(excerpt(folded, false)).toBe("X: boom and then nothing");
  });

  it("of JavaScript loses its frames", () => {
    const page =
      "<pre>TypeError: Cannot read properties of undefined<br> &nbsp; &nbsp;at Object.&lt;anonymous&gt; (/srv/app/x.js:10:5)" +
      "<br> &nbsp; &nbsp;at async run (node:internal/x:1:2)<br> &nbsp; &nbsp;at /srv/app/y.js:3:4<br> &nbsp; &nbsp;at new Foo (file:///srv/z.js:5:6)" +
      "<br> &nbsp; &nbsp;at Array.map (&lt;anonymous&gt;)</pre>";
    expect(excerpt(page, true)).toBe("TypeError: Cannot read properties of undefined");
  });

  it("is not every sentence with an at in it", () => {
    const prose = "Look at the logs (or ask) at 10:30, at least once";
    expect(excerpt(prose, false)).toBe(prose);
  });
});

describe("what is nobody's business", () => {
  it.each([
    ["No route to 10.0.0.5:8080 today", "No route to [address] today"],
    ["No route to idm/10.0.0.5.", "No route to idm/[address]."],
    ["No route to [fd00::12:7]:80", "No route to [[address]]:80"],
    ["No route to fe80:0:0:0:1:2:3:4 today", "No route to [address] today"],
    ["ask am-0.am.svc.cluster.local:8080 first", "ask [host] first"],
    ["ask vault.internal, please", "ask [host], please"],
    ["ask idm-0:8080 first", "ask [host] first"],
    ["ask localhost first", "ask [host] first"],
    ["ask localhost:9000 first", "ask [host] first"],
    ["see https://admin:pw@ds.corp.example:1636/x?token=abc#y.", "see https://[host]/x"],
    ["Apache/2.4 Server at idm-0 Port 80", "Apache/2.4 Server at [host]"],
    ["Authorization: Bearer abcdef.ghijkl-mno", "Authorization: Bearer [secret]"],
    ["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln is bad", "token [secret] is bad"],
  ])("%s", (text, shown) => {
    expect(excerpt(text, false)).toBe(shown);
  });

  it.each([
    "Error 404: version 1.2.3 at 12:30:45",
    "code:500",
    "Object not found with ID: 12",
    "org.example.Thing",
  ])("%s may be seen", (text) => {
    expect(excerpt(text, false)).toBe(text);
  });
});

describe("the length of an excerpt", () => {
  it("is at most 200, and shows that something is missing", () => {
    expect(excerpt("x".repeat(200), false)).toBe("x".repeat(200));
    expect(excerpt("x".repeat(201), false)).toBe(`${"x".repeat(199)}…`);
  });

  it("does not cut a character in half", () => {
    expect(excerpt(`${"x".repeat(198)}😀😀`, false)).toBe(`${"x".repeat(198)}…`);
  });

  it("holds for any text, on one line and without control characters", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600, unit: "binary" }), fc.boolean(), (text, isPage) => {
        const shown = excerpt(text, isPage);
        expect(shown.length).toBeLessThanOrEqual(200);
        expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(shown).toBe(shown.trim());
      }),
    );
  });

  // Each would take minutes if any rule looked at every part of the text for every other part.
  it.each([
    "<",
    "<script",
    "<!--",
    "at ",
    "at a(",
    "at a.b(",
    "eyJaaaaaa-",
    "a.",
    "a-",
    "1.",
    "::",
    "a:",
    "://",
    "&#",
  ])("takes no long time for a megabyte of %j", (piece) => {
    expect(excerpt(piece.repeat(1_000_000 / piece.length), true).length).toBeLessThanOrEqual(200);
  });
});
