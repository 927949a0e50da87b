/** An upstream that answers each request when a test says so, and in the order in which it says so. */
import http from "node:http";
import type { AddressInfo } from "node:net";

export type Gated = {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** With 200 and the path as the body. */
  readonly answer: () => void;
};

export type GatedUpstream = {
  readonly url: string;
  /** Whole requests, in the order in which they came. */
  readonly came: Gated[];
  /** Until so many have come. */
  until(count: number): Promise<void>;
  close(): void;
};

export async function startGatedUpstream(): Promise<GatedUpstream> {
  const came: Gated[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const server = http.createServer(async (request, response) => {
    let body = "";
    try {
      for await (const piece of request) body += piece;
    } catch {
      return;
    }
    const { method = "", url: path = "" } = request;
    came.push({ method, path, body, answer: () => void response.end(path) });
    for (const each of waiting) if (came.length >= each.count) each.resolve();
    waiting = waiting.filter(({ count }) => came.length < count);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came,
    until: (count) =>
      came.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    close: () => {
      server.close().closeAllConnections();
    },
  };
}
