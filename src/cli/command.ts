/** What a command of the command line is, whatever it does. */
export type Command = {
  /** Resolves with the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
  /** Shown by `--help` behind it. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly flags: readonly string[];
  /** The words one of which it asks for, if it asks for such. */
  readonly words?: readonly string[];
};
