/** What a running gateway says of itself in a terminal. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Status } from "../../src/admin/status.ts";
import { statusText } from "../../src/cli/status/status-text.ts";
import { inThisProcess } from "../support/command.ts";
import { ask } from "../support/gateway.ts";
import { run, runToEnd, serving } from "../support/process.ts";

const FAMILY = {
  family: "openidm",
  breaker: "open",
  opensInMs: 1900,
  throttled: true,
  throttledForMs: 30_000,
  budgetRemaining: 12.7,
  inFlight: 3,
  queued: 0,
  streams: 0,
  concurrency: 128,
  queue: 256,
} as const;

const STATUS: Status = {
  state: "ready",
  trouble: ["openidm: circuit open, requests are refused; next probe in 2 s"],
  uptimeSeconds: 3725,
  version: "1.2.3",
  node: "24.0.0",
  upstream: "https://tenant.example.com",
  policy: {
    hash: "0123456789ab",
    profile: "aic",
    file: "/etc/policy.yaml",
    warnings: 0,
    loadedAt: "2026-11-29T11:01:00.000Z",
    refused: null,
  },
  history: null,
  families: [FAMILY],
  recent: {
    changes: [],
    exchanges: [
      {
        at: "2026-11-29T12:03:04.000Z",
        id: "e-1",
        transactionId: "t-1",
        method: "GET",
        path: "/openidm/managed/alpha_user",
        route: "users",
        status: 200,
        attempts: 2,
        durationMs: 512,
        meaning: "ok",
        processed: "yes",
        reason: undefined,
        settled: undefined,
        story: [
          {
            status: 429,
            meaning: "throttled",
            atMs: 0,
            durationMs: 8,
            toldMs: 400,
            next: "retried",
            waitMs: 450,
          },
          { status: 200, meaning: "ok", atMs: 460, durationMs: 9, next: "answered" },
        ],
      },
    ],
  },
};

describe("the text", () => {
  it("says what is wrong first, then families, then what did not go straight and why", () => {
    expect(statusText(STATUS)).toBe(
      [
        "ready, up 1 h 2 min; crest-gateway 1.2.3, Node 24.0.0",
        "tenant https://tenant.example.com; policy 0123456789ab (aic, /etc/policy.yaml)",
        "",
        "! openidm: circuit open, requests are refused; next probe in 2 s",
        "",
        "family   circuit             in flight  queued    retries left  held back",
        "openidm  open, probe in 2 s  3 of 128   0 of 256  12            for 30 s",
        "",
        "Did not go straight, newest first:",
        "  12:03:04 GET /openidm/managed/alpha_user 200 512 ms, id e-1",
        "    1. 429 after 8 ms: throttled, asked to wait 1 s; sent again after 450 ms",
        "    2. 200 after 9 ms: ok; answered",
        "",
      ].join("\n"),
    );
  });

  it("says in two lines what the last fifteen minutes brought", () => {
    const history = {
      bucketSeconds: 15,
      callers: { "2xx": [40, 2], "4xx": [0, 0], "5xx": [0, 1] },
      tenant: { "2xx": [40, 2], "5xx": [1, 3], failure: [0, 1] },
      saved: { retry: 3, settled: 1 },
      withheld: {},
      refused: { "circuit-open": 1, throttled: 2 },
      lostAnswers: {},
      latency: { exchanges: [], tenantMs: [], wholeMs: [] },
    };
    expect(statusText({ ...STATUS, history })).toContain(
      [
        "In 15 minutes the tenant answered 42 2xx, 4 5xx, 1 failure; callers got 42 2xx, 1 5xx.",
        "Saved by a retry 3, settled 1; refused 3.",
      ].join("\n"),
    );
  });

  it("of a gateway at rest says that all is well", () => {
    const text = statusText({ ...STATUS, trouble: [], families: [], recent: null, uptimeSeconds: 5 });
    expect(text).toContain("ready, up 5 s;");
    expect(text).toContain("All is well.");
    expect(text).not.toContain("Did not go straight");
  });
});

describe("the command", () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  it("asks a running gateway", async () => {
    const program = await serving();
    closing.push(() => program.child.kill("SIGKILL"));
    for (let i = 0; i < 30; i++)
      await ask(program.url, "GET", "/openidm/managed/alpha_user?_queryFilter=true");
    const { host } = new URL(program.admin);
    const asked = await runToEnd(["status", "--admin", host]);
    expect(asked).toMatchObject({ code: 0, err: "" });
    expect(asked.out).toMatch(/^ready, up \d+ s; crest-gateway /);
    expect(asked.out).toMatch(/^openidm +closed +0 of \d+/m);
    const json = await inThisProcess("status", ["--json", `--admin=${host}`]);
    expect(JSON.parse(json.out)).toMatchObject({ state: "ready" });
  });

  it("says what to look at when nothing listens there", async () => {
    const { code, err } = await inThisProcess("status", ["--admin", "127.0.0.1:1"]);
    expect(code).toBe(1);
    expect(err).toMatch(/127\.0\.0\.1:1\/status\.json cannot be reached: .*Is it running/);
  });

  /** The port of a server that says this, whatever it is asked. */
  async function saying(text: string): Promise<number> {
    const other = createServer((_request, response) => response.end(text));
    closing.push(() => {
      other.close();
      other.closeAllConnections();
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    return (other.address() as AddressInfo).port;
  }

  it.each([
    "<html>",
    '{"families":[]}',
    '{"policy":{},"trouble":[],"families":[1]}',
    '{"policy":null,"trouble":[],"families":[]}',
  ])("knows a gateway from something that says %s", async (text) => {
    const { code, err } = await inThisProcess("status", [`--admin=${await saying(text)}`]);
    expect(code).toBe(1);
    expect(err).toContain("this is not the admin address of a gateway");
  });

  it.each([["--json"], []])(
    "watches without an escape sequence where no terminal is: %j",
    async (...args) => {
      const port = await saying(JSON.stringify(STATUS));
      const program = run(["status", "--watch", `--admin=${port}`, ...args]);
      closing.push(() => program.child.kill("SIGKILL"));
      await program.printed(/ready[\s\S]*ready/);
      expect(program.stdout()).not.toContain("\u001b");
      expect(program.stdout()).toMatch(/\n$/);
    },
  );

  it.each([
    [["--wach"], "did you mean --watch?"],
    [["extra"], '"extra" is not asked for'],
    [["--admin", "nowhere"], "expected HOST:PORT"],
  ])("%j is a mistake of the command line", async (args, told) => {
    const { code, err } = await inThisProcess("status", args);
    expect(code).toBe(2);
    expect(err).toContain(told);
  });
});
