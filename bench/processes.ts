/**
 * Programs that are measured: started so that they end with us, and what Linux says of them. It does not know what they
 * do.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Linux counts CPU time in hundredths of a second. */
const TICK_US = 10_000;

export type Program = { readonly said: RegExpExecArray; readonly child: ChildProcess };

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** The path of a file beside this one. */
export const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Starts a Node program; resolves when what it writes to stderr matches, and rejects when it ends before. */
export function start(
  args: readonly string[],
  announces: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  running.add(child);
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const said = announces.exec(text);
      if (said) resolve({ said, child });
    });
    child.once("exit", (code, signal) => {
      running.delete(child);
      reject(new Error(`${args.join(" ")} ended with ${code ?? signal}:\n${text}`));
    });
  });
}

/** Ends it, and waits until it is gone. */
export async function end({ child }: Program): Promise<void> {
  if (!running.has(child)) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** User and system time that it has used since its start. */
export function cpuTimeUs({ child }: Program): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

export type Memory = {
  /** The most that was resident at once since its start, pages of files included. */
  readonly peakMebibytes: number;
  /** Resident now and of no file: nobody but the process can give it back. */
  readonly anonymousMebibytes: number;
};

/** What it takes of the machine's memory. */
export function memory({ child }: Program): Memory {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const mebibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { peakMebibytes: mebibytes("VmHWM"), anonymousMebibytes: mebibytes("RssAnon") };
}
