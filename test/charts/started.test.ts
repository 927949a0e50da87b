/**
 * What the charts render, started: the real program with the container's arguments and variables comes up, is ready by
 * the word of `helm test`'s own command, and stops. Only places differ: the machine's ports, and the folders of policy and Secrets.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pem } from "../support/certificates.ts";
import { mountVolume } from "../support/config-map.ts";
import { run } from "../support/process.ts";
import { at, CASES, listAt, only, render, scratch } from "./helm.ts";
import type { Manifest } from "./manifests.ts";
import { containersOf, podSpecOf } from "./pod-security.ts";

const argsOf = (container: Manifest): string[] => listAt(container, "args").map(String);

function variablesOf(container: Manifest): Record<string, string> {
  const plain = listAt(container, "env").filter(({ value }) => value !== undefined);
  return Object.fromEntries(plain.map(({ name, value }) => [String(name), String(value)]));
}

/** Where every Secret is mounted. */
const { folder: secret } = mountVolume({
  "tls.crt": pem("server"),
  "tls.key": pem("server.key"),
  "ca.crt": pem("ca"),
});

const started = CASES.filter(
  ({ chart, name }) =>
    name === "default" ||
    name === "sizes" ||
    name === "caller-tls" ||
    (chart === "crest-gateway-sidecar" && name === "classic"),
);

describe("the gateway", () => {
  it.for(started)("of $chart comes up as rendered: $name", async (each, context) => {
    const documents = await render(context, "helm", each);
    const spec = podSpecOf(only(documents, "Deployment"));
    const container = containersOf(spec).find(({ name }) => name === "crest-gateway");
    if (container === undefined) throw new Error("there is no gateway");
    const policy = join(scratch, `${each.chart}-${each.name}.yaml`);
    const configMap = documents.find((document) => at(document, "data", "policy.yaml") !== undefined);
    writeFileSync(policy, String(at(configMap, "data", "policy.yaml")));
    const args = argsOf(container).map((arg) =>
      arg
        .replace(/^(--listen|--admin)=(127\.0\.0\.1)?:\d+$/, "$1=127.0.0.1:0")
        .replace(/^--policy=\/etc\/crest-gateway\/policy\.yaml$/, `--policy=${policy}`)
        .replace(/=\/etc\/crest-gateway-tls\/\w+(-ca)?\//, `=${secret}/`),
    );
    expect(args.filter((arg) => /:0$|^--policy=\/(?!etc)/.test(arg))).toHaveLength(3);

    const gateway = run(args, variablesOf(container));
    context.onTestFinished(() => void gateway.child.kill("SIGKILL"));
    const ended = gateway.ended.then(() => Promise.reject(new Error(`it ended: ${gateway.stderr()}`)));
    const [, admin = ""] = await Promise.race([
      gateway.printed(/for operators at http:\/\/([^/\s]+)/),
      ended,
    ]);
    ended.catch(() => {});
    const tester = documents.find(({ kind }) => kind === "Pod");
    const asked = tester === undefined ? [] : argsOf(listAt(tester.spec, "containers")[0] ?? {});
    const question = asked.map((arg) => arg.replace(/^(--admin)=.*/, `$1=${admin}`));
    const answer = run(question.length > 0 ? question : ["healthcheck", `--admin=${admin}`]);
    expect(await answer.ended).toEqual({ code: 0, signal: null });
    // At SIGINT it does not wait for its drain delay.
    gateway.child.kill("SIGINT");
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
  });
});
