/** A gateway that can be asked what it holds, after a collection of garbage: `soak-probe.ts` runs inside it. */
import { serving } from "../support/process.ts";
import type { Held } from "./soak-probe.ts";

export type Probed = Awaited<ReturnType<typeof serving>> & { held(): Promise<Held> };

export async function probed(args: readonly string[]): Promise<Probed> {
  const probe = new URL("soak-probe.ts", import.meta.url).href;
  const program = await serving(args, { NODE_OPTIONS: `--expose-gc --import=${probe}` });
  let asked = 0;
  return {
    ...program,
    async held() {
      asked += 1;
      program.child.kill("SIGUSR2");
      const [, text = ""] = await program.printed(new RegExp(`held ${asked} (\\{.*\\})`));
      return JSON.parse(text);
    },
  };
}
