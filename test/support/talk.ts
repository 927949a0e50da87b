/** A caller on a bare socket, over TLS for `https`, who keeps his side of the connection open until told otherwise. */
import net, { type Socket } from "node:net";
import tls from "node:tls";

export type Talk = {
  readonly socket: Socket;
  /** All that has come, one character for each byte. */
  heard(): string;
  /** The statuses of all that has come. */
  statuses(): number[];
  /** Until what has come matches. */
  until(pattern: RegExp): Promise<void>;
  /** Until the gateway has ended its side; the error's code when that was not in order. */
  readonly over: Promise<string | undefined>;
};

export function talk(base: string, bytes: string): Talk {
  const { protocol, port, hostname: host } = new URL(base);
  const at = { port: Number(port), host, allowHalfOpen: true };
  const socket = protocol === "https:" ? tls.connect({ ...at, rejectUnauthorized: false }) : net.connect(at);
  let text = "";
  let waiting: { pattern: RegExp; resolve: () => void }[] = [];
  socket.setEncoding("latin1").on("data", (piece: string) => {
    text += piece;
    for (const each of waiting) if (each.pattern.test(text)) each.resolve();
    waiting = waiting.filter((each) => !each.pattern.test(text));
  });
  const over = new Promise<string | undefined>((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.on("end", () => resolve(undefined));
  });
  socket.write(bytes, "latin1");
  return {
    socket,
    heard: () => text,
    statuses: () => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => Number(match[1])),
    until: (pattern) =>
      pattern.test(text) ? Promise.resolve() : new Promise((resolve) => waiting.push({ pattern, resolve })),
    over,
  };
}
