/**
 * The command `healthcheck`: is the gateway at its admin address ready? It is for images without a shell or curl, so it
 * asks as a probe would, from outside; it knows nothing of the running process but that address.
 */
import http from "node:http";
import { systemClock } from "../clock.ts";
import { type Address, parseAddress, readOptions } from "./options.ts";

const NOT_READY = 1;
const USAGE_ERROR = 2;

/** From the first byte asked to the answer's head. Container runtimes allow more, so the line below is seen. */
const LIMIT_MS = 3_000;

export const HEALTHCHECK_USAGE = `crest-gateway healthcheck [--admin [HOST:]PORT]
  asks /readyz at the admin address that serve has, by the same flag and environment; 0 when ready, else 1`;

/** Asks once; resolves with the exit code. */
export async function healthcheckCommand(args: readonly string[]): Promise<number> {
  const given = readOptions(["admin"], args, process.env);
  const asked = "problem" in given ? given : adminUrl(given.values.admin, "/readyz");
  if ("problem" in asked) {
    process.stderr.write(`crest-gateway healthcheck: ${asked.problem}\n\n${HEALTHCHECK_USAGE}\n`);
    return USAGE_ERROR;
  }
  const problem = await problemAt(asked.url);
  if (problem === undefined) {
    process.stdout.write("ready\n");
    return 0;
  }
  process.stderr.write(`crest-gateway healthcheck: not ready: ${asked.url} ${problem}\n`);
  return NOT_READY;
}

/** A page of the gateway with that admin address. */
export function adminUrl(
  admin: string,
  page: `/${string}`,
): { readonly url: string } | { readonly problem: string } {
  const address = parseAddress(admin);
  const url = address && `http://${hostToAsk(address)}:${address.port}${page}`;
  if (!url || !URL.canParse(url))
    return { problem: `--admin "${admin}": expected HOST:PORT, e.g. 127.0.0.1:9090` };
  if (address.port === 0)
    return { problem: `--admin "${admin}": port 0 means any free port, so nobody can know which to ask` };
  return { url };
}

/** Who listens on every address is asked on loopback. */
function hostToAsk({ host }: Address): string {
  if (host === undefined || host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/** Undefined when it says that it is ready, else what came instead, as the end of a sentence. */
function problemAt(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false });
    const cancel = systemClock.after(LIMIT_MS, () => end(`gave no answer within ${LIMIT_MS / 1000} seconds`));
    const end = (problem: string | undefined): void => {
      cancel();
      request.destroy();
      resolve(problem);
    };
    request.on("response", ({ statusCode }) => end(problemOf(statusCode)));
    // Stays for good: to destroy a request can make it fail once more.
    request.on("error", (error: NodeJS.ErrnoException) =>
      end(
        error.code === "ECONNREFUSED"
          ? "cannot be reached: nothing listens there"
          : `cannot be reached: ${error.message}`,
      ),
    );
  });
}

function problemOf(status: number | undefined): string | undefined {
  if (status === 200) return undefined;
  return `answers ${status}: ${status === 503 ? "it is starting or draining" : "this is not the admin address"}`;
}
