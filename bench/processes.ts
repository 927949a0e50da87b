/**
 * Programs that are measured: started so that they end with us, and what Linux says of them. It does not know what they
 * do.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Linux counts CPU time in hundredths of a second. */
export const TICK_US = 10_000;

export type Program = { readonly said: RegExpExecArray; readonly child: ChildProcess };

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** The path of a file beside this one. */
export const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Where a program is installed; undefined when it is not. */
export const installed = (program: string): string | undefined =>
  [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"]
    .map((folder) => `${folder}/${program}`)
    .find((file) => existsSync(file));

/** Runs any program; it ends when we do. */
export function launch(
  command: string,
  args: readonly string[],
  {
    stdout = "ignore",
    env = {},
  }: { stdout?: "ignore" | "pipe"; env?: Readonly<Record<string, string>> } = {},
): ChildProcess {
  const child = spawn(command, args, { stdio: ["ignore", stdout, "pipe"], env: { ...process.env, ...env } });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Starts a Node program; resolves when what it writes to stderr matches, and rejects when it ends before. */
export function start(
  args: readonly string[],
  announces: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const child = launch(process.execPath, args, { env });
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const said = announces.exec(text);
      if (said) resolve({ said, child });
    });
    child.once("exit", (code, signal) => {
      reject(new Error(`${args.join(" ")} ended with ${code ?? signal}:\n${text}`));
    });
  });
}

/** Ends it, and waits until it is gone. */
export async function end({ child }: { readonly child: ChildProcess }): Promise<void> {
  if (!running.has(child)) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** User and system time that it and its children have used since their start. */
export const cpuTimeUs = ({ child }: { readonly child: ChildProcess }): number =>
  child.pid === undefined ? 0 : treeTimeUs(child.pid);

/** The same by its number. Children that are gone have left their time to their parent. */
export function treeTimeUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ownUs = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK_US, 0);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.reduce((sum, each) => sum + treeTimeUs(Number(each)), ownUs);
}

export type Memory = {
  /** The most that was resident at once since its start, pages of files included. */
  readonly peakMebibytes: number;
  /** Resident now, pages of files included. */
  readonly residentMebibytes: number;
  /** Resident now and of no file: nobody but the process can give it back. */
  readonly anonymousMebibytes: number;
};

/** What it takes of the machine's memory, without its children. */
export function memory({ child }: { readonly child: ChildProcess }): Memory {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const mebibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return {
    peakMebibytes: mebibytes("VmHWM"),
    residentMebibytes: mebibytes("VmRSS"),
    anonymousMebibytes: mebibytes("RssAnon"),
  };
}
