/**
 * The values of `serve`'s flags, from text to what they mean: addresses, durations, the tenant. It says what
 * is wrong with each and wires nothing.
 */
import { adminHostNames } from "../../admin/hosts.ts";
import { WEATHERS, type Weather } from "../../demo/weather.ts";
import { LOG_LEVELS } from "../../observe/log.ts";
import { inColours, type Paint, plainly } from "../../observe/readable.ts";
import { parseDuration } from "../../policy/written/units.ts";
import { parseUpstream } from "../../upstream/tenant.ts";
import { type Address, parseAddress, type ServeValues } from "../options.ts";
import { PACKAGE_ROOT } from "../version.ts";

export type Settings = {
  readonly upstream: URL | undefined;
  readonly listen: Address;
  readonly admin: Address;
  /** What the admin address is called, in lower case. */
  readonly adminHosts: ReadonlySet<string>;
  readonly policyFile: string;
  readonly drainDelayMs: number;
  readonly drainLimitMs: number;
  /** Of the simulated tenant. */
  readonly weather: Weather;
  readonly demoTraffic: boolean;
  /** How lines for people are painted; undefined for JSON. */
  readonly logForPeople: Paint | undefined;
};

const LOG_FORMATS = ["auto", "json", "pretty"];

/** Where lines go. */
export type Terminal = { readonly isTerminal: boolean; readonly hasColours: boolean };

/** What the flags say, understood; or the first thing that is wrong, with what was expected. */
export function readSettings(
  values: ServeValues,
  terminal: Terminal,
): Settings | { readonly problem: string } {
  const listen = parseAddress(values.listen);
  if (!listen) return { problem: `--listen "${values.listen}": expected HOST:PORT, e.g. 127.0.0.1:8080` };
  const admin = parseAddress(values.admin);
  if (!admin) return { problem: `--admin "${values.admin}": expected HOST:PORT, e.g. 127.0.0.1:9090` };
  const adminHosts = adminHostNames(values["admin-host"]);
  if ("problem" in adminHosts) return { problem: `--admin-host ${adminHosts.problem}` };
  const drainDelayMs = parseDuration(values["drain-delay"]);
  if (drainDelayMs === undefined)
    return { problem: `--drain-delay "${values["drain-delay"]}": expected e.g. 5s` };
  const drainLimitMs = parseDuration(values["drain-limit"]);
  if (drainLimitMs === undefined)
    return { problem: `--drain-limit "${values["drain-limit"]}": expected e.g. 30s` };
  if (!LOG_LEVELS.some((level) => level === values["log-level"]))
    return { problem: `--log-level "${values["log-level"]}": expected one of ${LOG_LEVELS.join(", ")}` };
  const format = values["log-format"];
  if (!LOG_FORMATS.includes(format))
    return { problem: `--log-format "${format}": expected one of ${LOG_FORMATS.join(", ")}` };
  const isForPeople = format === "pretty" || (format === "auto" && terminal.isTerminal);
  const logForPeople = isForPeople ? (terminal.hasColours ? inColours : plainly) : undefined;
  const upstream = values.upstream === "" ? { url: undefined } : parseUpstream(values.upstream);
  if ("problem" in upstream) return { problem: `--upstream: ${upstream.problem}` };
  const { weather, "demo-traffic": demoTraffic } = values;
  if (weather !== "" && !Object.hasOwn(WEATHERS, weather))
    return { problem: `--weather "${weather}": expected one of ${Object.keys(WEATHERS).join(", ")}` };
  if (demoTraffic !== "yes" && demoTraffic !== "no")
    return { problem: `DEMO_TRAFFIC "${demoTraffic}": expected yes or no` };
  if (upstream.url && (weather !== "" || demoTraffic === "yes"))
    return {
      problem: "--weather and --demo-traffic are for the simulated tenant: leave them out, or --upstream",
    };
  const policyFile = values.policy || `${PACKAGE_ROOT}config/policy.yaml`;
  return {
    upstream: upstream.url,
    listen,
    admin,
    // Whoever listens at a name is called so.
    adminHosts: new Set([
      ...adminHosts.names,
      ...(admin.host === undefined ? [] : [admin.host.toLowerCase()]),
    ]),
    policyFile,
    drainDelayMs,
    drainLimitMs,
    weather: WEATHERS[(weather || "rain") as keyof typeof WEATHERS],
    demoTraffic: demoTraffic === "yes",
    logForPeople,
  };
}
