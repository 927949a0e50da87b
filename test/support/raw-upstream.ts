/** An upstream that speaks bytes: it records what arrives and answers exactly what a test says. */
import net, { type AddressInfo, type Socket } from "node:net";

export type RawUpstream = {
  readonly url: string;
  /** The bytes of each connection, in the order in which they were opened. */
  readonly received: string[];
  /** Until the bytes of all connections together contain `text`. */
  until(text: string): Promise<void>;
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
};

/** `onData` is called with each connection's bytes so far, whenever more arrive. */
export async function startRawUpstream(
  onData: (socket: Socket, soFar: string, connection: number) => void,
): Promise<RawUpstream> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  let waiting: { text: string; resolve: () => void }[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const connection = received.push("") - 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("end", () => socket.end());
    socket.on("data", (piece) => {
      received[connection] += piece.toString("latin1");
      const all = received.join("");
      for (const each of waiting) if (all.includes(each.text)) each.resolve();
      waiting = waiting.filter((each) => !all.includes(each.text));
      onData(socket, received[connection] ?? "", connection);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    sockets,
    until: (text) =>
      received.join("").includes(text)
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ text, resolve })),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A whole plain answer. */
export function plainAnswer(status: number, body: string, headers = ""): string {
  return `HTTP/1.1 ${status} Whatever\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}
