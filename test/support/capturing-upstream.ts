/**
 * An upstream that reads bytes by a parser of its own, as RFC 9112 has it and no laxer, and writes down every request that
 * it finds in them. What reads wrongly is written down as garbage. It answers each request with 200 and its target.
 */
import net, { type AddressInfo, type Socket } from "node:net";

export type Captured = {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: string;
  /** Names in lower case; all lines. */
  field(name: string): readonly string[];
};

export type CapturingUpstream = {
  readonly url: string;
  readonly seen: Captured[];
  close(): Promise<void>;
};

const GARBAGE = "GARBAGE";
const HEAD_END = "\r\n\r\n";

export async function startCapturingUpstream(): Promise<CapturingUpstream> {
  const seen: Captured[] = [];
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    let bytes = "";
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.on("data", (piece) => {
      bytes += piece.toString("latin1");
      for (let read = readOne(bytes); read; read = readOne(bytes)) {
        bytes = bytes.slice(read.length);
        seen.push(read.request);
        const body = read.request.line;
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
        socket.write(read.request.line.startsWith("HEAD ") ? "" : body);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

type ReadRequest = { readonly request: Captured; readonly length: number };

function readOne(bytes: string): ReadRequest | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const [line = "", ...lines] = bytes.slice(0, end).split("\r\n");
  const fields = lines.map((each) => /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(each));
  const isGood =
    /^[A-Z]+ [\x21-\x7e\x80-\xff]+ HTTP\/1\.1$/.test(line) && fields.every((each) => each !== null);
  const field = (name: string): string[] =>
    fields.filter((each) => each?.[1]?.toLowerCase() === name).map((each) => each?.[2] ?? "");
  const body = bodyAt(bytes, end + HEAD_END.length, field("content-length"), field("transfer-encoding"));
  if (body === undefined) return undefined;
  const whole = { line: isGood && body !== GARBAGE ? line : `${GARBAGE}: ${line}`, headers: lines, field };
  if (body === GARBAGE) return { request: { ...whole, body: "" }, length: bytes.length };
  return { request: { ...whole, body: body.text }, length: body.end };
}

/** Undefined while it has not come whole. */
function bodyAt(
  bytes: string,
  start: number,
  lengths: readonly string[],
  codings: readonly string[],
): { readonly text: string; readonly end: number } | typeof GARBAGE | undefined {
  if (codings.length > 0)
    return lengths.length > 0 || codings.join() !== "chunked" ? GARBAGE : chunks(bytes, start);
  if (lengths.length === 0) return { text: "", end: start };
  if (lengths.length > 1 || !/^\d+$/.test(lengths[0] ?? "")) return GARBAGE;
  const end = start + Number(lengths[0]);
  return bytes.length < end ? undefined : { text: bytes.slice(start, end), end };
}

function chunks(
  bytes: string,
  start: number,
): { readonly text: string; readonly end: number } | typeof GARBAGE | undefined {
  let text = "";
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = bytes.slice(at, lineEnd);
    if (!/^[\da-f]+$/i.test(size)) return GARBAGE;
    const from = lineEnd + 2;
    const to = from + Number.parseInt(size, 16);
    if (bytes.length < to + 2) return undefined;
    if (bytes.slice(to, to + 2) !== "\r\n") return GARBAGE;
    if (to === from) return { text, end: to + 2 };
    text += bytes.slice(from, to);
    at = to + 2;
  }
}
