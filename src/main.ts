/** The command line: which command was asked for, and the exit code. The only place that ends the process. */
import { checkCommand } from "./cli/check/check.ts";
import { explainCommand } from "./cli/explain/explain.ts";
import { healthcheckCommand } from "./cli/healthcheck.ts";
import { helpText } from "./cli/help.ts";
import { injectCommand } from "./cli/inject/inject.ts";
import { serve } from "./cli/serve/serve.ts";
import { VERSION } from "./cli/version.ts";

const USAGE_ERROR = 2;

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  serve,
  check: checkCommand,
  explain: explainCommand,
  inject: injectCommand,
  healthcheck: healthcheckCommand,
};

/** Runs the command that `args` ask for and resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h") || args[0] === "help") return print(helpText());
  if (args.includes("--version") || args.includes("-v")) return print(`crest-gateway ${VERSION}\n`);
  const [first] = args;
  const isCommand = first !== undefined && !first.startsWith("-");
  const name = isCommand ? first : "serve";
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command(isCommand ? args.slice(1) : args);
  process.stderr.write(
    `crest-gateway: there is no command "${name}"; there is: ${Object.keys(COMMANDS).join(", ")}\n` +
      "Run crest-gateway --help to see what it can do.\n",
  );
  return USAGE_ERROR;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

process.exit(await main(process.argv.slice(2)));
