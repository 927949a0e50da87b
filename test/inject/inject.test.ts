/** Where the sidecar goes, what stays as it was, and that a second time changes nothing. */
import { describe, expect, it } from "vitest";
import { type Manifest, valueAt, WORKLOAD_KINDS } from "../../src/inject/workloads.ts";
import { documentsOf, injected, podOf } from "./settings.ts";

/** As people write them: comments, blank lines and spacing of their own. */
const WRITTEN = `# Everything of the shop.
apiVersion: v1
kind: Service
metadata: {name:   shop}   # odd   spacing
---
# Source: shop/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
    name: shop
    namespace: sales
spec:
    # As many as the tenant bears.
    replicas:   2


    selector: { matchLabels: {app: shop} }
    template:
        metadata:
            labels: { app: shop }
        spec:
            containers:
                - name: shop   # the application
                  image: "shop:1"
                  command: ["sh",  '-c', "exec shop"]
                  ports: [{containerPort: 3000}]
                - name: helper
                  image: helper:1
            # The end.
...
# A word about the next.
---
apiVersion: v1
kind: Secret
metadata:
  name: shop
  annotations: { modes: 0644 }
`;

/** As it was before, with the classic form in. */
function withoutSidecar(documents: readonly Manifest[]): readonly Manifest[] {
  const isOurs = (value: unknown) => JSON.stringify(value)?.startsWith('{"name":"crest-gateway') ?? false;
  const text = JSON.stringify(documents, (key, value) => {
    if (!Array.isArray(value)) return value;
    const others = value.filter((each) => !isOurs(each) && each.kind !== "ConfigMap");
    return key === "volumes" && others.length === 0 ? undefined : others;
  });
  return JSON.parse(text);
}

const linesOf = (text: string): string[] => text.split("\n");

/** What was taken away and what was added, as lines. */
function difference(before: string, after: string) {
  const [old, now] = [linesOf(before), linesOf(after)];
  return {
    gone: old.filter((line) => !now.includes(line)),
    count: now.length - old.length,
  };
}

