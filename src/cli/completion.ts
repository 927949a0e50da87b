/**
 * The command `completion`: a script by which a shell completes commands, flags and files. Made from the table of
 * commands; nothing is asked of the program while somebody types.
 */

import { nearest } from "../policy/written/nearest.ts";
import type { Command } from "./command.ts";

const USAGE_ERROR = 2;

type Table = Readonly<Record<string, Pick<Command, "flags" | "summary">>>;

export const COMPLETION_USAGE = `crest-gateway completion bash|zsh|fish
  the script by which that shell completes crest-gateway's commands and flags
    bash: source <(crest-gateway completion bash)
    zsh:  crest-gateway completion zsh > "\${fpath[1]}/_crest-gateway"
    fish: crest-gateway completion fish > ~/.config/fish/completions/crest-gateway.fish`;

const SCRIPTS: Readonly<Record<string, (commands: Table) => string>> = { bash, zsh, fish };

/** The command, for a table of all commands. */
export function completionCommand(commands: () => Table): Command["run"] {
  return async ([shell = "", ...rest]) => {
    const script = Object.hasOwn(SCRIPTS, shell) && rest.length === 0 ? SCRIPTS[shell] : undefined;
    if (script) {
      process.stdout.write(script(commands()));
      return 0;
    }
    const near = nearest(shell, Object.keys(SCRIPTS));
    const problem = shell === "" ? "for which shell?" : `"${shell}" is no shell that it knows`;
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    process.stderr.write(`crest-gateway completion: ${problem}${hint}\n\n${COMPLETION_USAGE}\n`);
    return USAGE_ERROR;
  };
}

function dashed(flags: readonly string[]): string {
  return [...flags, "help"].map((flag) => `--${flag}`).join(" ");
}

function bash(commands: Table): string {
  const cases = Object.entries(commands).map(
    ([name, { flags }]) => `    ${name}) words="${dashed(flags)}" ;;`,
  );
  return `# bash completion of crest-gateway
_crest_gateway() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) words="" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${Object.keys(commands).join(" ")} ${dashed(commands.serve?.flags ?? [])} --version"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _crest_gateway crest-gateway
`;
}

function zsh(commands: Table): string {
  const names = Object.entries(commands).map(([name, { summary }]) => `    '${name}:${quoted(summary)}'`);
  const cases = Object.entries(commands).map(
    ([name, { flags }]) => `    ${name}) compadd -- ${dashed(flags)} ;;`,
  );
  return `#compdef crest-gateway
_crest_gateway() {
  local -a commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  if [[ "$PREFIX" != -* ]]; then
    _files
    return
  fi
  case "$words[2]" in
${cases.join("\n")}
  esac
}
_crest_gateway "$@"
`;
}

function fish(commands: Table): string {
  const lines = Object.entries(commands).flatMap(([name, { summary, flags }]) => [
    `complete -c crest-gateway -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
    ...flags.map((flag) => `complete -c crest-gateway -n '__fish_seen_subcommand_from ${name}' -l ${flag}`),
  ]);
  return `# fish completion of crest-gateway\n${lines.join("\n")}\n`;
}

/** Inside single quotes of any of the three. */
function quoted(text: string): string {
  return text.replaceAll("'", "’").replaceAll(":", "\\:");
}
