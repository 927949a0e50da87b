/**
 * An address at which connections are neither made nor refused: a listener that has been stopped, with its backlog full,
 * so that the kernel drops whoever knocks.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";

const LISTENER = `
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port));
`;

/** More than a backlog of one takes: those that do not fit stay in front of it. */
const KNOCKING = 5;

export type BlackHole = { readonly url: string; close(): void };

export async function startBlackHole(): Promise<BlackHole> {
  const child = spawn(process.execPath, ["-e", LISTENER], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  child.kill("SIGSTOP");
  await untilStopped(child);
  const sockets = Array.from({ length: KNOCKING }, () =>
    net.connect(port, "127.0.0.1").on("error", () => {}),
  );
  await Promise.any(sockets.map((socket) => once(socket, "connect")));
  await new Promise((resolve) => setImmediate(resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      child.kill("SIGKILL");
    },
  };
}

/** A signal to stop takes its time. */
async function untilStopped({ pid }: ChildProcess): Promise<void> {
  const state = (): string | undefined => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  while (state() !== "T") await new Promise((resolve) => setImmediate(resolve));
}
