/** `healthcheck` as a container runtime calls it: the exit code counts, the line is for whoever looks why. */
import net, { type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { adminUrl } from "../../src/cli/healthcheck.ts";
import { parseAddress } from "../../src/cli/options.ts";
import { inThisProcess } from "../support/command.ts";
import { ask } from "../support/gateway.ts";
import { type Program, run, serving } from "../support/process.ts";

const started: Program[] = [];
const listening: net.Server[] = [];
afterEach(async () => {
  for (const program of started.splice(0)) {
    program.child.kill("SIGKILL");
    await program.ended;
  }
  for (const server of listening.splice(0)) server.close();
});

const serve = async (args: string[]) => {
  // Nobody is asked there: it only keeps the simulated tenant away.
  const program = await serving(["--upstream", "http://127.0.0.1:9", ...args]);
  started.push(program);
  await program.printed(/"msg":"ready"/);
  return { ...program, port: new URL(program.admin).port };
};

const healthcheck = async (args: string[], env: Record<string, string> = {}) => {
  const { code, out, err } = await inThisProcess("healthcheck", args, env);
  return { code, out, err };
};

/** A listener that does with a connection what it is told; its port. */
async function listener(does: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer((socket) => does(socket.on("error", () => {})));
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const READY = { code: 0, out: "ready\n", err: "" };

it("a gateway that is ready is found by --admin, by ADMIN, and by the flag rather than the environment", async () => {
  const { port } = await serve(["--admin", ":0"]);
  expect(await healthcheck(["--admin", `:${port}`])).toEqual(READY);
  expect(await healthcheck([], { ADMIN: `127.0.0.1:${port}` })).toEqual(READY);
  expect(await healthcheck([`--admin=${port}`], { ADMIN: "127.0.0.1:1" })).toEqual(READY);
});

describe("who listens on every address is asked on loopback:", () => {
  it.each([
    ["9090", "http://127.0.0.1:9090/readyz"],
    [":9090", "http://127.0.0.1:9090/readyz"],
    ["0.0.0.0:9090", "http://127.0.0.1:9090/readyz"],
    ["[::]:9090", "http://[::1]:9090/readyz"],
    ["[fd00::7]:9090", "http://[fd00::7]:9090/readyz"],
    ["10.1.2.3:9090", "http://10.1.2.3:9090/readyz"],
    ["localhost:9090", "http://localhost:9090/readyz"],
  ])("%s", (admin, url) => expect(adminUrl(admin, "/readyz")).toEqual({ url }));
});

it("a gateway that drains is not ready, though it still serves", async () => {
  const program = await serve(["--drain-delay", "1h"]);
  program.child.kill("SIGTERM");
  await program.printed(/"msg":"stopping"/);
  expect(await healthcheck(["--admin", program.port])).toEqual({
    code: 1,
    out: "",
    err: `crest-gateway healthcheck: not ready: http://127.0.0.1:${program.port}/readyz answers 503: it is starting or draining\n`,
  });
  expect((await ask(program.admin, "GET", "/livez")).status).toBe(200);
});

describe("where there is no gateway, one line says so:", () => {
  it("nothing listens", async () => {
    const port = await listener(() => {});
    await new Promise((resolve) => listening.pop()?.close(resolve));
    expect(await healthcheck(["--admin", `:${port}`])).toEqual({
      code: 1,
      out: "",
      err: `crest-gateway healthcheck: not ready: http://127.0.0.1:${port}/readyz cannot be reached: nothing listens there\n`,
    });
  });

  it.each([
    ["something that hangs up", (socket: net.Socket) => socket.destroy(), /cannot be reached: \S/],
    [
      "something that is not HTTP",
      (socket: net.Socket) => socket.end("220 mail\r\n"),
      /cannot be reached: \S/,
    ],
    [
      "another server",
      (socket: net.Socket) => socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
      /answers 404: this is not the admin address/,
    ],
    ["something that never answers", () => {}, /gave no answer within 3 seconds/],
  ])("%s", async (_, does, says) => {
    const port = await listener(does);
    const { code, out, err } = await healthcheck(["--admin", `127.0.0.1:${port}`]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(says);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});

describe("a wrong command line ends with 2, and says how it is meant:", () => {
  it.each([
    [["--upstream", "https://tenant.example.com"], /no flag --upstream/],
    [["--admin"], /--admin/],
    [["--admin", "nowhere"], /--admin "nowhere": expected HOST:PORT/],
    [["--admin", "%:9090"], /--admin "%:9090": expected HOST:PORT/],
    [["--admin", ":0"], /port 0 means any free port/],
    [["now"], /"now" is no flag/],
  ])("%j", async (args, says) => {
    const { code, out, err } = await healthcheck(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
    expect(err).toContain("crest-gateway healthcheck [--admin [HOST:]PORT]");
    expect(err).not.toMatch(/\n\s+at /);
  });
});

it("a crest-gateway that is asked for help tells of it", async () => {
  const program = run(["--help"]);
  await program.ended;
  expect(program.stdout()).toMatch(/^ {2}crest-gateway healthcheck {2,}\S/m);
});

describe("an address to listen at", () => {
  it.each([
    ["127.0.0.1:8080", "127.0.0.1", 8080],
    ["[::1]:8080", "::1", 8080],
    ["[::]:8080", "::", 8080],
    ["localhost:8080", "localhost", 8080],
    ["8080", "127.0.0.1", 8080],
    // No host: Node listens on IPv6 and IPv4, or on IPv4 alone where there is no IPv6.
    [":8080", undefined, 8080],
  ])("%s", (text, host, port) => expect(parseAddress(text)).toEqual({ host, port }));

  it.each(["", ":", "nowhere", "1.2.3.4:99999", "::1:8080", "a b:1", "-1"])('"%s" is none', (text) =>
    expect(parseAddress(text)).toBeUndefined(),
  );
});
