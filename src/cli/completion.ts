/**
 * The command `completion`: a script by which a shell completes commands, flags and files. Made from the table of
 * commands; nothing is asked of the program while somebody types.
 */

import { nearest } from "../policy/written/nearest.ts";
import type { Command } from "./command.ts";

const USAGE_ERROR = 2;

type Table = Readonly<Record<string, Pick<Command, "flags" | "summary" | "words">>>;

export const COMPLETION_USAGE = `crest-gateway completion bash|zsh|fish
  the script by which that shell completes crest-gateway's commands and flags
    bash: source <(crest-gateway completion bash)
    zsh:  crest-gateway completion zsh > "\${fpath[1]}/_crest-gateway"
    fish: crest-gateway completion fish > ~/.config/fish/completions/crest-gateway.fish`;

const SCRIPTS: Readonly<Record<string, (commands: Table) => string>> = { bash, zsh, fish };

export const SHELLS = Object.keys(SCRIPTS);

/** The command, for a table of all commands. */
export function completionCommand(commands: () => Table): Command["run"] {
  return async ([shell = "", ...rest]) => {
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    const [extra] = rest;
    if (script && extra === undefined) {
      process.stdout.write(script(commands()));
      return 0;
    }
    const problem = script ? `"${extra}" is not asked for` : unknownShell(shell);
    process.stderr.write(`crest-gateway completion: ${problem}\n\n${COMPLETION_USAGE}\n`);
    return USAGE_ERROR;
  };
}

function unknownShell(shell: string): string {
  if (shell === "") return "for which shell?";
  const near = nearest(shell, SHELLS);
  return `"${shell}" is no shell that it knows${near === undefined ? "" : `; did you mean ${near}?`}`;
}

function dashed(flags: readonly string[]): string {
  return [...flags, "help"].map((flag) => `--${flag}`).join(" ");
}

/** What may stand where no command does: the flags of serve, the command that is meant then. */
function withoutCommand(commands: Table): string {
  return `${dashed(commands.serve?.flags ?? [])} --version`;
}

function bash(commands: Table): string {
  const cases = Object.entries(commands).map(([name, { flags, words }]) => {
    const others = words ? `; [[ "$current" == -* ]] || words="${words.join(" ")}"` : "";
    return `    ${name}) words="${dashed(flags)}"${others} ;;`;
  });
  return `# bash completion of crest-gateway
_crest_gateway() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    -*) words="${withoutCommand(commands)}" ;;
    *) words="" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${Object.keys(commands).join(" ")} ${withoutCommand(commands)}"
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
  const words = Object.entries(commands).flatMap(([name, { words: ofIt }]) =>
    ofIt ? `    ${name}) compadd -- ${ofIt.join(" ")} ;;` : [],
  );
  return `#compdef crest-gateway
_crest_gateway() {
  local -a commands=(
${names.join("\n")}
  )
  if [[ "$PREFIX" != -* ]]; then
    if (( CURRENT == 2 )); then
      _describe command commands
      return
    fi
    case "$words[2]" in
${words.join("\n")}
    *) _files ;;
    esac
    return
  fi
  case "$words[2]" in
${cases.join("\n")}
    -*) compadd -- ${withoutCommand(commands)} ;;
  esac
}
_crest_gateway "$@"
`;
}

function fish(commands: Table): string {
  const others = Object.keys(commands).filter((name) => name !== "serve");
  const lines = Object.entries(commands).flatMap(([name, { summary, flags, words }]) => {
    // Without a command, serve is meant.
    const there =
      name === "serve"
        ? `not __fish_seen_subcommand_from ${others.join(" ")}`
        : `__fish_seen_subcommand_from ${name}`;
    return [
      `complete -c crest-gateway -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
      ...flags.map((flag) => `complete -c crest-gateway -n '${there}' -l ${flag}`),
      ...(words ? [`complete -c crest-gateway -n '${there}' -f -a '${words.join(" ")}'`] : []),
    ];
  });
  return `# fish completion of crest-gateway\n${lines.join("\n")}\n`;
}

/** Inside single quotes of any of the three. */
function quoted(text: string): string {
  return text.replaceAll("'", "’").replaceAll(":", "\\:");
}
