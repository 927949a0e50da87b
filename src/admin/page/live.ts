/**
 * News of the gateway: one event each second. It decides when the gateway counts as gone, and asks in another way when
 * there is no place to watch from. What the news say is not its business.
 */
import type { Status } from "../status.ts";

/** Two events may be late; then something is wrong. */
const SILENT_MS = 4000;

/** How long after an answer that is no stream the next attempt is made. */
const PAUSE_MS = 3000;

const ANSWER_LIMIT_MS = 5000;

export type Told = {
  readonly news: (status: Status) => void;
  /** Called again and again as long as it lasts. */
  readonly silence: (why: string) => void;
};

export function follow({ news, silence }: Told): void {
  let heardAt = performance.now();
  const hear = (status: Status): void => {
    heardAt = performance.now();
    news(status);
  };

  const listen = (): void => {
    const source = new EventSource("status/events");
    source.onmessage = ({ data }: MessageEvent<string>) => hear(JSON.parse(data));
    source.onerror = () => {
      silence("the connection ended");
      // The browser comes back by itself, unless what it was told is no stream.
      if (source.readyState === EventSource.CLOSED) void ask();
    };
  };

  const ask = async (): Promise<void> => {
    try {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
      const answer = await fetch("status.json", { cache: "no-store", signal });
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
      hear(await answer.json());
    } catch (error) {
      silence(error instanceof Error ? error.message : String(error));
    }
    setTimeout(listen, PAUSE_MS);
  };

  listen();
  setInterval(() => {
    const silentMs = performance.now() - heardAt;
    if (silentMs > SILENT_MS) silence("it says nothing");
  }, 1000);
}
