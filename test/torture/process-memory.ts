/** What a running gateway says of itself: numbers of its metrics, and the most memory it had while something went on. */
import { ask } from "../support/gateway.ts";

/** The value of a metric without labels, or the sum over all of its labels. */
export async function metric(admin: string, name: string): Promise<number> {
  const { text } = await ask(admin, "GET", "/metrics");
  const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

export const residentBytes = (admin: string): Promise<number> =>
  metric(admin, "process_resident_memory_bytes");

/** The highest of what was seen while `work` went on, less what was there before. */
export async function growthWhile(admin: string, work: () => Promise<unknown>): Promise<number> {
  const before = await residentBytes(admin);
  let most = before;
  let over = false;
  const watching = (async () => {
    while (!over) {
      most = Math.max(most, await residentBytes(admin));
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  await work();
  over = true;
  await watching;
  return most - before;
}

const LOOK_MS = 100;

export const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
