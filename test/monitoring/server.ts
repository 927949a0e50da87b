/** A real Prometheus that scrapes one target, asked through its HTTP API. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../support/free-ports.ts";

export type Sample = { readonly metric: Readonly<Record<string, string>>; readonly value: number };

export type Prometheus = {
  /** What an instant query finds now. Rejects with Prometheus's own words when it is a bad one. */
  query(promql: string): Promise<readonly Sample[]>;
  /** Names of the alerts in that state, each once. */
  alerts(state: "pending" | "firing"): Promise<readonly string[]>;
  /** The type of each metric family by that name, as the last scrape told it. */
  types(family: string): Promise<readonly string[]>;
  stop(): Promise<void>;
};

/** Starts `program` with that rule file, scraping `target` (host and port) once a second as job `crest-gateway`. */
export async function startPrometheus(program: string, target: string, rules: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "crest-gateway-prometheus-"));
  writeFileSync(join(folder, "alerts.yaml"), rules);
  writeFileSync(
    join(folder, "prometheus.yml"),
    `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 250ms }
rule_files: [alerts.yaml]
scrape_configs:
  - job_name: crest-gateway
    static_configs: [{ targets: ["${target}"] }]
`,
  );
  // Prometheus does not tell which it takes when it is asked for any.
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  let over = false;
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => {
      over = true;
      resolve();
    });
  });

  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://${address}${path}`);
    const { status, data, error } = (await answer.json()) as {
      status: string;
      data: unknown;
      error?: string;
    };
    if (status !== "success") throw new Error(error ?? `${answer.status} at ${path}`);
    return data;
  };
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  };
  // A test that gives up waiting does not come back here.
  process.once("exit", () => child.kill("SIGKILL"));
  await until(async () => {
    if (over) throw new Error(`prometheus ended: ${said}`);
    const ready = await fetch(`http://${address}/-/ready`).catch(() => undefined);
    return ready?.ok === true;
  });

  return {
    async query(promql) {
      const data = (await get(`/api/v1/query?query=${encodeURIComponent(promql)}`)) as {
        result: readonly { metric: Record<string, string>; value: [number, string] }[];
      };
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async alerts(state) {
      const data = (await get("/api/v1/alerts")) as {
        alerts: readonly { state: string; labels: { alertname: string } }[];
      };
      const names = data.alerts
        .filter((alert) => alert.state === state)
        .map(({ labels }) => labels.alertname);
      return [...new Set(names)].toSorted();
    },
    async types(family) {
      const data = (await get(`/api/v1/metadata?metric=${family}`)) as Record<string, { type: string }[]>;
      return (data[family] ?? []).map(({ type }) => type);
    },
    stop,
  };
}

/** Asks again and again until the answer is yes; the test's own time limit ends a wait for nothing. */
export async function until(come: () => Promise<boolean>): Promise<void> {
  while (!(await come())) await new Promise((resolve) => setTimeout(resolve, 50));
}
