/** The README says what there is, all of it and nothing else, wherever a list can be held against the code. */
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { createAdmin } from "../../src/admin/server.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { explanationText } from "../../src/cli/explain/explanation.ts";
import { helpText } from "../../src/cli/help.ts";
import { SERVE_OPTIONS } from "../../src/cli/options.ts";
import { REPLAY_CLASSES } from "../../src/crest/words.ts";
import { MEANINGS, ORIGINS, PROCESSED, REFUSAL_REASONS, WITHHELD_REASONS } from "../../src/decide/words.ts";
import { REFUSAL_SAYINGS } from "../../src/gateway/messages.ts";
import { proxyStatus } from "../../src/http/proxy-status.ts";
import type { ExchangeRecord } from "../../src/observe/events.ts";
import { createLog } from "../../src/observe/log.ts";
import { compilePolicy, loadPolicy } from "../../src/policy/load.ts";
import { sampleAnswer } from "../../src/policy/sample.ts";
import { formatMistakes } from "../../src/policy/written/mistakes.ts";
import { explain } from "../../src/rehearse/explain.ts";
import { runPolicyTests } from "../../src/rehearse/policy-tests.ts";
import { calmParts } from "../admin/parts.ts";
import { EXCHANGE, metricsOf } from "../observe/sources.ts";
import { codeBlocks, codeWords, fromRoot, table, textOf } from "./markdown.ts";

const README = textOf("README.md");
/** The way in and the whole of it: what a newcomer does not need at once stands in the second. */
const TOLD = `${README}\n${textOf("docs/reference.md")}`;
/** A list stands in full in the reference, where both have it. */
const REFERENCE = `${textOf("docs/reference.md")}\n${README}`;

const firstWords = (firstColumn: string): string[] =>
  table(REFERENCE, firstColumn).flatMap(([cell = ""]) => codeWords(cell));

const block = (language: string, has: string): string => {
  const found = codeBlocks(TOLD).find((each) => each.language === language && each.code.includes(has));
  if (!found) throw new Error(`there is no ${language} block with "${has}"`);
  return found.code;
};

it("the README can be read in one sitting", () =>
  expect(Buffer.byteLength(README)).toBeLessThanOrEqual(15_000));

it("the README tells every meaning and every replay class", () => {
  const told = new Set(codeWords(README));
  for (const word of [...MEANINGS, ...REPLAY_CLASSES]) expect(told).toContain(word);
});

