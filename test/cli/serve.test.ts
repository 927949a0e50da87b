/** The program as an operator meets it: flags, environment, mistakes, exit codes. */
import { mkdtempSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readServeOptions, SERVE_OPTIONS } from "../../src/cli/options.ts";
import { inThisProcess } from "../support/command.ts";
import { freePorts } from "../support/free-ports.ts";
import { ask } from "../support/gateway.ts";
import { type Program, run, serving } from "../support/process.ts";

const started: Program[] = [];
afterEach(async () => {
  for (const program of started.splice(0)) {
    program.child.kill("SIGKILL");
    await program.ended;
  }
});
const serve = async (...parts: Parameters<typeof serving>) => {
  const program = await serving(...parts);
  started.push(program);
  return program;
};
const runToEnd = async (args: string[], env: Record<string, string> = {}) => {
  const program = run(args, env);
  started.push(program);
  return { ...(await program.ended), out: program.stdout(), err: program.stderr() };
};
const fileWith = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), "crest-gateway-")), "policy.yaml");
  writeFileSync(file, text);
  return file;
};

const READ = "/openidm/managed/alpha_user?_queryFilter=true";

describe("without an upstream", () => {
  it("it serves a simulated tenant, says so, and prints three commands to try", async () => {
    const program = await serve();
    await program.printed(/"upstream":"http:\/\/127\.0\.0\.1:\d+ \(simulated\)","msg":"ready"/);
    await program.printed(
      /Just now: 50 reads of the tenant itself, .*; the same 50 through the gateway, (all of them|4\d) answered/,
    );
    expect(program.stderr()).toContain("simulated tenant");
    expect(program.stderr().match(/^ {2}(for|curl) /gm)).toHaveLength(3);
    expect((await ask(program.url, "GET", READ)).status).toBe(200);
    expect((await ask(program.admin, "GET", "/readyz")).status).toBe(200);
    expect((await ask(program.admin, "GET", "/metrics")).text).toContain("crest_gateway_requests_total");
    for (const line of program.stdout().trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
  });
});

describe("the simulated tenant", () => {
  it("shows first what it is about, then commands to try; --demo-traffic keeps it alive", async () => {
    const program = await serve(["--weather", "storm", "--demo-traffic"]);
    await program.printed(/grep crest_gateway_attempts_total/);
    const said = program.stderr();
    expect(said).toContain("about one answer in 3 goes wrong");
    expect(said.indexOf("Just now: 50 reads")).toBeLessThan(said.indexOf("Try, in another terminal:"));
    const updates = async () =>
      Number(
        /^crest_gateway_requests_total\{[^}]*method="PUT"[^}]*\} (\d+)/m.exec(
          (await ask(program.admin, "GET", "/metrics")).text,
        )?.[1] ?? 0,
      );
    const news = await fetch(`${program.admin}/status/events`);
    for await (const _ of news.body ?? []) if ((await updates()) > 0) break;
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });
});

describe("help and version", () => {
  it.each([["--help"], ["-h"], ["help"], ["serve", "--help"]])(
    "%s %s explains every flag and ends with 0",
    async (...args) => {
      const { code, out, err } = await runToEnd(args.filter((arg): arg is string => arg !== undefined));
      expect({ code, err }).toEqual({ code: 0, err: "" });
      for (const word of [
        "--upstream",
        "UPSTREAM_URL",
        "--listen",
        "LISTEN",
        "--admin",
        "ADMIN",
        "--policy",
        "POLICY_FILE",
        "--log-level",
        "LOG_LEVEL",
        "--drain-delay",
        "--drain-limit",
      ])
        expect(out).toContain(word);
    },
  );

  it("--version says which", async () => {
    expect(await runToEnd(["--version"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^crest-gateway \d+\.\d+\.\d+ \(sources\), Node \d+\.\d+\.\d+\n$/),
    });
  });
});

describe("mistakes on the command line end with 2 and one clear sentence", () => {
  it.each([
    [["--upstrem", "x"], /no flag --upstrem; did you mean --upstream\?/],
    [["--listen", ":0", "--listen", ":1"], /--listen is given twice/],
    [["serve", "extra"], /extra/],
    [["frobnicate"], /no command "frobnicate"; there is: serve, check/],
    [["chek"], /did you mean "check"\?/],
    [["--listen", "nowhere"], /--listen "nowhere": expected HOST:PORT/],
    [["--admin", "1.2.3.4:99999"], /--admin/],
    [["--upstream", "tenant"], /"tenant" is not an address; expected https:\/\/host/],
    [["--upstream", "https://u:p@tenant"], /credentials/],
    [["--upstream", "https://tenant/path"], /has a path/],
    [["--weather", "fog"], /--weather "fog": expected one of calm, rain, storm/],
    [["--upstream", "https://h", "--demo-traffic"], /are for the simulated tenant/],
    [["--log-format", "yaml"], /--log-format "yaml": expected one of auto, json, pretty/],
    [["--log-level", "loud"], /expected one of trace, debug, info/],
    [["--drain-delay", "5"], /expected e\.g\. 5s/],
  ])("%j", async (args, says) => {
    const namesCommand = args[0]?.startsWith("-") === false;
    const { code, err, out } = await (namesCommand ? runToEnd(args) : inThisProcess("serve", args));
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
    expect(err).not.toMatch(/\n\s+at /);
    expect(err).not.toContain("u:p");
  });
});

