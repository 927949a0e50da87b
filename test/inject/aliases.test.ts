/** Anchors, aliases and merge keys: the place that gets the sidecar gets it, and no other place with it. */
import { describe, expect, it } from "vitest";
import { documentsOf, injected, refused } from "./settings.ts";

const IMAGE = "image: app:1";

/** Everything but the sidecar, in its native form, of a document that had neither init containers nor volumes. */
function bare(text: string): unknown {
  const [map, ...documents] = documentsOf(text);
  expect(map?.kind).toBe("ConfigMap");
  return JSON.parse(
    JSON.stringify(documents, (key, value) =>
      ["initContainers", "volumes"].includes(key) ? undefined : value,
    ),
  );
}

const SOURCES: readonly (readonly [name: string, source: string])[] = [
  [
    "the containers are used again elsewhere",
    `spec: {template: {spec: {containers: &c [{name: app, ${IMAGE}}]}}, other: *c}`,
  ],
  [
    "the containers come from elsewhere",
    `x: &c [{name: app, ${IMAGE}}]\nspec: {template: {spec: {containers: *c}}}`,
  ],
  [
    "the pod comes from elsewhere",
    `x: &s {containers: [{name: app, ${IMAGE}}]}\nspec: {template: {spec: *s}}`,
  ],
  [
    "the pod is used again elsewhere",
    `spec: {template: &t {spec: {containers: [{name: app}]}}}\nx: [*t, *t]`,
  ],
  [
    "the pod is a merge",
    `x: &s {containers: [{name: app, ${IMAGE}}], hostname: h}\nspec: {template: {spec: {<<: *s, hostname: i}}}`,
  ],
  [
    "the path to the pod is a merge of several",
    `x: &a {template: {spec: {containers: [{name: app}]}}, replicas: 1}\ny: &b {replicas: 2, paused: true}\nspec: {<<: [*a, *b]}`,
  ],
  [
    "an alias stands in what is copied",
    `e: &e [{name: A, value: b}]\nx: &s {containers: [{name: app, env: *e}]}\nspec: {template: {spec: *s}}\ny: *e`,
  ],
  [
    "a name is given twice",
    `x: &a 1\ny: *a\nspec: {template: {spec: {containers: [{name: app, tty: &a true}]}}}\nz: *a`,
  ],
];

const documentOf = (rest: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\n${rest}\n`;

describe.each(SOURCES)("when %s", (_, rest) => {
  const source = documentOf(rest);
  const { text } = injected(source);

  it("the pod has the sidecar, and nothing else has changed", () => {
    expect(documentsOf(text)[1]).toHaveProperty("spec.template.spec.initContainers.0.name", "crest-gateway");
    expect(text.match(/image: crest-gateway:/g)).toHaveLength(1);
    expect(bare(text)).toEqual(documentsOf(source));
  });

  it("a second time changes nothing, and another form can be chosen", () => {
    expect(injected(text).text).toBe(text);
    const classic = injected(text, { native: false }).text;
    expect(documentsOf(classic)[1]).toHaveProperty("spec.template.spec.containers.1.name", "crest-gateway");
    expect(documentsOf(injected(classic).text)).toEqual(documentsOf(text));
  });
});

it("nothing is written when a copy would not say the same: a name that came to mean something else", () => {
  const source = documentOf(
    "a: &v 1\nx: &s {containers: [{name: app, tty: *v}]}\nb: &v 2\nspec: {template: {spec: *s}}",
  );
  expect(refused(source)).toEqual([
    "document 1: its anchors and aliases cannot be kept: write out what they stand for",
  ]);
});

it("aliases that have nothing to do with it stay aliases", () => {
  const source = documentOf(
    "metadata2: {labels: &l {app: app}}\nspec:\n  selector: *l\n  template: {metadata: {labels: *l}, spec: {containers: [{name: app}]}}",
  );
  const { text } = injected(source);
  expect(text.match(/\*l/g)).toHaveLength(2);
  expect(text).toContain("&l {");
});
