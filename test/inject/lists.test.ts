/** Lists, as `kubectl get` writes them when it is asked for several things, and JSON: what comes back, and in what shape. */
import { describe, expect, it } from "vitest";
import { documentsOf, injected, podOf } from "./settings.ts";

describe("what `kubectl get` writes", () => {
  const LIST = `apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: a, namespace: n}
  spec: {template: {spec: {containers: [{name: a, image: a}]}}}
- apiVersion: v1
  kind: Pod
  metadata:
    name: a-1234
    ownerReferences: [{kind: ReplicaSet, name: a-12, controller: true}]
  spec: {containers: [{name: a, image: a}]}
- apiVersion: batch/v1
  kind: Job
  metadata: {name: a, namespace: n}
  spec: {template: {spec: {containers: [{name: a, image: a}]}}}
`;
  const itemsOf = (text: string) => documentsOf(text).flatMap(({ items }) => items as { kind: string }[]);

  it("stays a List, with the ConfigMap once, before the first that uses it", () => {
    const { text } = injected(LIST);
    expect(itemsOf(text).map(({ kind }) => kind)).toEqual(["ConfigMap", "Deployment", "Pod", "Job"]);
    expect(injected(text).text).toBe(text);
  });

  it("leaves alone what another workload made, and says so", () => {
    const { text, warnings } = injected(LIST);
    expect(itemsOf(text)[2]).toEqual(itemsOf(LIST)[1]);
    expect(warnings).toEqual(["left alone: Pod/a-1234 belongs to ReplicaSet/a-12"]);
  });

  it("may be a List in a List", () => {
    const inner = LIST.replace(/^/gm, "  ").replace("  apiVersion", "- apiVersion");
    const { text, done } = injected(`kind: List\napiVersion: v1\nitems:\n${inner}`);
    expect(itemsOf(text).map(({ kind }) => kind)).toEqual(["List"]);
    expect(done).toEqual(injected(LIST).done);
    expect(injected(text).text).toBe(text);
  });

  it("is left alone, aloud, where a list's items do not say their kind", () => {
    const raw = "kind: DeploymentList\napiVersion: apps/v1\nitems: [{metadata: {name: a}}]\n---\n";
    const { text, warnings } = injected(raw + LIST);
    expect(text.startsWith(raw)).toBe(true);
    expect(warnings[1]).toBe(
      "left alone: a DeploymentList, whose items do not say their kind: put them into a List",
    );
  });

  it("stays JSON, indented as it was, when it was JSON", () => {
    const json = JSON.stringify(documentsOf(LIST)[0], null, 4);
    const { text } = injected(json);
    expect(JSON.parse(text)).toEqual(documentsOf(injected(LIST).text)[0]);
    expect(text).toContain('\n    "kind": "List"');
    expect(injected(text).text).toBe(text);
  });

  it("becomes a List when it was one JSON object", () => {
    const { text } = injected(JSON.stringify(documentsOf(podOf(""))[0]));
    expect(itemsOf(text)).toEqual(documentsOf(injected(podOf("")).text));
    expect(injected(text).text).toBe(text);
  });
});
