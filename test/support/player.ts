/** An upstream that gives every request the one answer it is told to give, and keeps what it was asked. */
import http, { type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Exchange, RECORDED_ORIGIN } from "./corpus.ts";

export type Seen = {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
};

export type Player = {
  readonly url: string;
  /** From now on every answer is this exchange's. */
  play(exchange: Exchange): void;
  /** What was asked since `play`. */
  readonly seen: readonly Seen[];
  /** The header lines that it sends for an exchange, its own authority where the recorded tenant's stood. */
  headersOf(exchange: Exchange): string[];
  close(): Promise<void>;
};

export async function startPlayer(): Promise<Player> {
  let playing: Exchange | undefined;
  const seen: Seen[] = [];
  const server: Server = http.createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { method = "", url: target = "", rawHeaders } = request;
      seen.push({ method, target, rawHeaders, body: Buffer.concat(pieces) });
      if (!playing) throw new Error("a request before there is an answer");
      response.sendDate = false;
      response.writeHead(playing.status, playing.statusText, headersOf(playing));
      response.end(playing.responseBody);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const headersOf = ({ responseHeaders }: Exchange): string[] =>
    responseHeaders.map((text, i) =>
      responseHeaders[i - 1] === "location" ? text.replace(RECORDED_ORIGIN, url) : text,
    );
  return {
    url,
    play(exchange) {
      playing = exchange;
      seen.length = 0;
    },
    seen,
    headersOf,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
