/**
 * A program: runs the gateway as `serve` does, asks it for healthy reads, and prints how often each of its functions was
 * called for one of them, as V8's precise coverage counts it. Counts do not depend on the machine.
 */
import http from "node:http";
import { Session } from "node:inspector/promises";
import type { AddressInfo } from "node:net";
import { serve } from "../../src/cli/serve/serve.ts";

const WARM_UP = 50;
const COUNTED = 20;
const STARTS_WITHIN_MS = 20_000;

export type Calls = {
  readonly calls: number;
  readonly files: number;
  /** Of one request, dearest first. */
  readonly byFunction: readonly { readonly name: string; readonly file: string; readonly calls: number }[];
};

const BODY = JSON.stringify({ _id: "1", _rev: "r1", userName: "bjensen", description: "x".repeat(300) });
const tenant = http.createServer((_request, response) => {
  response.writeHead(200, {
    "Content-Type": "application/json;charset=utf-8",
    "Content-Length": BODY.length,
    "Cache-Control": "no-store",
    ETag: '"r1"',
    Via: "1.1 google",
    "X-ForgeRock-TransactionId": "t",
  });
  response.end(BODY);
});
await new Promise<void>((resolve) => tenant.listen(0, "127.0.0.1", resolve));
const upstream = `http://127.0.0.1:${(tenant.address() as AddressInfo).port}`;

const port = Number(process.argv[2]);
// It ends by itself only when it cannot start.
void serve(["--upstream", upstream, "--listen", `127.0.0.1:${port}`, "--admin", "127.0.0.1:0"]).then(
  process.exit,
);

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const headers = { accept: "application/json", authorization: "Bearer t", "user-agent": "road/1" };

/** Answered with 200, or not at all yet. */
function read(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const path = "/openidm/managed/alpha_user/1?_fields=userName";
    const request = http.get({ agent, port, host: "127.0.0.1", path, headers }, (response) => {
      response.resume().on("end", () => {
        if (response.statusCode === 200) resolve(true);
        else reject(new Error(`answered with ${response.statusCode}`));
      });
    });
    request.on("error", () => resolve(false));
  });
}

const givesUpAt = performance.now() + STARTS_WITHIN_MS;
while (!(await read())) {
  if (performance.now() > givesUpAt) throw new Error("the gateway did not start");
  await new Promise((resolve) => setTimeout(resolve, 20));
}
for (let i = 0; i < WARM_UP; i++) await read();

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
await session.post("Profiler.takePreciseCoverage");
for (let i = 0; i < COUNTED; i++) await read();
const { result } = await session.post("Profiler.takePreciseCoverage");

const src = new URL("../../src/", import.meta.url).href;
const byFunction = result
  .filter(({ url }) => url.startsWith(src))
  .flatMap(({ url, functions }) =>
    functions.map(({ functionName, ranges }) => ({
      name: functionName,
      file: url.slice(src.length),
      calls: (ranges[0]?.count ?? 0) / COUNTED,
    })),
  )
  .filter(({ calls }) => calls > 0)
  .sort((a, b) => b.calls - a.calls);
const counted: Calls = {
  calls: Math.round(byFunction.reduce((sum, { calls }) => sum + calls, 0)),
  files: new Set(byFunction.map(({ file }) => file)).size,
  byFunction,
};
process.stderr.write(`CALLS ${JSON.stringify(counted)}\n`);
process.exit(0);
