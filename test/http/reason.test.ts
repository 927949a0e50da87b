import { describe, expect, it } from "vitest";
import { reasonPhrase, statusPhrase } from "../../src/http/reason.ts";

describe("the words of a status", () => {
  it.each([
    [400, "Bad Request", "Bad Request"],
    [401, "Unauthorized", "Unauthorized"],
    [402, "Payment Required", "Payment Required"],
    [403, "Forbidden", "Forbidden"],
    [404, "Not Found", "Not Found"],
    [405, "Method Not Allowed", "Method Not Allowed"],
    [406, "Not Acceptable", "Not Acceptable"],
    [407, "Proxy Authentication Required", "Proxy Authentication Required"],
    [408, "Request Time-out", "Request Timeout"],
    [409, "Conflict", "Conflict"],
    [410, "Gone", "Gone"],
    [411, "Length Required", "Length Required"],
    [412, "Precondition Failed", "Precondition Failed"],
    [413, "Request Entity Too Large", "Content Too Large"],
    [414, "Request-URI Too Large", "URI Too Long"],
    [415, "Unsupported Media Type", "Unsupported Media Type"],
    [416, "Requested range not satisfiable", "Range Not Satisfiable"],
    [417, "Expectation Failed", "Expectation Failed"],
    [422, "Resource Exception", "Unprocessable Content"],
    [423, "Resource Exception", "Locked"],
    [425, "Resource Exception", "Too Early"],
    [428, "Precondition Required", "Precondition Required"],
    [429, "Resource Exception", "Too Many Requests"],
    [431, "Resource Exception", "Request Header Fields Too Large"],
    [499, "Resource Exception", "Client Error"],
    [500, "Internal Server Error", "Internal Server Error"],
    [501, "Not Implemented", "Not Implemented"],
    [502, "Bad Gateway", "Bad Gateway"],
    [503, "Service Unavailable", "Service Unavailable"],
    [504, "Gateway Time-out", "Gateway Timeout"],
    [505, "HTTP Version not supported", "HTTP Version Not Supported"],
    [599, "Resource Exception", "Server Error"],
  ])("%i is %s in CREST and %s in HTTP", (status, crest, http) => {
    expect(reasonPhrase(status)).toBe(crest);
    expect(statusPhrase(status)).toBe(http);
  });
});
