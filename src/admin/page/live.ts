/**
 * News of the gateway: one event each second. It decides when the gateway counts as gone, and asks in another way when
 * there is no place to watch from. What the news say is not its business.
 */
import type { Status } from "../status.ts";

/** How long after an answer that is no stream the next attempt is made. */
const PAUSE_MS = 3000;

/** News that are asked for come further apart than those that are sent; after twice that something is wrong. */
const SILENT_MS = 2 * PAUSE_MS;

const ANSWER_LIMIT_MS = 5000;

export type Told = {
  readonly news: (status: Status) => void;
  /** Whenever it becomes silent, or silent for another reason. */
  readonly silence: (why: string) => void;
};

export function follow({ news, silence }: Told): void {
  let heardAt = performance.now();
  let silentFor: string | undefined;

  const hear = (status: Status): void => {
    heardAt = performance.now();
    silentFor = undefined;
    news(status);
  };

  const miss = (why: string): void => {
    if (why === silentFor) return;
    silentFor = why;
    silence(why);
  };

  const listen = (): void => {
    const source = new EventSource("status/events");
    source.onmessage = ({ data }: MessageEvent<string>) => hear(JSON.parse(data));
    source.onerror = () => {
      // The browser comes back by itself, unless what it was told is no stream.
      if (source.readyState === EventSource.CLOSED) void ask();
      else miss("the connection ended");
    };
  };

  const ask = async (): Promise<void> => {
    try {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
      const answer = await fetch("status.json", { cache: "no-store", signal });
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
      hear(await answer.json());
    } catch (error) {
      miss(error instanceof Error ? error.message : String(error));
    }
    setTimeout(listen, PAUSE_MS);
  };

  listen();
  setInterval(() => {
    if (silentFor === undefined && performance.now() - heardAt > SILENT_MS) miss("it says nothing");
  }, 1000);
}