describe("a stream as people write it", () => {
  it("keeps every line as it was, and gets lines added", () => {
    const { text } = injected(WRITTEN);
    const rest = linesOf(text);
    // Each line of the old text, in its order.
    for (const line of linesOf(WRITTEN)) {
      const at = rest.indexOf(line);
      expect(at, line).toBeGreaterThanOrEqual(0);
      rest.splice(0, at + 1);
    }
    expect(difference(WRITTEN, text).gone).toEqual([]);
  });

  it("has the ConfigMap before its workload, in the workload's namespace", () => {
    expect(documentsOf(injected(WRITTEN).text).map(({ kind, metadata }) => [kind, metadata])).toMatchObject([
      ["Service", { name: "shop" }],
      ["ConfigMap", { name: "shop-crest-gateway", namespace: "sales" }],
      ["Deployment", { name: "shop", namespace: "sales" }],
      ["Secret", { name: "shop" }],
    ]);
  });

  it("is indented as the text around it", () => {
    const { text } = injected(WRITTEN);
    expect(text).toContain("\n            initContainers:\n                - name: crest-gateway\n");
    expect(text).toContain("\ndata:\n    policy.yaml: |\n        version: 1\n        extends: aic\n---\n");
    expect(injected(podOf("")).text).toContain(
      "\n  volumes:\n  - name: crest-gateway-policy\n    configMap:\n",
    );
  });

  it("says what was done", () => {
    expect(injected(WRITTEN).done).toEqual([
      "injected Deployment/shop in sales (native sidecar, ConfigMap shop-crest-gateway)",
    ]);
    expect(injected(podOf(""), { native: false }).done).toEqual([
      "injected Pod/app (classic sidecar, ConfigMap app-crest-gateway)",
    ]);
  });

  it.each([
    ["native", true],
    ["classic", false],
  ])("is the same after a second time, %s", (_, native) => {
    const once = injected(WRITTEN, { native }).text;
    expect(injected(once, { native }).text).toBe(once);
  });

  it("gets files of TLS from Secrets, and is as it was when it needs them no more", () => {
    const secrets = { "tls-secret": "gateway-tls", "upstream-ca-secret": "private-ca" };
    const without = injected(WRITTEN).text;
    const once = injected(without, { secrets }).text;
    expect(once).toContain("secretName: gateway-tls");
    expect(injected(once, { secrets }).text).toBe(once);
    const other = injected(once, { secrets: { "tls-secret": "other-tls" } }).text;
    expect(other).toContain("secretName: other-tls");
    expect(other).not.toContain("crest-gateway-upstream-ca");
    expect(injected(other).text).toBe(without);
  });

  it("is updated when the settings change, and only there", () => {
    const first = injected(WRITTEN).text;
    const other = { policy: "version: 1\n", upstream: "https://other.example.com", adminPort: 9191 };
    const second = injected(first, other).text;
    expect(second).toBe(
      first
        .replace("        extends: aic\n", "")
        .replace("tenant.example.com", "other.example.com")
        .replace("--admin=:9090", "--admin=:9191")
        .replace("containerPort: 9090", "containerPort: 9191"),
    );
  });

  it.each([
    ["with a mark of its encoding", `\uFEFF${WRITTEN}`],
    ["with line ends from Windows", WRITTEN.replaceAll("\n", "\r\n")],
    ["without a line end at its end", WRITTEN.trimEnd()],
    ["with directives", `%YAML 1.1\n---\n${WRITTEN.replaceAll(/^---$/gm, "...\n# x\n%YAML 1.1\n---")}`],
  ])("means the same %s", (_, source) => {
    const { text } = injected(source);
    expect(documentsOf(text)).toEqual(documentsOf(injected(WRITTEN).text));
    expect(text).not.toContain("\uFEFF");
    expect(injected(text).text).toBe(text);
  });

  it("changes from one form to the other and back", () => {
    const native = injected(WRITTEN).text;
    const classic = injected(native, { native: false }).text;
    const deployment = documentsOf(classic)[2];
    expect(deployment).not.toHaveProperty("spec.template.spec.initContainers");
    expect(deployment).toHaveProperty("spec.template.spec.containers.2.name", "crest-gateway");
    expect(documentsOf(injected(classic).text)).toEqual(documentsOf(native));
  });

  it("gives up spacing, never a value, where the new lines could not stand beside the old", () => {
    const odd = WRITTEN.replaceAll(/^ {16}/gm, " ".repeat(14));
    const { text } = injected(odd, { native: false });
    expect(withoutSidecar(documentsOf(text))).toEqual(documentsOf(odd));
    expect(text).toContain("# the application\n");
  });
});

describe("the place in the pod", () => {
  const specOf = (text: string) => documentsOf(text).find(({ kind }) => kind === "Pod")?.spec;
  const named = (...names: string[]) => names.map((name) => expect.objectContaining({ name }));

  it.each([
    ["without init containers", ""],
    ["with an empty list of them", "  initContainers: []\n  volumes: []\n"],
    ["with nothing in their place", "  initContainers:\n  volumes:\n"],
  ])("is the first init container, %s", (_, more) => {
    const { text } = injected(podOf(more));
    expect(text).toContain("  initContainers:\n  - name: crest-gateway\n");
    expect(specOf(text)).toMatchObject({
      initContainers: named("crest-gateway"),
      containers: named("app"),
      volumes: named("crest-gateway-policy"),
    });
  });

  const FULL = podOf(
    "  initContainers:\n  - {name: migrate, image: m}\n  volumes:\n  - {name: data, emptyDir: {}}\n",
  );

  it("is before the application's own init containers, so that they can use it", () => {
    expect(specOf(injected(FULL).text)).toMatchObject({
      initContainers: named("crest-gateway", "migrate"),
      volumes: named("data", "crest-gateway-policy"),
    });
  });

  it("is after the application's containers in the classic form", () => {
    expect(specOf(injected(FULL, { native: false }).text)).toMatchObject({
      initContainers: named("migrate"),
      containers: named("app", "crest-gateway"),
    });
  });

  it("is where it was, when it was there", () => {
    const moved = podOf(
      "  initContainers:\n  - {name: migrate, image: m}\n  - {name: crest-gateway, image: old, tty: true, volumeMounts: [{name: crest-gateway-policy}]}\n",
    );
    const { initContainers } = specOf(injected(moved).text) as { initContainers: object[] };
    expect(initContainers).toMatchObject(named("migrate", "crest-gateway"));
    expect(initContainers[1]).not.toHaveProperty("tty");
  });

  it.each(Object.entries(WORKLOAD_KINDS))("is found in a %s", (kind, { api, path }) => {
    const apiVersion = api.endsWith("/") ? `${api}v1` : api;
    const manifest: object = path.reduceRight<object>((inner, key) => ({ [key]: inner }), {
      containers: [{ name: "app", image: "app:1" }],
    });
    const { text } = injected(JSON.stringify({ apiVersion, kind, metadata: { name: "app" }, ...manifest }));
    expect(JSON.parse(text)).toHaveProperty(
      ["items", "1", ...path, "initContainers", "0", "name"],
      "crest-gateway",
    );
  });
});

