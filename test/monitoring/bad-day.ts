/**
 * A gateway in front of a tenant that has a bad day, by a script: what was done is known exactly, so that what a monitor
 * shows can be held against it.
 */
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/clock.ts";
import { startTenant } from "../../src/demo/tenant.ts";
import { type ConfigMap, mountConfigMap } from "../support/config-map.ts";
import { type Answer, ask } from "../support/gateway.ts";
import { serving } from "../support/process.ts";

export type BadDay = {
  readonly gateway: Awaited<ReturnType<typeof serving>>;
  readonly policy: ConfigMap;
  /** What callers were told, by class of status. */
  readonly told: ReadonlyMap<string, number>;
  /** Once all that goes wrong; a second time for rates, which begin with the second sight of a counter. */
  round(): Promise<void>;
  /** Ends the gateway as a crash would. */
  kill(): Promise<void>;
  end(): Promise<void>;
};

/** Retries of each round by what asked for them, and why there were no more; circuit and gate are shut after the first. */
export const EACH_ROUND = {
  retried: { unavailable: 4, "cut-off": 2 },
  withheld: { "not-replayable": 1, answered: 3 },
  lostAnswers: { applied: 1, unresolved: 2 },
  refused: { "circuit-open": 2, throttled: 1, "queue-full": 1 },
} as const;
/** Until the circuit of `am` opens at the fifth failure, and the gate of `keys` closes for longer than anybody waits. */
export const FIRST_ROUND = {
  retried: { unavailable: 3 },
  withheld: { "attempts-spent": 1, "circuit-open": 1, "no-time": 1 },
} as const;

/** A policy under which a bad day is short. `users` is the name of a route. */
export function policyText(users = "users"): string {
  return `version: 1
extends: aic
retry: { backoff: { base: 1ms, max: 2ms }, budget: { perSecond: 20 } }
routes:
  - { name: ${users}, match: { path: '/openidm/managed/alpha_user/**' } }
  - { name: login, match: { path: '/am/**' }, family: am, breaker: { minimum: 5, open: 2m, openMax: 2m } }
  - name: narrow
    match: { path: '/iga/**' }
    family: iga
    limits: { concurrency: 1, queue: 0 }
    deadline: 10m
    attempt: { timeout: 10m }
`;
}

/** Not needed without TLS, but its end is shown. */
const CA_FILE = fileURLToPath(new URL("../fixtures/tls/ca.pem", import.meta.url));

const USERS = "/openidm/managed/alpha_user";

export async function startBadDay(): Promise<BadDay> {
  const tenant = await startTenant({ clock: systemClock });
  const policy = mountConfigMap("policy.yaml", policyText());
  const gateway = await serving([
    "--policy",
    policy.file,
    "--upstream",
    tenant.url,
    "--upstream-ca",
    CA_FILE,
  ]);
  const told = new Map<string, number>();
  let rounds = 0;

  const tell = async (
    method: string,
    path: string,
    options: Parameters<typeof ask>[3] = {},
  ): Promise<Answer> => {
    const answer = await ask(gateway.url, method, path, options);
    const named = `${Math.floor(answer.status / 100)}xx`;
    told.set(named, (told.get(named) ?? 0) + 1);
    return answer;
  };

  const usersPart = async (): Promise<void> => {
    const path = `${USERS}/00000000-0000-4000-8000-00000000000${rounds}`;
    const put = (header: string, revision: string, sn: string) =>
      tell("PUT", path, {
        headers: { [header]: revision },
        body: JSON.stringify({ userName: `jane${rounds}`, givenName: "Jane", sn, mail: "jane@example.com" }),
      });
    const created = await put("if-none-match", "*", "Doe");
    for (const failures of [0, 0, 0, 0, 1, 2, 1]) {
      for (let i = 0; i < failures; i++) tenant.will(503);
      await tell("GET", path);
    }
    // The first is found out to have worked; of the second, and of the create, nothing shows whether they have.
    tenant.dropAfterCommit();
    await put("if-match", `"${created.json()._rev}"`, "Roe");
    tenant.dropBeforeCommit();
    await put("if-match", '"of-long-ago"', "Poe");
    tenant.will(502);
    await tell("POST", `${USERS}?_action=create`, { body: "{}" });
    await tell("GET", `${USERS}/nobody`);
  };

  const trouble = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) tenant.will(503);
    await tell("GET", "/am/json/realms");
    await tell("GET", "/am/json/realms");
    tenant.will(429, { "retry-after": "120" });
    await tell("GET", "/keys/sets");
    tenant.hang({ path: /^\/iga/ });
    const seen = tenant.saw.length;
    // Holds the only place of its family until the end.
    ask(gateway.url, "GET", "/iga/requests").catch(() => undefined);
    await tenant.waitFor(seen + 1);
  };

  const kill = async (): Promise<void> => {
    gateway.child.kill("SIGKILL");
    await gateway.ended;
  };
  return {
    gateway,
    policy,
    told,
    async round() {
      rounds += 1;
      await usersPart();
      if (rounds === 1) await trouble();
      for (const path of ["/am/json/realms", "/am/json/users", "/keys/sets", "/iga/requests"])
        await tell("GET", path);
    },
    kill,
    async end() {
      await kill();
      await tenant.close();
    },
  };
}
