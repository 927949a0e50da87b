/**
 * The command `inject`: the sidecar into manifests, for people who deploy without the chart. Manifests go to standard
 * output, whole or not at all; whatever is said about them goes to standard error.
 */
import { systemClock } from "../../clock.ts";
import { inject } from "../../inject/inject.ts";
import { formatMistakes } from "../../policy/written/mistakes.ts";
import { checkText } from "../check/check.ts";
import { readInput } from "../read-input.ts";
import { DEFAULT_IMAGE, INJECT_USAGE } from "./inject-flags.ts";
import { type InjectCommand, readInjectOptions } from "./inject-options.ts";

const REFUSED = 1;
const USAGE_ERROR = 2;

export async function injectCommand(args: readonly string[]): Promise<number> {
  const command = readInjectOptions(args);
  if ("problems" in command) {
    const help = command.isLost ? `\n${INJECT_USAGE}` : "Run crest-gateway inject --help to see the flags.";
    return complain(USAGE_ERROR, `${inLines(command.problems)}\n${help}`);
  }
  if (command.file === undefined && process.stdin.isTTY)
    return complain(
      USAGE_ERROR,
      `manifests are expected on standard input, or name a FILE\n\n${INJECT_USAGE}`,
    );

  const policy = await readPolicyFor(command);
  if ("problem" in policy) return complain(REFUSED, policy.problem);
  const manifests = await readInput(command.file ?? "-");
  if ("problem" in manifests) return complain(REFUSED, manifests.problem);
  const injected = inject(manifests.text, { ...command.settings, policy: policy.text }, command.only);
  if ("problems" in injected) return complain(REFUSED, inLines(injected.problems));

  if (!(await print(injected.text))) return REFUSED;
  const image =
    command.settings.image === DEFAULT_IMAGE
      ? [`the image is ${DEFAULT_IMAGE}, which is in no registry: push it to yours and name it with --image`]
      : [];
  for (const warning of [...policy.warnings, ...image, ...injected.warnings])
    process.stderr.write(`crest-gateway inject: warning: ${warning}\n`);
  for (const line of injected.done) process.stderr.write(`${line}\n`);
  return 0;
}

type PolicyText = { readonly text: string; readonly warnings: readonly string[] };

/**
 * The policy is checked as the sidecar will read it: with the variables that it is given here, and no others. One that
 * is not given may come from elsewhere, so it is no mistake.
 */
async function readPolicyFor({
  policyFile,
  settings,
}: InjectCommand): Promise<PolicyText | { readonly problem: string }> {
  const read = await readInput(policyFile);
  if ("problem" in read) return read;
  const { mistakes, tests } = checkText(read.text, policyFile, settings.env, systemClock.wall());
  const missing = [...new Set(mistakes.flatMap(({ unset }) => unset ?? []))];
  const findings = [
    ...mistakes.filter(({ unset }) => unset === undefined).map((each) => formatMistakes([each])),
    ...tests.flatMap(({ test, failures }) =>
      failures.map((each) => `${test.at} test "${test.name}": ${each}`),
    ),
  ];
  if (findings.length > 0) return { problem: `the policy cannot be used:\n${findings.join("\n")}` };
  const warnings =
    missing.length === 0
      ? []
      : [
          `the policy needs ${missing.join(", ")} in the sidecar's environment: give each with --env NAME=VALUE; ` +
            "until then neither their values nor the policy's tests can be checked",
        ];
  return { ...read, warnings };
}

/** False when nobody reads any more. */
function print(manifests: string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.on("error", () => resolve(false));
    process.stdout.write(manifests, (error) => resolve(!error));
  });
}

/** Each on a line of its own, as `complain` begins the first. */
function inLines(problems: readonly string[]): string {
  return problems.join("\ncrest-gateway inject: ");
}

function complain(exitCode: number, problem: string): number {
  process.stderr.write(`crest-gateway inject: ${problem}\n`);
  return exitCode;
}
