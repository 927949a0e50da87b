import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { describe, expect, it } from "vitest";

const LOG = new URL("../../src/observe/log.ts", import.meta.url).href;

/** A process of its own, with `log` at hand; its standard output is a pipe. */
function run(script: string): ChildProcessByStdio<Writable, Readable, Readable> {
  const source = `import { createLog } from ${JSON.stringify(LOG)}; const log = createLog({ level: "info" }); ${script}`;
  return spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["pipe", "pipe", "pipe"],
  });
}

async function output(stream: Readable): Promise<string> {
  let text = "";
  for await (const piece of stream.setEncoding("utf8")) text += piece;
  return text;
}

describe("the log on standard output", () => {
  it("shows a single line while the process goes on", async () => {
    const child = run(`log.info("listening", { port: 8080 }); process.stdin.resume();`);
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    expect(JSON.parse(line)).toMatchObject({ level: "info", msg: "listening", port: 8080 });
    child.stdin.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("loses nothing when the process ends at once", async () => {
    const child = run(`for (let n = 0; n < 500; n++) log.info("line", { n }); process.exit(3);`);
    const [text, [code]] = await Promise.all([output(child.stdout), once(child, "exit")]);
    const lines = text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).n).toSorted((a, b) => a - b)).toEqual([...Array(500).keys()]);
    expect(code).toBe(3);
  });

  it("loses nothing when the process ends by an exception", async () => {
    const child = run(`log.error("about to fall", new Error("x")); throw new Error("fell");`);
    const [text, [code]] = await Promise.all([output(child.stdout), once(child, "exit")]);
    expect(JSON.parse(text)).toMatchObject({ msg: "about to fall" });
    expect(code).toBe(1);
  });

  it("does not keep the process from ending when its reader has gone", async () => {
    const child = run(`process.stdin.once("data", () => { log.info("last words"); process.exit(0); });`);
    child.stdout.destroy();
    await once(child.stdout, "close");
    child.stdin.write("go");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("goes on without a reader", async () => {
    const child = run(
      `process.stdin.on("data", () => { for (let n = 0; n < 500; n++) log.info("line", { n }); });
       process.stdin.on("end", () => setImmediate(() => process.exit(0)));`,
    );
    child.stdout.destroy();
    await once(child.stdout, "close");
    child.stdin.write("go");
    child.stdin.end("on");
    const [said, exit] = await Promise.all([output(child.stderr), once(child, "exit")]);
    expect({ said, exit }).toEqual({ said: "", exit: [0, null] });
  });
});
