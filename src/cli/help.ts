/** What `--help` prints: the whole, or of one command. Both come from the table of commands. */
import type { Command } from "./command.ts";

type Table = Readonly<Record<string, Pick<Command, "usage" | "summary">>>;

/** All commands with a line each, and how to see more. */
export function helpText(commands: Table): string {
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  crest-gateway ${name.padEnd(12)} ${summary}`,
  );
  return `crest-gateway stands between an application and its identity tenant: it retries what is safe to
retry, never does a thing twice, gives every error one shape, and counts what happens.

Usage:
${lines.join("\n")}
  crest-gateway --version    the version
  crest-gateway COMMAND --help
                             the flags of a command

${commands.serve?.usage ?? ""}

Examples:
  crest-gateway                                            in front of a simulated tenant, to try it out
  crest-gateway --upstream https://tenant.example.com      in front of a real one
  crest-gateway --upstream https://tenant.example.com --listen :8080 --policy ./policy.yaml

Exit codes: 0 stopped as asked, or nothing wrong; 1 could not start, mistakes found, or not ready;
2 the command line is wrong.
`;
}
