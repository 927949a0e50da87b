/**
 * The Compose example, as far as it can be proven without an engine and without the images of Prometheus and Grafana:
 * the file is read by Compose's own reader, what it mounts is there and is accepted by the programs it is meant for, and
 * the gateway starts with the very command and policy that the file gives it.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, type TestContext } from "vitest";
import { parse } from "yaml";
import { run, serving } from "../support/process.ts";
import { requireTool } from "../support/tools.ts";

const FOLDER = fileURLToPath(new URL("../../examples/compose/", import.meta.url));
const VERSION: string = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).version;

type Mount = {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
};
type Service = {
  readonly image: string;
  readonly command?: readonly string[];
  /** Null: handed on from where Compose is called, if it is set there. */
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports: readonly {
    readonly host_ip?: string;
    readonly published: string;
    readonly target: number;
  }[];
  readonly volumes: readonly Mount[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
};
type Project = { readonly services: Readonly<Record<"gateway" | "prometheus" | "grafana", Service>> };

function read(context: TestContext, ...flags: readonly string[]): Project {
  const reader = requireTool(context, "compose-config");
  const args = ["-format", "json", ...flags, "compose.yaml"];
  return JSON.parse(execFileSync(reader, args, { cwd: FOLDER, encoding: "utf8" }));
}

const binds = (service: Service): readonly Mount[] => service.volumes.filter(({ type }) => type === "bind");

/** A container's mounted files in a folder that stands for its root. */
function rootOf(service: Service): string {
  const root = mkdtempSync(join(tmpdir(), "crest-gateway-compose-"));
  for (const { source, target } of binds(service)) {
    mkdirSync(dirname(join(root, target)), { recursive: true });
    cpSync(source, join(root, target), { recursive: true });
  }
  return root;
}

/** The container's environment, where the one around it sets nothing. */
const setIn = ({ environment = {} }: Service): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );

/** The command's value of a flag. */
const flag = (service: Service, name: string): string | undefined =>
  service.command?.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);

describe("compose.yaml", () => {
  it("is accepted by Compose's own reader, which refuses a misspelt key", (context) => {
    expect(Object.keys(read(context).services).toSorted()).toEqual(["gateway", "grafana", "prometheus"]);
    const reader = requireTool(context, "compose-config");
    const misspelt = join(mkdtempSync(join(tmpdir(), "crest-gateway-compose-")), "compose.yaml");
    writeFileSync(
      misspelt,
      readFileSync(join(FOLDER, "compose.yaml"), "utf8").replace("read_only:", "readonly:"),
    );
    expect(() => execFileSync(reader, [misspelt], { stdio: "pipe" })).toThrow("services.gateway.readonly");
  });

  it("mounts nothing that is not there, and all of it read-only", (context) => {
    const mounts = Object.values(read(context).services).flatMap(binds);
    expect(mounts.length).toBeGreaterThan(5);
    for (const { source, read_only } of mounts) {
      expect(existsSync(source), source).toBe(true);
      expect(read_only, source).toBe(true);
    }
  });

  it("opens every port to this machine alone, each once", (context) => {
    const ports = Object.values(read(context).services).flatMap((service) => service.ports);
    expect(new Set(ports.map(({ host_ip }) => host_ip))).toEqual(new Set(["127.0.0.1"]));
    expect(new Set(ports.map(({ published }) => published)).size).toBe(ports.length);
  });

  it("runs the image of this version, read-only and without capabilities", (context) => {
    const { gateway } = read(context).services;
    expect(gateway).toMatchObject({ image: `crest-gateway:${VERSION}`, read_only: true, cap_drop: ["ALL"] });
  });

  it("pins every image", (context) => {
    for (const { image } of Object.values(read(context).services))
      expect(image).toMatch(/:v?\d+\.\d+\.\d+(-[\w.]+)?$/);
  });
});

describe("its gateway", () => {
  it("serves with the command and the policy of the file", async (context) => {
    const { gateway } = read(context).services;
    const root = rootOf(gateway);
    // Fixed ports would meet whatever else listens on this machine; the last one of a flag counts.
    const moved = gateway.command?.slice(1).filter((word) => !/^--(listen|admin|policy)=/.test(word)) ?? [];
    const policy = join(root, flag(gateway, "policy") ?? "");
    const program = await serving([...moved, "--policy", policy], setIn(gateway));
    context.onTestFinished(() => void program.child.kill("SIGKILL"));
    expect(program.stderr()).toContain("simulated tenant");
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  it("listens where the ports lead, and mounts the policy's folder", (context) => {
    const { gateway } = read(context).services;
    const listens = [flag(gateway, "listen"), flag(gateway, "admin")].map((address) =>
      Number(address?.slice(1)),
    );
    expect(gateway.ports.map(({ target }) => target)).toEqual(listens);
    expect(binds(gateway).map(({ target }) => target)).toEqual([dirname(flag(gateway, "policy") ?? "")]);
  });

  it("goes before the tenant that UPSTREAM_URL names, else before the simulated one", (context) => {
    expect(read(context).services.gateway.environment).toHaveProperty("UPSTREAM_URL", null);
  });

  it("has a policy without mistakes whose tests pass", async () => {
    const program = run(["check", join(FOLDER, "policy/policy.yaml")]);
    expect((await program.ended).code, program.stderr()).toBe(0);
    expect(program.stdout()).toContain("no mistakes, no warnings, 2 of 2 tests passed");
  });
});

describe("its Prometheus", () => {
  it("accepts its configuration and the alerts, and scrapes the gateway's admin port", (context) => {
    const promtool = requireTool(context, "promtool");
    const { gateway, prometheus } = read(context).services;
    const config = join(rootOf(prometheus), "etc/prometheus/prometheus.yml");
    expect(execFileSync(promtool, ["check", "config", config], { encoding: "utf8" })).toContain(
      "1 rule files found",
    );
    const [scraped] = parse(readFileSync(config, "utf8")).scrape_configs;
    expect(scraped.static_configs[0].targets).toEqual([`gateway${flag(gateway, "admin")}`]);
  });
});

describe("its Grafana", () => {
  const yamlOf = (file: string) => parse(readFileSync(join(FOLDER, "grafana", file), "utf8"));

  it("finds the dashboard where the provider looks", (context) => {
    const root = rootOf(read(context).services.grafana);
    const [provider] = yamlOf("dashboards/crest-gateway.yaml").providers;
    const [found] = readdirSync(join(root, provider.options.path));
    const dashboard = JSON.parse(readFileSync(join(root, provider.options.path, found ?? ""), "utf8"));
    expect(dashboard.panels.length).toBeGreaterThan(5);
    expect(read(context).services.grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(
      join(provider.options.path, found ?? ""),
    );
  });

  it("asks the Prometheus of this file", () => {
    const [source] = yamlOf("datasources/prometheus.yaml").datasources;
    expect(source).toMatchObject({ type: "prometheus", url: "http://prometheus:9090", isDefault: true });
  });
});
