import { describe, expect, it } from "vitest";
import { readErrorBody } from "../../src/problem/read.ts";

const JSON_TYPE = "application/json;charset=UTF-8";

function read(status: number, contentType: string | undefined, body: string | Buffer) {
  return readErrorBody({ status, contentType, bytes: Buffer.from(body as string) });
}

describe("how an error body speaks", () => {
  it.each([
    { body: '{"code":404,"reason":"Not Found","message":"m"}', format: "crest" },
    { body: '{"code":404,"message":"m"}', format: "crest" },
    { body: '{"code":404,"reason":"Not Found"}', format: "crest" },
    { body: '{"code":606,"message":"m"}', format: "crest" },
    { body: '{"code":404}', format: "json" },
    { body: '{"code":"404","reason":"Not Found","message":"m"}', format: "json" },
    { body: '{"code":404.5,"message":"m"}', format: "json" },
    { body: '{"code":404,"reason":"Not Found","message":{"en":"m"}}', format: "json" },
    { body: '{"code":404,"reason":7,"message":"m"}', format: "json" },
    { body: '{"message":"m"}', format: "json" },
    { body: '{"error":"invalid_scope","error_description":"d"}', format: "oauth2" },
    { body: '{"error":"invalid_scope"}', format: "oauth2" },
    { body: '{"timestamp":1,"status":404,"error":"Not Found","path":"/x"}', format: "json" },
    { body: '{"error":{"code":404,"message":"m"}}', format: "json" },
    { body: "[]", format: "json" },
    { body: "null", format: "json" },
    { body: '"gone"', format: "json" },
    { body: "404", format: "json" },
    { body: '{"code":404,"reason":"Not Fo', format: "text" },
    { body: '{"code":404,}', format: "text" },
    { body: "not json", format: "text" },
    { body: "", format: "empty" },
    { body: " \r\n", format: "empty" },
    { body: "\u0000\u0001", format: "binary" },
  ])("JSON type, $body: $format", ({ body, format }) => {
    expect(read(404, JSON_TYPE, body).format).toBe(format);
  });

  it.each([
    { type: "text/html", body: "<!doctype html><p>Not here", format: "html" },
    { type: "text/html", body: " \n<HTML><body>x</body></HTML>", format: "html" },
    { type: "text/html", body: "Not <b>here</b>", format: "html" },
    { type: "text/html", body: "Object not found with ID: 1", format: "text" },
    { type: "text/html", body: "2 < 3", format: "text" },
    { type: "text/html", body: '{"message":"m"}', format: "json" },
    { type: "text/plain", body: "<!DOCTYPE html><title>502</title>", format: "html" },
    { type: "text/plain", body: "Use <name> here", format: "text" },
    { type: "text/plain", body: '{"code":404,"reason":"Not Found","message":"m"}', format: "crest" },
    { type: "text/plain", body: "404", format: "text" },
    { type: "text/plain", body: "null", format: "text" },
    { type: "text/plain", body: '"gone"', format: "text" },
    { type: "application/xml", body: '<?xml version="1.0"?><Error/>', format: "text" },
    { type: "application/xhtml+xml", body: '<?xml version="1.0"?><html/>', format: "html" },
    { type: undefined, body: "<html>x</html>", format: "html" },
    { type: undefined, body: '{"message":"m"}', format: "json" },
    { type: undefined, body: "sorry", format: "text" },
    { type: undefined, body: "", format: "empty" },
    { type: "application/octet-stream", body: "sorry", format: "text" },
    { type: "application/octet-stream", body: "a\u0000b", format: "binary" },
    { type: "text/html", body: "<p>\u0000\u0001", format: "binary" },
  ])("$type, $body: $format", ({ type, body, format }) => {
    expect(read(404, type, body).format).toBe(format);
  });

  it("bytes that are no text are binary where nothing promises text", () => {
    const bytes = Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x41]);
    expect(read(500, "image/png", bytes).format).toBe("binary");
    expect(read(500, "text/plain", bytes).format).toBe("text");
  });

  it("reads the charset of the label, and UTF-8 when nobody knows it", () => {
    expect(read(500, "text/plain; charset=iso-8859-1", Buffer.from("caf\u00e9", "latin1")).text).toBe("café");
    expect(read(500, "text/plain; charset=klingon", "café").text).toBe("café");
    expect(
      read(500, "application/json; charset=utf-16le", Buffer.from('{"message":"é"}', "utf16le")).message,
    ).toBe("é");
    expect(read(500, JSON_TYPE, '\uFEFF{"message":"m"}').message).toBe("m");
  });
});

