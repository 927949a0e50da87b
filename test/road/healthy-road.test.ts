/**
 * The healthy request is a short road, and stays one. It is measured without a clock: by how often functions of ours are
 * called for one read that goes well, everything on. Whoever makes it longer is shown where.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import type { Calls } from "./count-calls.ts";

const PROGRAM = fileURLToPath(new URL("count-calls.ts", import.meta.url));

/** What a healthy read may take. A few calls of a timer more or less fall into one request. */
const MOST_CALLS = 300;

async function countCalls(): Promise<Calls> {
  const [port] = await freePorts(1);
  const program = spawn(process.execPath, [PROGRAM, String(port)], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void program.kill("SIGKILL"));
  let said = "";
  program.stderr.on("data", (piece: Buffer) => {
    said += piece.toString();
  });
  await new Promise((resolve) => program.once("close", resolve));
  const counted = /^CALLS (.*)$/m.exec(said)?.[1];
  if (counted === undefined) throw new Error(`it did not count:\n${said}`);
  return JSON.parse(counted) as Calls;
}

it(`a healthy read takes at most ${MOST_CALLS} calls of our own functions`, async () => {
  const { calls, files, byFunction } = await countCalls();
  const dearest = byFunction.slice(0, 25).map((each) => `${each.calls} ${each.file} ${each.name}`);
  expect(calls, `${calls} calls in ${files} files; the dearest:\n${dearest.join("\n")}`).toBeLessThanOrEqual(
    MOST_CALLS,
  );
  // It counts what it says it counts: the road itself, and nothing of those who ask and answer.
  const once = expect.objectContaining({ name: "answer", file: "gateway/tell.ts", calls: 1 });
  expect(byFunction).toContainEqual(once);
  // Trouble's rooms are not on it.
  const trouble = byFunction.filter(({ file, name }) => file.startsWith("gateway/lost/") || name === "again");
  expect(trouble.map(({ file, name }) => `${file} ${name}`)).toEqual([]);
});
