import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DECODED_LIMIT_BYTES, decodeBody } from "../../src/upstream/decode.ts";

const text = Buffer.from('{"code":503}');

describe("decodeBody", () => {
  it.each([
    ["no coding", undefined, text],
    ["identity", "identity", text],
    ["gzip", "gzip", gzipSync(text)],
    ["x-gzip in capitals", "X-GZIP", gzipSync(text)],
    ["deflate", "deflate", deflateSync(text)],
    ["br", "br", brotliCompressSync(text)],
    ["zstd", "zstd", zstdCompressSync(text)],
    ["two codings, undone in reverse", "gzip, br", brotliCompressSync(gzipSync(text))],
  ])("undoes %s", (_name, coding, bytes) => {
    expect(decodeBody(bytes, coding)).toEqual(text);
  });

  it.each([
    ["an unknown coding", "rot13", text],
    ["a name that every object has", "constructor", text],
    ["data that is not what it says", "gzip", text],
    ["a cut stream", "gzip", gzipSync(text).subarray(0, 15)],
    ["a bomb", "gzip", gzipSync(Buffer.alloc(DECODED_LIMIT_BYTES + 1))],
    ["three codings", "gzip, gzip, gzip", gzipSync(gzipSync(gzipSync(text)))],
  ])("gives up on %s", (_name, coding, bytes) => {
    expect(decodeBody(bytes, coding)).toBeUndefined();
  });

  it("decodes up to its limit", () => {
    expect(decodeBody(gzipSync(Buffer.alloc(DECODED_LIMIT_BYTES)), "gzip")).toHaveLength(DECODED_LIMIT_BYTES);
  });
});