describe("a well-formed CREST body", () => {
  it.each([
    ['{"code":404,"reason":"Not Found","message":"m"}', true],
    ['{"message":"","reason":"Not Found","code":404}', true],
    ['{"code":404,"reason":"Whatever","message":"m","detail":"text","x":1}', true],
    ['{"code":404.0,"reason":"Not Found","message":"m"}', true],
    ['{"code":500,"reason":"Not Found","message":"m"}', false],
    ['{"code":404,"reason":null,"message":"m"}', false],
    ['{"code":404,"message":"m"}', false],
    ['{"code":404,"reason":"Not Found"}', false],
    ['{"code":404,"reason":"Not Found","message":["m"]}', false],
    ['[{"code":404,"reason":"Not Found","message":"m"}]', false],
  ])("%s: %s", (body, expected) => {
    expect(read(404, JSON_TYPE, body).wellFormedCrest).toBe(expected);
  });
});

describe("the body's own words and code", () => {
  it.each([
    ['{"code":400,"message":"Entry &#39;x&#39;"}', "Entry &#39;x&#39;", undefined],
    ['{"code":606,"message":"m"}', "m", 606],
    ['{"code":400,"reason":"Bad Request"}', "Bad Request", undefined],
    ['{"code":400,"reason":"Bad Request","cause":{"message":"inner"}}', "inner", undefined],
    ['{"error":"invalid_scope","error_description":"d"}', "d", undefined],
    ['{"error":"invalid_scope"}', "invalid_scope", undefined],
    ['{"error":{"code":7,"message":"m"}}', "m", undefined],
    ['{"errorMessage":"Login failed","failureUrl":"/x"}', "Login failed", undefined],
    ['{"type":"about:blank","title":"t","detail":"d"}', "d", undefined],
    ['{"title":"t"}', "t", undefined],
    ['{"schemas":["x"],"status":"404","detail":"d"}', "d", undefined],
    ['{"message":"","error":"e"}', "e", undefined],
    ['{"code":7}', undefined, 7],
    ['{"reason":"not CREST"}', undefined, undefined],
    ['"gone"', "gone", undefined],
    ["[1]", undefined, undefined],
  ])("%s", (body, message, innerCode) => {
    expect(read(400, JSON_TYPE, body)).toMatchObject({ message, innerCode });
  });

  it.each([
    'Exception: {"code":409,"reason":"Conflict","message":"running"} ',
    'java.lang.RuntimeException: {"code":409,"reason":"Conflict","message":"running"}\n',
    'Error: {"code":409,\n"reason":"Conflict","message":"running"}',
  ])("are found inside %j", (body) => {
    const json = { code: 409, reason: "Conflict", message: "running" };
    expect(read(500, "text/plain", body)).toMatchObject({
      format: "text",
      message: "running",
      innerCode: 409,
      json,
    });
  });

  it.each(["Exception: {oops}", "Exception: {}", "Exception: 7", 'Not that: {"code":409,"message":"m"}'])(
    "are not made up from %j",
    (body) => {
      const none = { format: "text", message: undefined, innerCode: undefined, json: undefined };
      expect(read(500, "text/plain", body)).toMatchObject(none);
    },
  );
});
