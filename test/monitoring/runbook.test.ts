/** The runbook: its queries ask for what there is, and what it quotes of the log and of flags is so. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { codeBlocks, codeWords, fromRoot, table, textOf } from "../docs/markdown.ts";
import { problemsIn } from "./known.ts";

const RUNBOOK = textOf("docs/runbook.md");
const RULES: readonly { alert: string; labels: { severity: string } }[] = parse(
  textOf("helm/crest-gateway/files/alerts.yaml"),
).groups.flatMap(({ rules }: { rules: unknown[] }) => rules);
const queries = codeBlocks(RUNBOOK).filter(({ language }) => language === "promql");

describe("the runbook", () => {
  it.each(queries)("asks only for what there is: $code", ({ code }) => expect(problemsIn(code)).toEqual([]));

  it("names every alert with its severity", () => {
    const told = table(RUNBOOK, "alert").map(([alert = "", severity]) => [
      /\[(\w+)\]/.exec(alert)?.[1],
      severity,
    ]);
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(RULES.map(({ alert, labels }) => [alert, labels.severity])),
    );
  });

  it.each(RULES)(
    "says of $alert what it means, what callers feel, how to look, what to do, when not to",
    ({ alert }) => {
      const [, section = ""] = new RegExp(`^## ${alert}\n([^]*?)(?=^## |(?![^]))`, "m").exec(RUNBOOK) ?? [];
      const leads = [...section.matchAll(/^\*\*(It means|Callers feel|Look|Do|Let it be)\*\*/gm)];
      expect(leads.map(([, lead]) => lead)).toEqual(["It means", "Callers feel", "Look", "Do", "Let it be"]);
    },
  );

  it("inhibits alerts that there are", () => {
    const { code = "" } = codeBlocks(RUNBOOK).find(({ language }) => language === "yaml") ?? {};
    expect(Object.keys(parse(code))).toEqual(["route", "inhibit_rules"]);
    const named = [...RUNBOOK.matchAll(/CrestGateway\w+/g)].map(([name]) => name);
    for (const name of named) expect(RULES.map(({ alert }) => alert)).toContain(name);
  });

  it("quotes log lines and messages as the program writes them", () => {
    const sources = readdirSync(fromRoot("src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => textOf(`src/${path}`))
      .join("\n");
    const quoted = codeWords(RUNBOOK).filter((word) => /^[a-z]+ [a-z:, -]+$/.test(word));
    expect(quoted.length).toBeGreaterThan(4);
    // The state of a circuit is put in where the line is written.
    for (const words of quoted) expect(sources, words).toContain(words.replace(/^circuit .+$/, "circuit "));
  });
});
