/** `bin/crest-gateway` under a Node that is too old: it hands over to the pinned one, and signals arrive as they were meant. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const BIN = fileURLToPath(new URL("../../bin/crest-gateway", import.meta.url));

/** The launcher looks at this and nothing else. */
const AS_OLD = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } });",
)}`;

const started: ChildProcess[] = [];
afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-(pid ?? 0), "SIGKILL");
    } catch {
      // It has ended.
    }
  }
});

/** In a process group of its own, as a terminal starts it. */
async function launch(...args: string[]) {
  const command = [
    "--import",
    AS_OLD,
    BIN,
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--admin",
    "127.0.0.1:0",
    ...args,
  ];
  const child = spawn(process.execPath, command, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  let said = "";
  const printed = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(said)) resolve();
      };
      child.stdout.on("data", look);
      child.on("exit", (code) => reject(new Error(`it ended with ${code}:\n${said}`)));
      look();
    });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").prependListener("data", (text: string) => {
      said += text;
    });
  await printed(/"msg":"ready"/);
  return { pid: child.pid ?? 0, ended, printed };
}

describe("a signal", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "to the whole group, %s, is one: it drains and ends with 0",
    async (signal) => {
      const program = await launch("--drain-delay", "50ms");
      process.kill(-program.pid, signal);
      expect(await program.ended).toBe(0);
    },
  );

  it("to the launcher alone is passed on", async () => {
    const program = await launch("--drain-delay", "50ms");
    process.kill(program.pid, "SIGTERM");
    expect(await program.ended).toBe(0);
  });

  it("that comes a second time ends it at once", async () => {
    const program = await launch("--drain-delay", "1h");
    process.kill(program.pid, "SIGTERM");
    await program.printed(/"msg":"stopping"/);
    process.kill(program.pid, "SIGTERM");
    expect(await program.ended).toBe(143);
  });
});
