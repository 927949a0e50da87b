/** The real program in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/crest-gateway", import.meta.url));

export type Program = {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Until what it has printed, to either stream, matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Until it has ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
};

export function run(args: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  let waiting: { pattern: RegExp; resolve: (match: RegExpExecArray) => void }[] = [];
  const look = (): void => {
    waiting = waiting.filter(({ pattern, resolve }) => {
      const match = pattern.exec(err + out);
      if (match) resolve(match);
      return !match;
    });
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    look();
  });
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    printed: (pattern) =>
      new Promise((resolve) => {
        waiting.push({ pattern, resolve });
        look();
      }),
    ended: new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal }))),
  };
}

/** Runs it to its end. */
export async function runToEnd(args: readonly string[], env: Record<string, string> = {}) {
  const program = run(args, env);
  return { ...(await program.ended), out: program.stdout(), err: program.stderr() };
}

/** Serves on free ports unless `args` name others; resolves when it is ready. */
export async function serving(args: readonly string[] = [], env: Record<string, string> = {}) {
  const free = ["--listen", "--admin"].filter((flag) => !args.includes(flag));
  const program = run(["serve", ...free.flatMap((flag) => [flag, "127.0.0.1:0"]), ...args], env);
  const ready = await Promise.race([
    program.printed(/callers at (https?:\/\/\S+) and for operators at (http:\/\/[^/\s]+)/),
    program.ended.then(() => {
      throw new Error(`it ended: ${program.stderr()}`);
    }),
  ]);
  return { ...program, url: ready[1] ?? "", admin: ready[2] ?? "" };
}
