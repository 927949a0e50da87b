/** What `npm run bench` can be told: a table, from which parsing and help follow. */
import { parseArgs } from "node:util";
import { CASES } from "./cases.ts";

/** What is measured beside the cases. */
const PARTS = {
  latency: "what is added to an answer's time at 500 requests a second",
  starts: "how long until the gateway takes callers",
  memory: "its memory after its start and after 200,000 requests",
} as const;
export type Part = keyof typeof PARTS;

export type Wanted = {
  readonly cases: readonly string[];
  readonly parts: ReadonlySet<Part>;
  /** Whether the result goes into the commit's file. */
  readonly write: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly patienceSeconds: number;
  readonly profile: boolean;
};

const ROUNDS = 5;
const SECONDS = 1;
const PATIENCE_SECONDS = 30;

const HELP = `npm run bench -- [flags]: what the gateway costs, beside others; see bench/README.md

  --only NAME[,NAME]  these alone, with what they are compared with; the result is not written
  --write             but with this it is, in place of the same part of an earlier run
  --rounds N          so many rounds of every case (default: ${ROUNDS})
  --seconds N         so long each case in every round (default: ${SECONDS})
  --patience N        so many seconds for each part to wait and try again when others use the machine
                       (default: ${PATIENCE_SECONDS})
  --profile           instead: where the time goes, in the first case of the gateway named by --only
                      (default: gateway)
  --help              this text

Names:
${[...CASES.map(({ name, title }) => [name, title]), ...Object.entries(PARTS)]
  .map(([name = "", title]) => `  ${name.padEnd(20)}${title}`)
  .join("\n")}
`;

/** A text is to be shown instead: help, or what is wrong with the flags. */
export function readOptions(
  args: readonly string[],
): Wanted | { readonly text: string; readonly ok: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        write: { type: "boolean", default: false },
        rounds: { type: "string", default: String(ROUNDS) },
        seconds: { type: "string", default: String(SECONDS) },
        patience: { type: "string", default: String(PATIENCE_SECONDS) },
        profile: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return { text: HELP, ok: true };
    const names = [...CASES.map(({ name }) => name), ...Object.keys(PARTS)];
    const only = values.only?.split(",") ?? names;
    const unknown = only.find((name) => !names.includes(name));
    if (unknown !== undefined)
      return { text: `--only ${unknown}: expected one of ${names.join(", ")}`, ok: false };
    return {
      cases: only,
      parts: new Set((Object.keys(PARTS) as Part[]).filter((part) => only.includes(part))),
      write: values.write || values.only === undefined,
      rounds: whole("--rounds", values.rounds),
      seconds: whole("--seconds", values.seconds),
      patienceSeconds: whole("--patience", values.patience, 0),
      profile: values.profile,
    };
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), ok: false };
  }
}

function whole(flag: string, text: string, least = 1): number {
  const value = Number(text);
  if (!/^\d{1,4}$/.test(text) || value < least)
    throw new Error(`${flag} ${text}: expected a whole number from ${least} on`);
  return value;
}