describe("the README's tables say what there is and nothing else:", () => {
  it("flags and environment", () => {
    const told = table(REFERENCE, "flag").map(([flag, env]) => [flag, env]);
    expect(told).toEqual(
      SERVE_OPTIONS.map(({ flag, value, env }) => [`\`${`--${flag} ${value}`.trim()}\``, `\`${env}\``]),
    );
  });

  it("defaults of flags", () => {
    const told = new Map(table(REFERENCE, "flag").map(([flag = "", , fallback = ""]) => [flag, fallback]));
    for (const { flag, value, fallback } of SERVE_OPTIONS)
      if (fallback !== "") expect(told.get(`\`${`--${flag} ${value}`.trim()}\``)).toBe(`\`${fallback}\``);
  });

  it("metrics", async () => {
    const { body } = await metricsOf().expose(undefined);
    const live = [...body.matchAll(/^# TYPE (crest_gateway_\w+)/gm)].map(([, name = ""]) => name);
    expect(firstWords("metric").toSorted()).toEqual(live.toSorted());
  });

  it("replay classes", () => expect(firstWords("replay class")).toEqual([...REPLAY_CLASSES]));

  it("meanings", () => expect(firstWords("meaning").toSorted()).toEqual(MEANINGS.toSorted()));

  it("reasons", () => {
    const said = Object.values(REFUSAL_SAYINGS).map(({ reason }) => reason);
    expect(firstWords("`reason`").toSorted()).toEqual(
      [...new Set([...WITHHELD_REASONS, ...said])].toSorted(),
    );
  });

  it("parameters of Proxy-Status", () => {
    const told = firstWords("in `Proxy-Status`");
    const written = proxyStatus({
      error: "x",
      receivedStatus: 1,
      attempts: 1,
      meaning: "x",
      reason: "x",
      processed: "x",
      origin: "x",
      settled: "x",
    });
    const live = [...written.matchAll(/; ([\w-]+)=/g)].map(([, name = ""]) => name);
    expect(told).toEqual(live);
  });

  it("admin pages", async () => {
    const { http: server } = createAdmin(calmParts());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const live = [...(await answer.text()).matchAll(/^(\/\S*)/gm)].map(([, page = ""]) => page);
    server.closeAllConnections();
    server.close();
    expect(firstWords("page").toSorted()).toEqual(live.toSorted());
  });

  it("fields of the log line of an exchange", () => {
    const whole: Required<ExchangeRecord> = {
      ...EXCHANGE,
      meaning: "ok",
      processed: "yes",
      reason: "answered",
      delivery: "cut",
      failure: "ECONNRESET",
      transactionId: "t",
      settled: "applied",
      story: [{ meaning: "ok", atMs: 0, durationMs: 1, next: "answered" }],
      error: Object.assign(new Error("x", { cause: new Error("y") }), { code: "X" }),
    };
    const lines: string[] = [];
    createLog({ level: "info", write: (line) => lines.push(line) }).observe({ kind: "exchange", ...whole });
    expect(firstWords("field").toSorted()).toEqual(Object.keys(JSON.parse(lines[0] ?? "")).toSorted());
  });
});

describe("the README explains", () => {
  it.each(REFUSAL_REASONS)("the refusal %s", (word) => expect(codeWords(TOLD)).toContain(word));
  it.each(PROCESSED)("processed=%s", (word) => expect(codeWords(TOLD)).toContain(word));
  it.each(ORIGINS)("origin=%s", (word) => expect(codeWords(TOLD)).toContain(word));

  it("every command that --help knows", () => {
    const commands = [...helpText(COMMANDS).matchAll(/^ {2}crest-gateway ([a-z]+) /gm)].map(
      ([, name = ""]) => name,
    );
    for (const command of commands) expect(TOLD).toMatch(new RegExp(`crest-gateway ${command}\\b`));
  });
});

describe("the README's examples hold:", () => {
  it("the policy file has no mistake, and its tests pass", () => {
    const loaded = compilePolicy(block("yaml", "extends: aic"), { file: "policy.yaml", env: {} });
    if ("mistakes" in loaded) throw new Error(formatMistakes(loaded.mistakes));
    expect(formatMistakes(loaded.policy.warnings)).toBe("");
    const results = runPolicyTests(loaded.policy, 0);
    expect(results.map(({ failures }) => failures)).toEqual([[]]);
  });

  it("a misspelt key is told as shown", () => {
    const text = block("yaml", "extends: aic").replace("deadline:", "deadlin:");
    const loaded = compilePolicy(text, { file: "policy.yaml", env: {} });
    const [told = ""] = /^policy\.yaml:.*$/m.exec(block("text", "crest-gateway check")) ?? [];
    expect("mistakes" in loaded && formatMistakes(loaded.mistakes)).toBe(told);
  });

  it("explain says what is shown, but for line numbers", () => {
    const loaded = loadPolicy({ file: fromRoot("config/policy.yaml").pathname, env: {} });
    if ("mistakes" in loaded) throw new Error(formatMistakes(loaded.mistakes));
    const request = {
      method: "PUT",
      target: "/openidm/managed/alpha_user/1",
      headers: ["If-Match", '"3"'],
      body: undefined,
    };
    const told = { outcome: sampleAnswer(503, ["Retry-After", "2"], undefined), attempts: 1, wallMs: 0 };
    const explained = explain(loaded.policy, request, told);
    if ("problem" in explained) throw new Error(explained.problem);
    const [, ...shown] = block("text", "crest-gateway explain").split("\n");
    const words = (text: string): string =>
      text
        .replaceAll(/:\d+$/gm, "")
        .replaceAll(/\S*(?=config\/policy\.yaml)/g, "")
        .replaceAll(/ +/g, " ");
    expect(words(shown.join("\n"))).toBe(words(explanationText(request, explained)));
  });
});