describe("what is given and empty is a mistake, not something that was not given", () => {
  it.each(SERVE_OPTIONS.filter(({ value }) => value !== ""))("--$flag and $env", async ({ flag, env }) => {
    const left = { values: expect.objectContaining({}) };
    expect(readServeOptions([], {})).toEqual(left);
    expect(readServeOptions([`--${flag}`, ""], {})).toEqual({
      problem: `--${flag} is given and empty: give it a value, or leave it out`,
    });
    expect(readServeOptions([`--${flag}=`], { [env]: "x" })).toHaveProperty("problem");
    expect(readServeOptions([], { [env]: "" })).toEqual({
      problem: `${env} is set and empty: give it a value, or unset it`,
    });
    expect(readServeOptions([`--${flag}=x`], { [env]: "" })).toEqual(left);
  });

  it("ends the program with 2 and a sentence for each", async () => {
    const { code, err, out } = await runToEnd(["--upstream", ""], { LISTEN: "", UPSTREAM_URL: "http://x" });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^crest-gateway: --upstream is given and empty: .*\nLISTEN is set and empty: /);
    expect(await runToEnd(["healthcheck"], { ADMIN: "" })).toMatchObject({
      code: 2,
      err: expect.stringContaining("ADMIN is set and empty"),
    });
  });
});

describe("a proxy on the way to the tenant", () => {
  it("is said at the start and in the log, without its credentials, and its failures say its name", async () => {
    const [port] = await freePorts(1);
    const program = await serve(["--upstream", "https://tenant.invalid"], {
      HTTPS_PROXY: `http://canary:hunter2@127.0.0.1:${port}`,
    });
    const name = `http://127.0.0.1:${port}`;
    await program.printed(new RegExp(`through the proxy ${name} \\(HTTPS_PROXY\\)`));
    await program.printed(new RegExp(`"upstreamProxy":"${name}".*"msg":"ready"`));
    const answer = await ask(program.url, "GET", READ);
    expect(answer.status).toBe(502);
    expect(answer.text).toContain(`The proxy ${name} could not be reached (ECONNREFUSED).`);
    expect(answer.headers["proxy-status"]).toContain("meaning=unreachable");
    await program.printed(/"failure":"PROXY_ECONNREFUSED"/);
    const status = await ask(program.admin, "GET", "/status.json");
    expect(status.text).toContain(name);
    const said = [program.stderr(), program.stdout(), answer.text, status.text].join();
    expect(said).not.toMatch(/canary|hunter2/);
  });

  it.each([
    [["--upstream-proxy", "socks5://canary:hunter2@p:1"], /--upstream-proxy: .*socks5/],
    [["--upstream-proxy-ca", "/no/such/ca.pem"], /--upstream-proxy-ca .*no such file/],
  ])("%j is a mistake", async (args, says) => {
    const { code, err } = await runToEnd(["--upstream", "https://tenant.invalid", ...args]);
    expect(code).toBe(2);
    expect(err).toMatch(says);
    expect(err).not.toMatch(/canary|hunter2/);
  });
});

describe("what keeps it from starting ends with 1", () => {
  it("a bad policy: every mistake, each with its place", async () => {
    const file = fileWith("version: 1\ndeadlin: 3s\nretry: { attempts: many }\n");
    const { code, err } = await runToEnd(["--policy", file]);
    expect(code).toBe(1);
    expect(err).toMatch(/policy\.yaml:2:1 .*did you mean "deadline"/);
    expect(err).toMatch(/policy\.yaml:3:\d+ retry\.attempts: .*"many"/);
  });

  it("a policy that is not there", async () => {
    const { code, err } = await runToEnd(["--policy", "/no/such/policy.yaml"]);
    expect(code).toBe(1);
    expect(err).toContain("/no/such/policy.yaml");
  });

  it("a port that is taken, in one line", async () => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, err } = await runToEnd(["--listen", `127.0.0.1:${port}`, "--admin", "127.0.0.1:0"]);
    other.close();
    expect(code).toBe(1);
    expect(err).toBe(
      `crest-gateway: --listen 127.0.0.1:${port}: something else listens there already; choose another with --listen HOST:PORT\n`,
    );
  });
});

it("the environment says what flags do not, and a flag wins over it", async () => {
  const program = await serve(["--log-level", "silent"], {
    UPSTREAM_URL: "http://no-such-tenant.invalid",
    LOG_LEVEL: "debug",
  });
  expect(program.stderr()).toContain("http://no-such-tenant.invalid");
  expect(program.stdout()).toBe("");
});

it.each(["trace", "info"])("at %s the line `ready` names the tenant", async (level) => {
  const program = await serve(["--log-level", level, "--upstream", "https://tenant.invalid"]);
  await program.printed(/"upstream":"https:\/\/tenant\.invalid","msg":"ready"/);
});

it("--log-format pretty writes lines for people", async () => {
  const program = await serve(["--log-format", "pretty", "--upstream", "https://tenant.invalid"]);
  await program.printed(/^\d\d:\d\d:\d\d info ready .* upstream=https:\/\/tenant\.invalid$/m);
});

it("a tenant whose name cannot be resolved does not keep it from being ready; callers are told", async () => {
  const program = await serve(["--upstream", "https://no-such-tenant.invalid"]);
  expect((await ask(program.admin, "GET", "/readyz")).status).toBe(200);
  const answer = await ask(program.url, "GET", READ);
  expect(answer.status).toBe(502);
  expect(answer.headers["proxy-status"]).toMatch(/error=dns_error; attempts=3; meaning=unreachable/);
});
