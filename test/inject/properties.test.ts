/**
 * Over manifests that nobody thought of: a second time changes nothing, what is not ours stays, either form follows from
 * the other, and no input makes it throw.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CreateNodeOptions, type SchemaOptions, stringify, type ToStringOptions } from "yaml";
import { inject } from "../../src/inject/inject.ts";
import type { Manifest } from "../../src/inject/workloads.ts";
import { documentsOf, injected, settings } from "./settings.ts";

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant("yes"),
);
const values = fc.dictionary(name, fc.oneof(scalar, fc.array(scalar), fc.dictionary(name, scalar)));
/** A list whose items have each another name. */
const named = (least: number) =>
  fc.uniqueArray(fc.record({ name, image: fc.string(), env: values }, { requiredKeys: ["name", "image"] }), {
    selector: (each) => each.name,
    minLength: least,
    maxLength: 3,
  });

const podSpec = fc.record(
  {
    restartPolicy: fc.constant("Always"),
    initContainers: named(0),
    containers: named(1),
    volumes: named(0),
    x: values,
  },
  { requiredKeys: ["containers"] },
);
const metadata = fc.record(
  { name, namespace: name, annotations: fc.dictionary(name, fc.string({ unit: "grapheme" })) },
  { requiredKeys: ["name"] },
);
const deployment = fc
  .record({ metadata, template: podSpec, more: values })
  .map(({ metadata, template, more }) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { ...more, template: { spec: template } },
  }));
const pod = fc
  .record({ metadata, spec: podSpec })
  .map((rest) => ({ apiVersion: "v1", kind: "Pod", ...rest }));
const service = fc
  .record({ metadata, spec: values })
  .map((rest) => ({ apiVersion: "v1", kind: "Service", ...rest }));

/** Different names: whoever gives two manifests one name gets what Kubernetes makes of it. */
const manifests = fc
  .tuple(
    fc.array(service, { maxLength: 2 }),
    fc.uniqueArray(fc.oneof(deployment, pod), {
      selector: ({ metadata }) => metadata.name,
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map((parts) => parts.flat());

/** The same manifests as people and programs write them. */
const text = fc
  .tuple(manifests, fc.constantFrom("kubectl", "people", "flow", "list", "json"))
  .map(([all, manner]) => {
    const list = { apiVersion: "v1", kind: "List", items: all };
    if (manner === "json") return JSON.stringify(list, null, 2);
    if (manner === "list") return stringify(list, { schema: "yaml-1.1" });
    const options: CreateNodeOptions & SchemaOptions & ToStringOptions = {
      schema: "yaml-1.1",
      indentSeq: manner === "people",
      collectionStyle: manner === "flow" ? "flow" : "any",
    };
    return all.map((each) => `---\n${stringify(each, options)}`).join("");
  });

const manifestsOf = (stream: string): readonly Manifest[] =>
  documentsOf(stream).flatMap((each) => (each.kind === "List" ? (each.items as Manifest[]) : [each]));

/** Without what is ours; lists that are empty or missing are the same. */
function bare(stream: string): unknown {
  const others = manifestsOf(stream).filter(({ kind }) => kind !== "ConfigMap");
  const text = JSON.stringify(others, (key, value) => {
    if (!["initContainers", "containers", "volumes"].includes(key) || !Array.isArray(value)) return value;
    const left = value.filter((each) => !String(each?.name).startsWith("crest-gateway"));
    return left.length === 0 ? undefined : left;
  });
  return JSON.parse(text);
}

/** The samples are whole streams, and each is parsed many times. */
const RUNS = { numRuns: 10 };

describe.each([true, false])("for any manifests, native: %s", (native) => {
  it("a second time changes nothing", () => {
    fc.assert(
      fc.property(text, (source) => {
        const once = injected(source, { native }).text;
        expect(injected(once, { native }).text).toBe(once);
      }),
      RUNS,
    );
  });

  it("what is not ours stays, in its order", () => {
    fc.assert(
      fc.property(text, (source) => {
        expect(bare(injected(source, { native }).text)).toEqual(bare(source));
      }),
      RUNS,
    );
  });

  it("one form leads to the other as if it had never been", () => {
    fc.assert(
      fc.property(text, (source) => {
        const direct = injected(source, { native }).text;
        const around = injected(injected(source, { native: !native }).text, { native }).text;
        expect(sorted(around)).toEqual(sorted(direct));
      }),
      RUNS,
    );
  });
});

/** An empty list that was written is gone after the way around; it says nothing. */
function sorted(stream: string): unknown {
  return JSON.parse(
    JSON.stringify(manifestsOf(stream), (key, value) =>
      key === "initContainers" && Array.isArray(value) && value.length === 0 ? undefined : value,
    ),
  );
}

it("any text is taken or refused, and never makes it throw", () => {
  const piece = fc.constantFrom(
    ..."a: ,- ,{,},[,],&a ,*a,<<: *a,---\n,...\n,\n,  ,#,'\",|\n,kind: Pod\n,apiVersion: v1\n,kind: List\n,items:\n,spec: ,containers: ,\t,%YAML 1.1\n,!!binary x,? ".split(
      ",",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const done = inject(pieces.join(""), settings());
      expect("text" in done || done.problems.length > 0).toBe(true);
    }),
    { numRuns: 200 },
  );
});
