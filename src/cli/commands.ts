/** Every command: what it runs, what it says of itself, and which flags it takes. A table; what is done is elsewhere. */
import { CHECK_FLAGS, CHECK_USAGE, checkCommand } from "./check/check.ts";
import type { Command } from "./command.ts";
import { COMPLETION_USAGE, completionCommand, SHELLS } from "./completion.ts";
import { EXPLAIN_USAGE, explainCommand } from "./explain/explain.ts";
import { EXPLAIN_FLAGS } from "./explain/explain-options.ts";
import { HEALTHCHECK_USAGE, healthcheckCommand } from "./healthcheck.ts";
import { injectCommand } from "./inject/inject.ts";
import { INJECT_OPTIONS, INJECT_USAGE } from "./inject/inject-flags.ts";
import { SERVE_OPTIONS, SERVE_USAGE } from "./options.ts";
import { REHEARSE_FLAGS, REHEARSE_USAGE, rehearseCommand } from "./rehearse/rehearse.ts";
import { serve } from "./serve/serve.ts";
import { STATUS_FLAGS, STATUS_USAGE, statusCommand } from "./status/status.ts";

export const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    run: serve,
    usage: SERVE_USAGE,
    summary: "serve callers (the default command)",
    flags: SERVE_OPTIONS.map(({ flag }) => flag),
  },
  check: {
    run: checkCommand,
    usage: CHECK_USAGE,
    summary: "every mistake in a policy file, and its own tests",
    flags: Object.keys(CHECK_FLAGS),
  },
  explain: {
    run: explainCommand,
    usage: EXPLAIN_USAGE,
    summary: "what would be done with an answer, and which line says so",
    flags: Object.keys(EXPLAIN_FLAGS),
  },
  rehearse: {
    run: rehearseCommand,
    usage: REHEARSE_USAGE,
    summary: "what a policy would have done differently with yesterday's log",
    flags: Object.keys(REHEARSE_FLAGS),
  },
  status: {
    run: statusCommand,
    usage: STATUS_USAGE,
    summary: "what a running gateway sees and does, in the terminal",
    flags: Object.keys(STATUS_FLAGS),
  },
  inject: {
    run: injectCommand,
    usage: INJECT_USAGE,
    summary: "Kubernetes manifests, with the gateway as a sidecar in them",
    flags: INJECT_OPTIONS.map(({ flag }) => flag),
  },
  healthcheck: {
    run: healthcheckCommand,
    usage: HEALTHCHECK_USAGE,
    summary: "is the gateway at its admin address ready?",
    flags: ["admin"],
  },
  completion: {
    run: completionCommand(() => COMMANDS),
    usage: COMPLETION_USAGE,
    summary: "completes commands and flags in bash, zsh or fish",
    flags: [],
    words: SHELLS,
  },
};
