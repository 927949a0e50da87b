/**
 * Rows of the fault matrix that do not depend on what is asked for: each is done once, to a gateway that is a process of
 * its own, and is one line.
 */
import { execFile } from "node:child_process";
import net from "node:net";
import { promisify } from "node:util";
import { systemClock } from "../../src/clock.ts";
import { startTenant } from "../../src/demo/tenant.ts";
import { mountConfigMap } from "../support/config-map.ts";
import { ask } from "../support/gateway.ts";
import { serving } from "../support/process.ts";
import type { Figure } from "./figure.ts";
import { hugeDownload, hugeUpload, startHugeTenant } from "./huge.ts";
import { overLossyNetwork } from "./lossy.ts";
import { growthWhile, mebibytes, metric } from "./process-memory.ts";
import { type Ask, callers, written } from "./steady-callers.ts";

type Program = Awaited<ReturnType<typeof serving>>;

const USERS = "/openidm/managed/alpha_user";
const READ: Ask = { method: "GET", path: `${USERS}?_queryFilter=true` };
const read = (): Ask => READ;
const create = (index: number, padding = ""): Ask => ({
  method: "POST",
  path: `${USERS}?_action=create`,
  body: JSON.stringify({ userName: `u${index}`, givenName: "A", sn: "B", mail: "a@example.com", padding }),
});

const HUGE_BYTES = 1024 * 1024 * 1024;
const MOST_GROWTH_BYTES = 64 * 1024 * 1024;

/** All of them, one after the other, so that none is in another's way. */
export async function figures(): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const [name, measure] of ROWS) {
    console.error(`  ${name}`);
    found.push({ name, ...(await measure()) });
  }
  return found;
}

type Found = Omit<Figure, "name">;

const ROWS: readonly (readonly [string, () => Promise<Found>])[] = [
  ["18 a huge answer", () => huge(hugeDownload)],
  ["18 a huge body", () => huge(hugeUpload)],
  ["22 the tenant restarts three times under reads", tenantRestarts],
  ["23 ten bad policy files are swapped in under load", badPolicies],
  ["24 SIGTERM under load", terminated],
  ["24 SIGKILL, and started again", killed],
  ["25 scraped while ten thousand paths are asked for", manyPaths],
  ["26 creates of a megabyte by 100 callers in a heap of 96 MiB", littleMemory],
  ["27 no more files can be opened, then they can again", noFiles],
  ["31 one packet in fifty is lost", overLossyNetwork],
];

const withTenant = async <T>(
  work: (tenant: Awaited<ReturnType<typeof startTenant>>) => Promise<T>,
  options: Partial<Parameters<typeof startTenant>[0]> = {},
): Promise<T> => {
  const tenant = await startTenant({ clock: systemClock, recording: false, ...options });
  try {
    return await work(tenant);
  } finally {
    await tenant.close();
  }
};

