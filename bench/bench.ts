/**
 * What the gateway costs, beside others that pass on: `npm run bench`. Ratios come first, since a machine is not the
 * same from one minute to the next, and not from one to another. bench/README.md says how to read it.
 *
 * It measures; it never fails a build. What cannot be measured is named, and the rest goes on.
 */
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { chosen } from "./cases.ts";
import { footprint, starts } from "./footprint.ts";
import { addedTimes } from "./latency.ts";
import { CALLERS, loadedBy } from "./load.ts";
import { type Part, readOptions } from "./options.ts";
import { profileCase } from "./profile.ts";
import { addedTable, memoryText, priceTable, startsText } from "./report.ts";
import { measuredCommit, writeResult } from "./results.ts";
import { priceAll } from "./rounds.ts";
import { BUNDLE, NODE_OPTIONS, openSite, upstreamIs } from "./site.ts";

const LONGEST_RUN_MS = 1_800_000;

const wanted = readOptions(process.argv.slice(2));
if ("text" in wanted) {
  (wanted.ok ? console.info : console.error)(wanted.text);
  process.exit(wanted.ok ? 0 : 2);
}
if (!existsSync(BUNDLE)) {
  console.error(`${BUNDLE} is not there: run "npm run bench", which makes it first`);
  process.exit(1);
}
setTimeout(() => {
  console.error(`not done after ${LONGEST_RUN_MS / 1000} s, giving up`);
  process.exit(1);
}, LONGEST_RUN_MS).unref();

const { parts } = wanted;

const tell = (progress: string): void => {
  process.stderr.write(`… ${progress}\n`);
};
const site = await openSite();
const machine = {
  node: process.versions.node,
  processor: cpus()[0]?.model ?? "unknown processor",
  cores: cpus().length,
  nodeOptions: NODE_OPTIONS,
  upstream: upstreamIs,
  load: `${CALLERS} callers, ${loadedBy}`,
};
const commit = measuredCommit();
console.info(
  `${commit}, Node ${machine.node}, ${machine.processor}, ${machine.cores} cores; upstream ${upstreamIs}, ${machine.load}\n`,
);

if (wanted.profile) {
  console.info(await profileCase(site, wanted.cases, commit, tell));
  process.exit(0);
}

/** A part that fails is named, and harms no other. */
async function part<T>(name: Part, work: () => Promise<T>, print: (result: T) => string) {
  if (!parts.has(name)) return undefined;
  try {
    const result = await work();
    console.info(`\n${print(result)}`);
    return result;
  } catch (error) {
    console.info(`\n${name}: not measured: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

const patience = { leftMs: wanted.patienceSeconds * 1000 };
const cases = chosen(wanted.cases);
const priced = cases.length === 0 ? undefined : await priceAll(site, cases, wanted, { ...patience }, tell);
if (priced) console.info(priceTable(priced.prices, priced.skipped));
const added = await part("latency", () => addedTimes(site, { ...patience }, tell), addedTable);
const started = await part("starts", () => starts(site, { ...patience }, tell), startsText);
const taken = await part("memory", () => footprint(site, tell), memoryText);

if (wanted.write) {
  const measuredAt = new Date().toISOString().slice(0, 10);
  const result = {
    commit,
    measuredAt,
    ...machine,
    ...priced,
    added,
    starts: started,
    memory: taken,
  };
  console.info(`\nWritten to ${writeResult(commit, result)}`);
}
process.exit(0);
