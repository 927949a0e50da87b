/**
 * The flags of a command line, as Node reads them, but with every mistake at once and in words that help: what nobody
 * knows is told with its nearest neighbour, and of what is given twice neither wins. What flags there are is not known
 * here, nor what they may say.
 */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest } from "../policy/written/nearest.ts";
import { type Reading, right, wrong } from "./reading.ts";

type Flags = NonNullable<ParseArgsConfig["options"]>;

type Parsed<F extends Flags> = ReturnType<typeof parseArgs<{ options: F; allowPositionals: true }>>;

export type FlagValues<F extends Flags> = Parsed<F>["values"];

/** The values of `flags` and what stands beside them. A flag that may stand several times says `multiple`. */
export function readFlags<const F extends Flags>(args: readonly string[], flags: F): Reading<Parsed<F>> {
  const problems = mistakes(args, flags);
  if (problems.length > 0) return wrong(...problems);
  try {
    return right(parseArgs({ args: [...args], options: flags, allowPositionals: true }) as Parsed<F>);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Node adds what to do about a value that begins with a dash, over two lines; one suffices.
    return wrong(message.replaceAll("\n", " "));
  }
}

function mistakes(args: readonly string[], flags: Flags): string[] {
  const { tokens } = parseArgs({
    args: [...args],
    options: flags,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const seen = new Set<string>();
  const problems = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (!flag) problems.add(unknown(rawName, name, Object.keys(flags)));
    else if (seen.has(name) && flag.multiple !== true)
      problems.add(`--${name} is given twice: leave one of them out`);
    seen.add(name);
  }
  return [...problems];
}

function unknown(rawName: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `there is no flag ${rawName}${near === undefined ? "" : `; did you mean --${near}?`}`;
}
