/**
 * Where the gateway's time goes under load: a CPU profile of the one process, taken when it is warm, and the dearest
 * functions and files of it. It runs the sources and not the bundle, so that a place is a file that one can open.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { CASES } from "./cases.ts";
import { load } from "./load.ts";
import { end, here, start } from "./processes.ts";
import { ASKS } from "./requests.ts";
import { gatewayFlags, NODE_OPTIONS, type Site } from "./site.ts";

const WARM_UP_SECONDS = 8;
const SECONDS = 8;
const SAMPLE_US = 200;
const SHOWN = 20;

type Frame = { readonly functionName: string; readonly url: string; readonly lineNumber: number };
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

/** Profiles the first of these that is a case of the gateway; says where the profile is, and what is dearest. */
export async function profileCase(
  site: Site,
  names: readonly string[],
  commit: string,
  tell: (progress: string) => void,
): Promise<string> {
  const what = CASES.find(({ name, program }) => program === "gateway" && names.includes(name));
  if (what === undefined) return "None of these is a case of the gateway.";
  const gateway = await start(
    ["--inspect=127.0.0.1:0", here("../bin/crest-gateway"), ...gatewayFlags(site, what)],
    /(ws:\S+)[\s\S]*callers at (http:\S+)/,
    { NODE_OPTIONS },
  );
  const [, inspectorUrl = "", url = ""] = gateway.said;
  tell(`warming up ${what.name}`);
  await load(url, ASKS[what.asks], WARM_UP_SECONDS);
  const inspector = await openInspector(inspectorUrl);
  await inspector.ask("Profiler.enable");
  await inspector.ask("Profiler.setSamplingInterval", { interval: SAMPLE_US });
  await inspector.ask("Profiler.start");
  tell(`profiling ${what.name}`);
  const { requests } = await load(url, ASKS[what.asks], SECONDS);
  const { profile } = (await inspector.ask("Profiler.stop")) as { readonly profile: Profile };
  inspector.close();
  await end(gateway);
  mkdirSync(here("results"), { recursive: true });
  writeFileSync(here(`results/${commit}.cpuprofile`), JSON.stringify(profile));
  return `${what.title}, ${requests} requests: bench/results/${commit}.cpuprofile\n\n${dearest(profile)}`;
}

type Inspector = {
  readonly ask: (method: string, params?: object) => Promise<unknown>;
  readonly close: () => void;
};

async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`nobody to profile at ${url}`));
  });
  let last = 0;
  const waiting = new Map<number, (result: unknown) => void>();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  return {
    ask: (method, params = {}) =>
      new Promise((resolve) => {
        waiting.set(++last, resolve);
        socket.send(JSON.stringify({ id: last, method, params }));
      }),
    close: () => socket.close(),
  };
}

/** Self time: what a function did itself, without what it called. Waiting does not count. */
function dearest({ nodes, samples, timeDeltas }: Profile): string {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const [functions, files] = [new Map<string, number>(), new Map<string, number>()];
  const add = (to: Map<string, number>, key: string, us: number): void => {
    to.set(key, (to.get(key) ?? 0) + us);
  };
  let totalUs = 0;
  samples.forEach((id, index) => {
    const [frame, us] = [frames.get(id), timeDeltas[index] ?? 0];
    if (frame === undefined || frame.functionName === "(idle)") return;
    totalUs += us;
    add(functions, `${frame.functionName || "(no name)"}  ${placeOf(frame, true)}`.trimEnd(), us);
    add(files, placeOf(frame, false) || frame.functionName, us);
  });
  const top = (of: Map<string, number>): string =>
    [...of]
      .sort(([, a], [, b]) => b - a)
      .slice(0, SHOWN)
      .map(([key, us]) => `${((us / totalUs) * 100).toFixed(1).padStart(6)}  ${key}`)
      .join("\n");
  return `% of its time  function, without what it calls\n${top(functions)}\n\n% of its time  file\n${top(files)}`;
}

const ROOT = new URL("../", import.meta.url).href;

/** Of ours from the root on, of a library from its name on; nothing for what has no file, as native code. */
function placeOf({ url, lineNumber }: Frame, withLine: boolean): string {
  if (url === "") return "";
  const file = url.replace(ROOT, "").replace(/^.*node_modules\//, "");
  return withLine ? `${file}:${lineNumber + 1}` : file;
}
