/**
 * A proxy that knows CONNECT and nothing else, on bare sockets: whatever name it is asked for leads to the one port that it
 * was given. It records what it was asked, and can refuse, fall silent or talk nonsense.
 */
import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";

export type ConnectProxy = {
  /** `127.0.0.1:PORT`. */
  readonly authority: string;
  /** The head of each request that came whole, as it came. */
  readonly asked: string[];
  /** Until so many have come. */
  until(count: number): Promise<void>;
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
};

type Manner = {
  /** What it says instead of making a connection; "" says nothing at all. */
  readonly says?: string;
  /** What it sends behind its 200, before the tenant has said anything. */
  readonly ahead?: string;
  /** Speaks TLS with these. */
  readonly tls?: tls.TlsOptions;
};

/** `port` is where every connection leads that it makes. */
export async function startConnectProxy(port: number, manner: Manner = {}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let waiting: { count: number; resolve: () => void }[] = [];
  const onConnection = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    let head = "";
    const onData = (piece: Buffer): void => {
      head += piece.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", onData);
      asked.push(head.slice(0, end + 4));
      for (const each of waiting) if (asked.length >= each.count) each.resolve();
      waiting = waiting.filter(({ count }) => asked.length < count);
      if (manner.says !== undefined) {
        if (manner.says !== "") socket.end(manner.says);
        return;
      }
      const tenant = net.connect(port, "127.0.0.1");
      sockets.add(tenant);
      tenant.on("error", () => socket.destroy()).on("close", () => sockets.delete(tenant));
      tenant.once("connect", () => {
        socket.write(`HTTP/1.1 200 Connection established\r\n\r\n${manner.ahead ?? ""}`);
        socket.pipe(tenant).pipe(socket);
      });
    };
    socket.on("data", onData);
  };
  const server = manner.tls ? tls.createServer(manner.tls, onConnection) : net.createServer(onConnection);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    until: (count) =>
      asked.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    sockets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
