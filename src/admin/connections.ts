/**
 * The bound on the admin listener's connections. It turns nobody away: whoever keeps the most others out has to go, so
 * that a probe always gets through, however many connections stand.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Who can be spared, first to last: between two requests, before a whole head, while an answer goes out. */
const STATES = ["idle", "silent", "answering"] as const;
type State = (typeof STATES)[number];

/** Holds the connections of `server` to `most`: a new one more ends the oldest of those that can best be spared. */
export function boundConnections(server: Server, most: number): void {
  // Oldest first, which is the order in which they came.
  const states = new Map<Socket, State>();
  const endOne = (): void => {
    for (const state of STATES)
      for (const [socket, its] of states)
        if (its === state) {
          states.delete(socket);
          return void socket.destroy();
        }
  };
  server.on("connection", (socket: Socket) => {
    if (states.size >= most) endOne();
    states.set(socket, "silent");
    socket.once("close", () => states.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    const becomes = (state: State): void => {
      if (states.has(socket)) states.set(socket, state);
    };
    becomes("answering");
    response.once("close", () => becomes("idle"));
  });
}
