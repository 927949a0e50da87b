/**
 * `npm run torture`: does all that can be done to a gateway, prints what became of it, and ends with 1 when anything is
 * not as expected. Progress goes to standard error.
 */
import { figures as alone } from "./alone.ts";
import { figures as conformance } from "./conformance.ts";
import type { Figure } from "./figure.ts";
import { differences } from "./golden.ts";
import { runMatrix, tableOf, type Wire } from "./matrix.ts";
import { figures as overload } from "./overload.ts";

const startedAt = performance.now();
let wrong = 0;

const say = (text: string): void => {
  console.error(`${Math.round((performance.now() - startedAt) / 1000)} s  ${text}`);
};

async function matrix(wire: Wire): Promise<void> {
  const lines = await runMatrix(wire, (done, of) => {
    if (done % 40 === 0 || done === of) say(`matrix, ${wire}: ${done} of ${of}`);
  });
  if (wire === "plain") console.log(`${tableOf(lines)}\n`);
  const found = differences(lines, wire);
  wrong += found.length;
  for (const { expected, actual } of found) console.log(`expected  ${expected}\nactual    ${actual}\n`);
  console.log(`matrix, ${wire}: ${lines.length} lines, ${found.length} not as expected\n`);
}

async function table(name: string, measure: () => Promise<readonly Figure[]>): Promise<void> {
  say(name);
  const found = await measure();
  const bad = found.filter(({ ok }) => !ok).length;
  wrong += bad;
  for (const { ok, name: what, expected, actual } of found)
    console.log(
      `${ok ? "ok " : "NOT"}  ${what}: ${expected === actual ? actual : `${actual} (expected: ${expected})`}`,
    );
  console.log(`${name}: ${found.length} lines, ${bad} not as expected\n`);
}

await matrix("plain");
await matrix("tls");
await table("rows that are about the whole process", alone);
await table("conformance", conformance);
await table("overload", () => overload("full"));
say(wrong === 0 ? "all as expected" : `${wrong} not as expected`);
process.exitCode = wrong === 0 ? 0 : 1;
