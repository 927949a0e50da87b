/**
 * What `docs/policy.md` says besides what is generated: how a file is read and how rows match; what it says of each key
 * stands in `policy-prose-settings.ts` and `policy-prose-tables.ts`, in the order of `config/policy.yaml`.
 */
import { SETTINGS } from "./policy-prose-settings.ts";
import { TABLES } from "./policy-prose-tables.ts";
import type { Section } from "./policy-section.ts";

export const SECTIONS: readonly Section[] = [...SETTINGS, ...TABLES];

export const INTRODUCTION = `# The policy file

Written by \`npm run generate\`: keys, what they accept, defaults and quoted mistakes are the program's own.

The policy file says *how* the gateway treats requests and answers; flags and environment say *where* it listens and which
tenant it speaks to. One line is a whole policy:

\`\`\`yaml
version: 1
\`\`\`

[config/policy.yaml](../config/policy.yaml) is the one that runs unless \`--policy\` names another. It writes every default out.
Before you load a file, and in your build:

\`\`\`text
crest-gateway check policy.yaml          # exit code 0 usable, 1 mistakes or failing tests, 2 wrong usage; --json for programs
crest-gateway explain policy.yaml 'PUT /openidm/managed/alpha_user/1' -H 'If-Match: "3"' --answer 503
\`\`\`

\`check\` tells every mistake at once, one to a line, with file, line, column and cure. Mistakes are also what is true of the
file as a whole: a route that an earlier one hides, a row that can never match, a wait that fits no deadline. Nothing is
called a mistake that is not certain; what is only odd is a warning, and the file is taken.
`;

export const READING = `## How the file is read

**Values.** Times carry a unit (\`ms\`, \`s\`, \`m\`, \`h\`), sizes too (\`B\`, \`KiB\`, \`MiB\`, \`GiB\`); shares may be written \`20\` or
\`20%\`. A key that is not known is a mistake, and so is an empty file. A text that begins with \`*\` needs quotes in YAML.

**Environment.** \`\${NAME}\` and \`\${NAME:-default}\` are filled in wherever a value stands, never in keys; the default also
stands in for a variable that is empty. Inside \`{ }\` and \`[ ]\` put quotes around them. What a variable holds fills one value
and cannot add lines. \`$\${\` writes the characters themselves. A variable that is not set and has no default is a mistake.

\`\`\`yaml
deadline: \${GATEWAY_DEADLINE:-20s}
limits: { concurrency: "\${GATEWAY_CONCURRENCY:-64}" }
\`\`\`

**Who wins.** For a number or a choice: the route, then the file, then the profile (of which a single family may have numbers of
its own), setting by setting: a route that says \`retry: { attempts: 1 }\` keeps everybody's backoff. For rows: the route's own,
then the file's, then the profile's, and the first that matches decides. For meanings: member by member, as for numbers.

**Reload.** A running gateway notices by itself that the file has changed (a ConfigMap's swap of links too), and reads it on
SIGHUP. It takes over a file that has no mistake and whose tests pass. Anything else changes nothing: the last good policy
stays, the log says why, and \`crest_gateway_policy_reloads_total{result="failure"}\` counts. An exchange keeps the policy it
began with; circuits, throttle gates and budgets keep what they know. \`/policy\` on the admin port shows what is in force.
`;

export const MATCHING = {
  before: `## How rows match

In every list the first row that matches decides. All conditions of a row have to hold; one that is not written always
holds. Routes and \`operations\` rows ask the request by \`match\`:
`,
  patterns: `There are two kinds of patterns. Both have to match the whole value.
`,
  after: `A path is passed on as it came. It is matched as it came and as the tenant could understand it: without dot segments,
doubled slashes and path parameters (\`;x\`), and percent-decoded. Where these forms differ, the strictest one decides: a
row that lets a request be sent again has to match all of them, and for one that forbids it any is enough.

A parameter, or a member of a body, that stands twice has to match each time. A body can only be asked for when it is held
(\`replay\`), and not by routes, which are chosen before the body is read.
`,
};

/** Patterns that are explained by example: what they match, and what they do not. */
export const PATH_EXAMPLES: readonly Example[] = [
  ["/openidm/info", ["/openidm/info"], ["/openidm/info/", "/openidm/info/login"]],
  [
    "/openidm/managed/*",
    ["/openidm/managed/alpha_user"],
    ["/openidm/managed", "/openidm/managed/alpha_user/1"],
  ],
  ["/openidm/managed/alpha_*", ["/openidm/managed/alpha_role"], ["/openidm/managed/bravo_role"]],
  ["/openidm/managed/**", ["/openidm/managed", "/openidm/managed/alpha_user/1"], ["/openidm/managedx"]],
  [
    "/am/**/access_token",
    ["/am/oauth2/access_token", "/am/oauth2/alpha/access_token"],
    ["/am/access_tokens"],
  ],
];

export const TEXT_EXAMPLES: readonly Example[] = [
  ["*already exists*", ["The alias already exists.", "ALREADY EXISTS"], ["already there"]],
  ["text/*", ["text/html"], ["application/json"]],
  ["get*", ["getSessionInfo"], ["forget"]],
  ["*", ["anything", ""], []],
];

export type Example = readonly [pattern: string, matches: readonly string[], doesNot: readonly string[]];
