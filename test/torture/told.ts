/** What a caller was told: all of an answer, part of one, or nothing. */
import http from "node:http";
import type { Clock } from "../../src/clock.ts";
import type { Request } from "./kinds.ts";

export type Told = {
  /** 0 when not even a head came. */
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Whether it came to an end that its framing calls one. */
  readonly whole: boolean;
  readonly elapsedMs: number;
};

export type Asking = {
  readonly told: Promise<Told>;
  /** Goes up with all that comes. */
  readonly moves: () => number;
  readonly leave: (how: "by reset" | "by closing") => void;
};

/** Nobody reads on for ever: after so much of an answer its caller leaves. */
const ENOUGH_BYTES = 8 * 1024 * 1024;

/** Asks on a connection of its own; never rejects. */
export function asking(
  base: string,
  { method, path, headers, body }: Request,
  clock: Pick<Clock, "now">,
): Asking {
  const { hostname, port } = new URL(base);
  const startedAt = clock.now();
  let moves = 0;
  const request = http.request({
    host: hostname,
    port,
    method,
    path,
    headers,
    agent: false,
    maxHeaderSize: 1024 * 1024,
  });
  const told = new Promise<Told>((resolve) => {
    let came: http.IncomingMessage | undefined;
    const pieces: Buffer[] = [];
    const finish = (whole: boolean): void => {
      const { statusCode: status = 0, headers: fields = {} } = came ?? {};
      const text = Buffer.concat(pieces).toString("utf8");
      resolve({ status, headers: fields, body: text, whole, elapsedMs: clock.now() - startedAt });
    };
    request.on("response", (response) => {
      came = response;
      let bytes = 0;
      response.on("data", (piece: Buffer) => {
        moves++;
        pieces.push(piece);
        bytes += piece.length;
        if (bytes > ENOUGH_BYTES) request.destroy();
      });
      response.on("error", () => {});
      response.on("close", () => finish(response.complete));
    });
    // An upload that is answered early cannot be finished; its answer counts all the same.
    request.on("error", () => came ?? finish(false));
    request.on("close", () => came ?? finish(false));
  });
  request.end(body);
  const leave: Asking["leave"] = (how) => {
    if (how === "by reset") request.socket?.resetAndDestroy();
    request.destroy();
  };
  return { told, moves: () => moves, leave };
}