describe("a ConfigMap that is there already", () => {
  it("stays where it is and says the policy anew, with what else it says of itself", () => {
    const there = `apiVersion: v1
kind: ConfigMap
metadata:
  name: app-crest-gateway
  annotations: {team: shop} # ours
immutable: true
data: {policy.yaml: old, other: x}
---
`;
    // Of the same name in another namespace: not this one.
    const foreign = there.replace("annotations", "namespace: elsewhere\n  annotations");
    const { text } = injected(foreign + podOf("---\n") + there);
    expect(text.startsWith(foreign)).toBe(true);
    const maps = documentsOf(text).filter(({ kind }) => kind === "ConfigMap");
    expect(maps).toHaveLength(2);
    expect(maps[1]).toMatchObject({ metadata: { name: "app-crest-gateway", annotations: { team: "shop" } } });
    expect(maps[1]).toHaveProperty("data", { "policy.yaml": "version: 1\nextends: aic\n", other: "x" });
    expect(maps[1]).not.toHaveProperty("immutable");
    expect(text).toContain("annotations: {team: shop} # ours");
  });

  it.each([
    ["without a line end", "version: 1"],
    ["with many", "version: 1\n\n\n"],
    ["from Windows", "version: 1\r\nextends: aic\r\n"],
    ["with lines that look like the end of a document", "---\nversion: 1\n---\n...\n"],
    ["beginning with spaces", "\n   \n  version: 1\n"],
    ["with tabs and odd letters", "version: 1\n#\tä \u0085 \u{1f600} \n"],
    ["with trailing spaces", "version: 1  \n#  \n"],
  ])("holds a policy byte for byte: %s", (_, policy) => {
    const { text } = injected(podOf(""), { policy });
    expect(documentsOf(text)[0]).toHaveProperty("data", { "policy.yaml": policy });
    expect(injected(text, { policy }).text).toBe(text);
  });
});

describe("a variable", () => {
  /** What Kubernetes makes of a value when no variable that it names is there. */
  const expanded = (value: string) => value.replace(/\$\$/g, "$");

  it.each(["a$b$", "a$$b", "$(NODE_OPTIONS)", "$$(A)$", "$$$", "quotes \"' and\nlines: #\t"])(
    "has the value that was given once Kubernetes has read it: %j",
    (value) => {
      const [, pod] = documentsOf(injected(podOf(""), { env: { A: value } }).text);
      const written = String(valueAt(pod, ["spec", "initContainers", "0", "env", "1", "value"]));
      expect(expanded(written)).toBe(value);
      expect(written.replaceAll("$$", "")).not.toContain("$(");
    },
  );
});

describe("--only", () => {
  const TWO = `${podOf("")}---\n${podOf("").replaceAll("Pod", "Pod").replaceAll("name: app", "name: other")}`;

  it.each([["app"], ["Pod/app"], ["pods/app"], ["po/app"], ["POD/app"]])("%s chooses that one", (wanted) => {
    expect(injected(TWO, {}, [wanted]).done).toEqual([expect.stringContaining("Pod/app ")]);
  });

  it("may name several, and what another workload made", () => {
    const owned = podOf("").replace(
      "  name: app\nspec",
      "  name: app\n  ownerReferences: [{controller: true}]\nspec",
    );
    expect(injected(TWO, {}, ["app", "other"]).done).toHaveLength(2);
    expect(injected(owned, {}, ["app"]).done).toHaveLength(1);
  });

  it("leaves the others byte for byte", () => {
    const { text } = injected(TWO, {}, ["app"]);
    expect(text.endsWith(TWO.slice(TWO.indexOf("---\n")))).toBe(true);
  });
});
