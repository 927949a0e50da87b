/** Sends exact bytes and reads what comes back until the other side ends the connection. */
import net from "node:net";
import tls from "node:tls";

export type RawAnswer = {
  readonly bytes: string;
  readonly head: string;
  readonly body: string;
  readonly status: number;
};

/** `more` may be sent later through the socket that `onSocket` gets. Over TLS for `https`, whoever it is that answers. */
export function rawRequest(
  base: string,
  bytes: string,
  onSocket?: (socket: net.Socket) => void,
): Promise<RawAnswer> {
  const { protocol, hostname: host, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const at = { host, port: Number(port) };
    const socket =
      protocol === "https:" ? tls.connect({ ...at, rejectUnauthorized: false }) : net.connect(at);
    const pieces: Buffer[] = [];
    socket.on("error", reject);
    socket.on("data", (piece) => pieces.push(piece));
    socket.on("close", () => {
      const all = Buffer.concat(pieces).toString("latin1");
      const end = all.indexOf("\r\n\r\n");
      resolve({
        bytes: all,
        head: all.slice(0, end),
        body: all.slice(end + 4),
        status: Number(/^HTTP\/1\.1 (\d+)/.exec(all)?.[1] ?? 0),
      });
    });
    socket.write(bytes, "latin1");
    onSocket?.(socket);
  });
}