/** A gateway in front of this upstream, which is ended whatever happens. */
async function withGateway<T>(
  upstream: string,
  work: (program: Program) => Promise<T>,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<T> {
  const program = await serving(["--upstream", upstream, "--log-level", "error", ...args], env);
  try {
    return await work(program);
  } finally {
    program.child.kill("SIGKILL");
    await program.ended;
  }
}

const alive = ({ child }: Program): boolean => child.exitCode === null && child.signalCode === null;
const onlyGood = (counts: ReadonlyMap<string, number>): boolean =>
  [...counts.keys()].every((word) => /^20\d$/.test(word));

async function huge(transfer: typeof hugeDownload): Promise<Found> {
  const tenant = await startHugeTenant();
  try {
    return await withGateway(tenant.url, async (program) => {
      // What a process takes to run at all is there after the first time.
      await transfer(program.url, HUGE_BYTES / 8);
      let passed = 0;
      const growth = await growthWhile(program.admin, async () => {
        passed = await transfer(program.url, HUGE_BYTES);
      });
      return {
        expected: `${mebibytes(HUGE_BYTES)} pass, memory grows by less than ${mebibytes(MOST_GROWTH_BYTES)}`,
        actual: `${mebibytes(passed)} passed, ${mebibytes(growth)} more`,
        ok: passed === HUGE_BYTES && growth < MOST_GROWTH_BYTES,
      };
    });
  } finally {
    tenant.close();
  }
}

async function tenantRestarts(): Promise<Found> {
  let tenant = await startTenant({ clock: systemClock, recording: false });
  const port = Number(new URL(tenant.url).port);
  try {
    return await withGateway(tenant.url, async (program) => {
      const load = callers(program.url, 4, read);
      for (let restart = 0; restart < 3; restart++) {
        await load.more(100);
        await tenant.close();
        tenant = await startTenant({ clock: systemClock, recording: false, port });
      }
      await load.more(100);
      await load.stop();
      return { expected: "every read answered", actual: written(load.counts), ok: onlyGood(load.counts) };
    });
  } finally {
    await tenant.close();
  }
}

const GOOD_POLICY = "version: 1\nextends: aic\n";
const BAD_POLICIES: readonly string[] = [
  "",
  "version: 1\nextends: a",
  "\0\xff\xfe not text",
  "{",
  "version: 1\nextends: aic\nretyr: { attempts: 2 }\n",
  "version: 1\nextends: aic\nx: &r { attempts: 2 }\nretry: *r\n",
  "version: 1\nextends: aic\nretry: *nowhere\n",
  "version: 1\nextends: aic\n---\nversion: 1\n",
  `version: 1\na: &a [x,x]\n${["b", "c", "d", "e", "f"].map((name, at) => `${name}: &${name} [*${"abcde"[at]},*${"abcde"[at]}]\n`).join("")}`,
  "version: 1\nextends: aic\ndeadline: 1s\nattempt: { timeout: 1h }\n",
];

function badPolicies(): Promise<Found> {
  return withTenant(async (tenant) => {
    const file = mountConfigMap("policy.yaml", GOOD_POLICY);
    return withGateway(
      tenant.url,
      async (program) => {
        const load = callers(program.url, 4, read);
        const failures = () => metric(program.admin, 'crest_gateway_policy_reloads_total{result="failure"}');
        for (const [at, text] of BAD_POLICIES.entries()) {
          file.update(text);
          program.child.kill("SIGHUP");
          while (alive(program) && (await failures()) <= at) await load.more(1);
        }
        file.update(`${GOOD_POLICY}deadline: 29s\n`);
        program.child.kill("SIGHUP");
        const lasting = () => metric(program.admin, "crest_gateway_policy_last_reload_successful");
        while (alive(program) && (await lasting()) !== 1) await load.more(1);
        await load.stop();
        return {
          expected: "every read answered, the good file after them taken",
          actual: `${written(load.counts)}${alive(program) ? ", taken" : ", it ended"}`,
          ok: onlyGood(load.counts) && alive(program),
        };
      },
      ["--policy", file.file],
    );
  });
}

/** Who connects while the process ends may be turned away by the kernel: only what the tenant has seen is lost. */
function terminated(): Promise<Found> {
  return withTenant(
    (tenant) =>
      withGateway(tenant.url, async (program) => {
        const load = callers(program.url, 8, (index) => ({ ...READ, path: `${READ.path}&n=${index}` }));
        await load.more(200);
        program.child.kill("SIGTERM");
        const { code } = await program.ended;
        await load.stop();
        const seen = new Set(tenant.saw.map(({ url }) => url));
        const lost = load.unanswered.filter(({ path }) => seen.has(path)).length;
        const actual = `${lost} lost of ${load.total() - load.unanswered.length + lost}, exit ${code}`;
        return { expected: "nothing lost, exit 0", actual, ok: lost === 0 && code === 0 };
      }),
    { recording: true },
  );
}

function killed(): Promise<Found> {
  return withTenant(async (tenant) => {
    await withGateway(tenant.url, async (program) => {
      const load = callers(program.url, 4, read);
      await load.more(50);
      program.child.kill("SIGKILL");
      await program.ended;
      await load.stop();
    });
    return withGateway(tenant.url, async (program) => {
      const { status } = await ask(program.url, READ.method, READ.path);
      return { expected: "the next one answers 200", actual: String(status), ok: status === 200 };
    });
  });
}

function manyPaths(): Promise<Found> {
  return withTenant((tenant) =>
    withGateway(tenant.url, async (program) => {
      const series = async (): Promise<number> =>
        (await ask(program.admin, "GET", "/metrics")).text
          .split("\n")
          .filter((line) => /^crest_gateway/.test(line)).length;
      const load = callers(program.url, 8, (index) => ({
        method: "GET",
        path: `${USERS}/${index}-${index * 7919}`,
      }));
      await load.more(200);
      const before = await series();
      let most = before;
      const done = load.more(10_000);
      let over = false;
      void done.then(() => {
        over = true;
      });
      for (; !over; most = Math.max(most, await series()))
        await new Promise((resolve) => setTimeout(resolve, 100));
      await load.stop();
      return {
        expected: "not one series more",
        actual: `${most - before} more than ${before}`,
        ok: most === before && alive(program),
      };
    }),
  );
}

function littleMemory(): Promise<Found> {
  const padding = "p".repeat(1_000_000);
  return withTenant((tenant) =>
    withGateway(
      tenant.url,
      async (program) => {
        const load = callers(program.url, 100, (index) => create(index, padding));
        await load.more(300);
        await load.stop();
        return {
          expected: "everybody is answered, and it lives",
          actual: `${written(load.counts)}${alive(program) ? "" : ", it ended"}`,
          ok: load.unanswered.length === 0 && alive(program),
        };
      },
      [],
      { NODE_OPTIONS: "--max-old-space-size=96" },
    ),
  );
}

/** So many files a process has open by itself, about. */
const FILES = 100;

async function noFiles(): Promise<Found> {
  const expected = "200 again once callers have left";
  return withTenant((tenant) =>
    withGateway(tenant.url, async (program) => {
      try {
        await promisify(execFile)("prlimit", [
          "--pid",
          String(program.child.pid),
          `--nofile=${FILES}:${FILES}`,
        ]);
      } catch (error) {
        return { expected, actual: `not tried: ${error instanceof Error ? error.message : error}`, ok: true };
      }
      const { port, hostname } = new URL(program.url);
      const crowd = Array.from({ length: 3 * FILES }, () =>
        net.connect(Number(port), hostname).on("error", () => {}),
      );
      await Promise.allSettled(
        crowd.map((socket) => new Promise((resolve) => socket.once("connect", resolve))),
      );
      for (const socket of crowd) socket.destroy();
      let status = 0;
      for (let attempt = 0; attempt < 100 && status !== 200 && alive(program); attempt++) {
        status = await ask(program.url, READ.method, READ.path).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return { expected, actual: alive(program) ? String(status) : "it ended", ok: status === 200 };
    }),
  );
}
