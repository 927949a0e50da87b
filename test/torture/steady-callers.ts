/** Callers that ask one request after the other until they are told to stop, and what became of those. */
import http from "node:http";

export type Tally = {
  /** By status, or "no answer". */
  readonly counts: ReadonlyMap<string, number>;
  /** What got none, or not all of one. */
  readonly unanswered: readonly Ask[];
  readonly total: () => number;
  /** Until so many more have ended. */
  readonly more: (count: number) => Promise<void>;
  /** Until every caller has ended. */
  readonly stop: () => Promise<void>;
};

export type Ask = { readonly method: string; readonly path: string; readonly body?: string };

/** `next` says what the caller asks; the connections are kept. */
export function callers(base: string, count: number, next: (index: number) => Ask): Tally {
  const { hostname, port } = new URL(base);
  const agent = new http.Agent({ keepAlive: true, maxSockets: count });
  const counts = new Map<string, number>();
  let total = 0;
  let stopped = false;
  let waiting: { readonly at: number; readonly resolve: () => void }[] = [];
  const unanswered: Ask[] = [];
  const tell = (word: string): void => {
    counts.set(word, (counts.get(word) ?? 0) + 1);
    total++;
    for (const each of waiting) if (total >= each.at) each.resolve();
    waiting = waiting.filter(({ at }) => total < at);
  };
  const once = (asked: Ask): Promise<void> =>
    new Promise((resolve) => {
      const { method, path, body } = asked;
      const none = (): void => {
        unanswered.push(asked);
        tell("no answer");
      };
      const json = { "content-type": "application/json", "content-length": String(body?.length ?? 0) };
      let answered = false;
      const request = http.request(
        { hostname, port, method, path, agent, headers: body === undefined ? {} : json },
        (response) => {
          answered = true;
          response.on("error", () => {});
          response.on("close", () => {
            if (response.complete) tell(String(response.statusCode));
            else none();
            resolve();
          });
          response.resume();
        },
      );
      request.on("error", () => {
        if (answered) return;
        none();
        setTimeout(resolve, AGAIN_MS);
      });
      request.end(body);
    });
  let index = 0;
  const caller = async (): Promise<void> => {
    while (!stopped) await once(next(index++));
  };
  const all = Promise.all(Array.from({ length: count }, caller));
  return {
    counts,
    unanswered,
    total: () => total,
    more: (wanted) => new Promise((resolve) => waiting.push({ at: total + wanted, resolve })),
    async stop() {
      stopped = true;
      await all;
      agent.destroy();
    },
  };
}

/** Who is turned away does not knock again at once. */
const AGAIN_MS = 5;

export function written(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([word, count]) => `${count} × ${word}`).join(", ");
}
