/** Fields as no honest sender writes them, for laws: odd cases, repeated lines, lists in Connection, illegal values. */
import fc from "fast-check";

const NAMES = [
  ..."Connection Keep-Alive Proxy-Connection Proxy-Authorization Transfer-Encoding TE Trailer Upgrade Expect".split(
    " ",
  ),
  ..."Host Content-Length Content-Type Content-Encoding Cookie Authorization Accept If-Match Via Close".split(
    " ",
  ),
  ..."Forwarded X-Real-IP X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host X-Forwarded-".split(" "),
  ..."X-ForgeRock-TransactionId X-OpenAM-Username X-Hop X-Other X_Other Max-Forwards If-Range".split(" "),
  ..."Content_Length Transfer_Encoding X_Forwarded_For X-Real_IP X_OpenAM_Username Authorization_".split(" "),
  ..."Date ETag Last-Modified Digest Content-MD5 Content-Digest Repr-Digest Accept-Ranges Location Content-Location Set-Cookie Cache-Control".split(
    " ",
  ),
  ..."Retry-After X-RateLimit-Reset X-RateLimit-Remaining Proxy-Status X-Gateway-Attempts X-Gateway- ".split(
    " ",
  ),
];

const cased = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom("as is", "lower", "upper", "odd"))
  .map(([name, how]) => {
    if (how === "lower") return name.toLowerCase();
    if (how === "upper") return name.toUpperCase();
    return how === "odd" ? name.replace(/[a-z]$/i, (last) => last.toUpperCase()) : name;
  });
const name = fc.oneof(
  { weight: 12, arbitrary: cased },
  { weight: 1, arbitrary: fc.constantFrom("", "X Y", "X:Y", "X\r\nY", "caf\u00e9", "\u212a", "__proto__") },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
);

/** What `Connection` may list: fields of the message, in any case, with the empty elements that lists may have. */
const listed = fc
  .array(fc.oneof(cased, fc.constantFrom("close", "keep-alive", "", "x-hop")), { maxLength: 4 })
  .chain((names) => fc.constantFrom(", ", ",", " ,\t").map((comma) => names.join(comma)));

const value = fc.oneof(
  { weight: 4, arbitrary: listed },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      ...[
        "0",
        "5",
        "007",
        "-1",
        "3600",
        "1768478460",
        "close",
        "Close",
        "keep-alive",
        "chunked",
        "*/*",
        "t",
        "t/1",
      ],
      ...[
        "T/1",
        "t/2/3",
        "h2c, WebSocket",
        "websocket",
        "https",
        "HTTPS , http",
        "gateway.example:8080",
        "a b",
      ],
      ...["1.1 crest-gateway", "1.0 a, 1.1 Crest-Gateway (x), 1.1 crest-gateway", "for=1.1.1.1", "1.1.1.1"],
      ...["https://tenant.example/a", "//tenant.example:443/b?c", "https://elsewhere.example/", "/c"],
      ...["Thu, 15 Jan 2026 12:00:30 GMT", "Thu, 15 Jan 2026 12:00:00 GMT", "tab\tcaf\u00e9\u00ff"],
      ...["a\r\nX-Injected: b", "nul\0", "\u20ac", "\u007f", ""],
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 8, unit: "binary" }) },
);

/** A flat list; at times with a name at its end that has no value. */
export const wildFields: fc.Arbitrary<string[]> = fc
  .tuple(fc.array(fc.tuple(name, value), { maxLength: 12 }), fc.boolean())
  .map(([lines, isOdd]) => (isOdd && lines.length > 9 ? [...lines.flat(), "X-Alone"] : lines.flat()));

const range = fc
  .tuple(
    fc.constantFrom(
      "text/html",
      "TEXT/HTML",
      "text/*",
      "*/*",
      "application/json",
      "application/*",
      "text/plain",
      "",
    ),
    fc.constantFrom("", ";q=0.5", "; q=0", ";Q=1.0", ";q=0.501", ";q=high", ";level=1;q=0.2", ";", " "),
  )
  .map((parts) => parts.join(""));
export const wildAccept: fc.Arbitrary<string | undefined> = fc.option(
  fc.array(range, { maxLength: 4 }).map((ranges) => ranges.join(",")),
  { nil: undefined },
);
