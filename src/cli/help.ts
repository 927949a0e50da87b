/** What `--help` prints. The flags come from their table. */
import { CHECK_USAGE } from "./check/check.ts";
import { EXPLAIN_USAGE } from "./explain/explain.ts";
import { HEALTHCHECK_USAGE } from "./healthcheck.ts";
import { INJECT_USAGE } from "./inject/inject-options.ts";
import { SERVE_OPTIONS } from "./options.ts";

export function helpText(): string {
  const flags = SERVE_OPTIONS.map(({ flag, value, env, fallback, help }) => {
    const shown = fallback === "" ? help : `${help} (default: ${fallback})`;
    return `  --${`${flag} ${value}`.padEnd(26)}${shown}\n  ${" ".repeat(28)}or ${env} in the environment`;
  });
  return `crest-gateway stands between an application and its identity tenant: it retries what is safe to
retry, never does a thing twice, gives every error one shape, and counts what happens.

Usage:
  crest-gateway [serve] [flags]     serve callers (the default command)
  crest-gateway check FILE          every mistake in a policy file, and its own tests
  crest-gateway explain FILE 'METHOD /path' --answer STATUS
                                    what would be done with an answer, and which line says so
  crest-gateway inject --policy FILE --upstream URL
                                    Kubernetes manifests, with the gateway as a sidecar in them
  crest-gateway healthcheck         is the gateway at its admin address ready?
  crest-gateway --help              this text
  crest-gateway --version           the version

Flags of serve:
${flags.join("\n")}

Other commands:
${indented(CHECK_USAGE)}
${indented(EXPLAIN_USAGE)}
${indented(INJECT_USAGE)}
${indented(HEALTHCHECK_USAGE)}

Examples:
  crest-gateway                                            in front of a simulated tenant, to try it out
  crest-gateway --upstream https://tenant.example.com      in front of a real one
  crest-gateway --upstream https://tenant.example.com --listen :8080 --policy ./policy.yaml

Exit codes: 0 stopped as asked, or nothing wrong; 1 could not start, mistakes found, or not ready;
2 the command line is wrong.
`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
