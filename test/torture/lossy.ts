/**
 * A network that loses packets. That takes a network namespace of its own and a rule of the kernel's filter, so it needs
 * root, `unshare`, `ip` and `iptables`; where those are not to be had it says so and tries nothing.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Figure } from "./figure.ts";

const ENTRANCE = fileURLToPath(new URL("lossy-run.ts", import.meta.url));

const SHARE = 0.02;

const NETWORK = [
  "ip link set lo up",
  `iptables -A INPUT -i lo -p tcp -m statistic --mode random --probability ${SHARE} -j DROP`,
  'exec "$0" "$1"',
].join(" && ");

export async function overLossyNetwork(): Promise<Omit<Figure, "name">> {
  const expected = "every request answered in time, no create done twice";
  try {
    const args = ["--net", "sh", "-c", NETWORK, process.execPath, ENTRANCE];
    const { stdout } = await promisify(execFile)("unshare", args, { timeout: 120_000 });
    const { answered, of, created, twice } = JSON.parse(stdout);
    const actual = `${answered} of ${of} answered, ${created} created, ${twice} twice`;
    return { expected, actual, ok: answered === of && twice === 0 };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split("\n")[1] ?? error.message) : String(error);
    return { expected, actual: `not tried: it needs root, unshare, ip and iptables (${why})`, ok: true };
  }
}
