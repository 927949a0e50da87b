/** The command line: which command was asked for, and the exit code. The only place that ends the process. */
import { COMMANDS } from "./cli/commands.ts";
import { helpText } from "./cli/help.ts";
import { VERSION_TEXT } from "./cli/version.ts";
import { nearest } from "./policy/written/nearest.ts";

const USAGE_ERROR = 2;

/** Runs the command that `args` ask for and resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [first] = args;
  const isCommand = first !== undefined && !first.startsWith("-");
  const name = isCommand ? first : "serve";
  if (name === "help" && args[1] === undefined) return print(helpText(COMMANDS));
  const asked = name === "help" ? (args[1] ?? "") : name;
  const command = Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
  if (!command) return unknown(asked);
  const rest = isCommand ? args.slice(1) : args;
  if (rest.includes("--help") || rest.includes("-h") || name === "help")
    return print(isCommand ? `${command.usage}\n` : helpText(COMMANDS));
  if (rest.includes("--version") || rest.includes("-v")) return print(`${VERSION_TEXT}\n`);
  return command.run(rest);
}

function unknown(name: string): number {
  const near = nearest(name, Object.keys(COMMANDS));
  const hint =
    near === undefined ? `there is: ${Object.keys(COMMANDS).join(", ")}` : `did you mean "${near}"?`;
  process.stderr.write(
    `crest-gateway: there is no command "${name}"; ${hint}\nRun crest-gateway --help to see what it can do.\n`,
  );
  return USAGE_ERROR;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

process.exit(await main(process.argv.slice(2)));
