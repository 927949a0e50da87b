/**
 * A way to know that what was written on this machine has arrived: who sends a byte to himself behind it, and gets it back,
 * has waited until the kernel came round to both, however busy it is.
 */
import net, { type AddressInfo, type Socket } from "node:net";

export type Loopback = {
  /** Until a byte has gone through the kernel. */
  round(): Promise<void>;
  close(): void;
};

export async function openLoopback(): Promise<Loopback> {
  const server = net.createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const socket = await new Promise<Socket>((resolve, reject) => {
    const connecting = net.connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(connecting));
    connecting.on("error", reject);
  });
  const waiting: (() => void)[] = [];
  socket.on("data", ({ length }) => {
    for (const arrived of waiting.splice(0, length)) arrived();
  });
  return {
    round: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.write("x");
      }),
    close: () => {
      socket.destroy();
      server.close();
    },
  };
}
