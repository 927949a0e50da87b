/**
 * A command of the command line in this process: what it prints and its exit code, without the second that a process of
 * its own takes to start. The real program is tried beside it, in a case or two of each command.
 */
import { vi } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** Resolves when the command has ended. `env` comes on top of the environment. */
export async function inThisProcess(
  name: keyof typeof COMMANDS,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const command = COMMANDS[name];
  if (!command) throw new Error(`there is no command ${name}`);
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value);
  try {
    const code = await command.run(args);
    return { code, out: said.stdout, err: said.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}
