/** Undoes a content coding, within a limit: a small compressed body can be a very large one. */
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/** At most this much comes out of a decoder: a thousandfold bomb costs a fraction of a millisecond. */
export const DECODED_LIMIT_BYTES = 256 * 1024;

/**
 * The decoded bytes; undefined when the coding is unknown, the data is not what it says, or more than
 * `DECODED_LIMIT_BYTES` would come out. Codings undo in reverse order (RFC 9110 section 8.4); more than two are not.
 */
export function decodeBody(bytes: Buffer, contentEncoding: string | undefined): Buffer | undefined {
  const codings = (contentEncoding ?? "")
    .toLowerCase()
    .split(",")
    .map((each) => each.trim());
  const applied = codings.filter((coding) => coding !== "" && coding !== "identity").reverse();
  if (applied.length > 2) return undefined;
  let decoded = bytes;
  for (const coding of applied) {
    const decode = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
    if (!decode) return undefined;
    try {
      decoded = decode(decoded, { maxOutputLength: DECODED_LIMIT_BYTES });
    } catch {
      return undefined;
    }
  }
  return decoded;
}
