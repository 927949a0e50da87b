/** Times and numbers as people read them, in a terminal and in a browser: it reads no clock. */

export function duration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

/** What remains of a wait: never less than it is. */
export function inSeconds(ms: number): string {
  return `${Math.max(0, Math.ceil(ms / 1000))} s`;
}

export function inMs(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms >= 10 ? Math.round(ms) : Math.round(ms * 10) / 10} ms`;
}

export function count(number: number): string {
  return number.toLocaleString("en");
}

export function counted(number: number, noun: string): string {
  return `${number === 0 ? "no" : count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function clockTime(date: Date): string {
  return date.toLocaleTimeString("en-GB");
}

/** The time by the reader's clock; with its date when that is not `now`'s. */
export function when(iso: string, now: Date): string {
  const then = new Date(iso);
  if (then.toDateString() === now.toDateString()) return clockTime(then);
  return `${then.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${clockTime(then)}`;
}
